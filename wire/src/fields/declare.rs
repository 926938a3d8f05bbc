//! The macros that declare a struct of fields, and a field that is an enum.

/// Declares a struct of fields. A width after a field, as in
/// `pub name: &'a str => 20`, overrides the width that its type gives to the
/// column.
macro_rules! fields {
    (
        $(#[$doc:meta])*
        pub struct $name:ident $(<$life:lifetime>)? {
            $($(#[$of:meta])* pub $field:ident: $type:ty $(=> $width:literal)?,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub struct $name $(<$life>)? {
            $($(#[$of])* pub $field: $type,)*
        }

        impl $(<$life>)? $crate::fields::Fields for $name $(<$life>)? {
            const COLUMNS: &'static [$crate::fields::Column] =
                &[$(
                    $crate::fields::Column::of::<$type>(stringify!($field))
                        $(.with_width($width))?
                ),*];

            type Values<'v> =
                [$crate::fields::Value<'v>; [$(stringify!($field)),*].len()]
            where
                Self: 'v;

            fn values(&self) -> Self::Values<'_> {
                [$($crate::fields::Field::value(&self.$field)),*]
            }
        }
    };
}

/// Declares a field that is one of several choices.
macro_rules! choice {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$of:meta])* $variant:ident,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// Every choice, by its number.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                }
            }
        }

        impl $crate::fields::Field for $name {
            const WIDTH: usize =
                $crate::fields::longest(&[$(stringify!($variant)),*]);

            fn value(&self) -> $crate::fields::Value<'_> {
                $crate::fields::Value::Choice(*self as u8, self.name(), None)
            }
        }
    };
}

pub(crate) use {choice, fields};
