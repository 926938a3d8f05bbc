//! What is made of fields, once: a declaration gives a struct, its columns,
//! and its values, which [`crate::compact`] writes for host-cli and
//! [`crate::columns`] for debuggers.
//!
//! Both go through a list of [`Value`]s and are there once, whatever the
//! struct: a serialiser for each would take more room in a kernel than all
//! that collects rows there.

use crate::rows::{Attachment, Attachments, Bytes, Ids};
use core::fmt::{self, Display, Write};
use layout::{PhysAddr, VirtAddr};

/// What is made of fields.
pub trait Fields {
    /// Its fields, in order.
    const COLUMNS: &'static [Column];

    /// A list of as many values.
    type Values<'v>: AsRef<[Value<'v>]>
    where
        Self: 'v;

    /// Returns what the fields hold.
    fn values(&self) -> Self::Values<'_>;
}

/// A field as such.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be absent.
    pub is_option: bool,
}

impl Column {
    /// Returns the column of a field of this type.
    #[must_use]
    pub const fn of<T: Field>(name: &'static str) -> Self {
        Self { name, is_option: T::IS_OPTION }
    }
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value<'v> {
    /// Nothing; only in fields that may be absent.
    Absent,
    /// Yes or no.
    Flag(bool),
    /// A small number.
    Byte(u8),
    /// A number.
    Number(u32),
    /// Numbers, which no column has.
    Numbers(&'v [u32]),
    /// An I/O port or a selector, which nobody writes in decimal.
    Port(u16),
    /// A linear or a physical address.
    Address(u32),
    /// One of several, by its number and its name, and what it is about.
    Choice(u8, &'static str, Option<u32>),
    /// Text.
    Text(&'v str),
    /// Bytes.
    Bytes(&'v [u8]),
    /// What [`Ids`] stand for.
    Ids(&'v [u8]),
    /// What [`Attachments`] stand for.
    Attachments(&'v [u8]),
}

/// Numbers are decimal, addresses and I/O ports hexadecimal, what is absent
/// is empty, and the parts of a list are set apart by commas. Names of
/// choices come in lower case.
impl Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Absent | Self::Numbers(_) => Ok(()),
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Byte(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Port(value) => write!(f, "{value:#06x}"),
            Self::Address(value) => write!(f, "{value:#010x}"),
            Self::Choice(_, name, about) => {
                let mut name = name.chars();
                name.try_for_each(|c| f.write_char(c.to_ascii_lowercase()))?;
                about.map_or(Ok(()), |about| write!(f, " {about}"))
            }
            Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => Bytes(bytes).fmt(f),
            Self::Ids(bytes) => {
                let mut ids = Ids::from_le_bytes(bytes).iter();
                let mut list = List { f, apart: "" };
                ids.try_for_each(|id| list.part(id, None))
            }
            Self::Attachments(bytes) => {
                let mut all = Attachments::from_bytes(bytes).iter();
                let mut list = List { f, apart: "" };
                all.try_for_each(|one| list.part(one.process, Some(one)))
            }
        }
    }
}

/// A list that is being written.
struct List<'l, 'f> {
    f: &'l mut fmt::Formatter<'f>,
    apart: &'static str,
}

impl List<'_, '_> {
    fn part(&mut self, id: u32, at: Option<Attachment>) -> fmt::Result {
        let apart = core::mem::replace(&mut self.apart, ", ");
        write!(self.f, "{apart}{id}")?;
        let Some(at) = at else { return Ok(()) };
        let writable = if at.writable { " writable" } else { "" };
        write!(self.f, " {}{writable}", at.start)
    }
}

/// What a field can be.
pub trait Field {
    /// Whether it may be absent.
    const IS_OPTION: bool = false;

    /// Returns what it holds.
    fn value(&self) -> Value<'_>;
}

impl Field for bool {
    fn value(&self) -> Value<'_> {
        Value::Flag(*self)
    }
}

impl Field for u8 {
    fn value(&self) -> Value<'_> {
        Value::Byte(*self)
    }
}

impl Field for u16 {
    fn value(&self) -> Value<'_> {
        Value::Port(*self)
    }
}

impl Field for u32 {
    fn value(&self) -> Value<'_> {
        Value::Number(*self)
    }
}

impl<const N: usize> Field for [u32; N] {
    fn value(&self) -> Value<'_> {
        Value::Numbers(self)
    }
}

impl Field for VirtAddr {
    fn value(&self) -> Value<'_> {
        Value::Address(self.0)
    }
}

impl Field for PhysAddr {
    fn value(&self) -> Value<'_> {
        Value::Address(self.0)
    }
}

impl Field for &str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl<T: Field> Field for Option<T> {
    const IS_OPTION: bool = true;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Absent, T::value)
    }
}

/// Declares a struct that is made of fields.
macro_rules! fields {
    (
        $(#[$doc:meta])*
        pub struct $name:ident $(<$life:lifetime>)? {
            $($(#[$of:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub struct $name $(<$life>)? {
            $($(#[$of])* pub $field: $type,)*
        }

        impl $(<$life>)? $crate::fields::Fields for $name $(<$life>)? {
            const COLUMNS: &'static [$crate::fields::Column] =
                &[$($crate::fields::Column::of::<$type>(stringify!($field))),*];

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

/// Declares a field that is one of several.
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
            /// Returns its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                }
            }
        }

        impl $crate::fields::Field for $name {
            fn value(&self) -> $crate::fields::Value<'_> {
                $crate::fields::Value::Choice(*self as u8, self.name(), None)
            }
        }
    };
}

pub(crate) use {choice, fields};
