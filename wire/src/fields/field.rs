//! The types that can be fields, and structs of fields.

use super::lists::{Attachments, Bytes, Ids};
use super::value::Value;
use layout::{PhysAddr, VirtAddr};

/// A struct of fields.
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

/// A field's name and type, and the column that shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name: words with `_` between them.
    pub name: &'static str,
    /// Whether it may be absent.
    pub is_option: bool,
    /// Whether it is aligned on the right.
    pub is_number: bool,
    width: usize,
}

impl Column {
    /// Returns the column of a field of this type.
    #[must_use]
    pub const fn of<T: Field>(name: &'static str) -> Self {
        let (is_option, is_number) = (T::IS_OPTION, T::IS_NUMBER);
        Self { name, is_option, is_number, width: T::WIDTH }
    }

    /// Returns it with another width than the type's.
    #[must_use]
    pub const fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Returns the name in two lines: the last word, below the others.
    #[must_use]
    pub fn heading(&self) -> [&'static str; 2] {
        let apart = self.name.bytes().rposition(|byte| byte == b'_');
        let parts = apart.and_then(|at| self.name.split_at_checked(at));
        parts.map_or(["", self.name], |(above, last)| {
            [above, last.get(1..).unwrap_or("")]
        })
    }

    /// Returns its width in characters, at least that of its heading.
    #[must_use]
    pub fn width(&self) -> usize {
        let heading = self.heading().map(str::len);
        heading.into_iter().fold(self.width, usize::max)
    }
}

/// A type that can be a field.
pub trait Field {
    /// Whether it may be absent.
    const IS_OPTION: bool = false;

    /// Whether it is a number, which is aligned on the right.
    const IS_NUMBER: bool = false;

    /// The width of its column in characters, unless the row overrides it.
    const WIDTH: usize;

    /// Returns what it holds.
    fn value(&self) -> Value<'_>;
}

/// Declares types that can be fields: whether each is a number, its width, and
/// what it holds.
macro_rules! field_types {
    ($($type:ty, $is_number:literal, $width:literal, |$it:ident| $value:expr;)*) => {
        $(impl Field for $type {
            const IS_NUMBER: bool = $is_number;
            const WIDTH: usize = $width;

            fn value(&self) -> Value<'_> {
                let $it = self;
                $value
            }
        })*
    };
}

field_types! {
    bool, false, 3, |it| Value::Flag(*it);
    u8, true, 3, |it| Value::Byte(*it);
    u16, false, 6, |it| Value::Port(*it);
    u32, true, 5, |it| Value::Number(*it);
    VirtAddr, false, 10, |it| Value::Address(it.0);
    PhysAddr, false, 10, |it| Value::Address(it.0);
    &str, false, 16, |it| Value::Text(it);
    Ids<'_>, false, 8, |it| Value::Ids(it.0);
    Attachments<'_>, false, 36, |it| Value::Attachments(it.0);
    Bytes<'_>, false, 16, |it| Value::Bytes(it.0);
}

impl<const N: usize> Field for [u32; N] {
    /// They are in no row.
    const WIDTH: usize = 0;

    fn value(&self) -> Value<'_> {
        Value::Numbers(self)
    }
}

impl<T: Field> Field for Option<T> {
    const IS_OPTION: bool = true;
    const IS_NUMBER: bool = T::IS_NUMBER;
    const WIDTH: usize = T::WIDTH;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Absent, T::value)
    }
}

/// Returns the length of the longest of `names`.
pub(crate) const fn longest(names: &[&str]) -> usize {
    let (mut longest, mut rest) = (0, names);
    while let [name, others @ ..] = rest {
        if name.len() > longest {
            longest = name.len();
        }
        rest = others;
    }
    longest
}
