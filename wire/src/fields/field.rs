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

impl Field for bool {
    const WIDTH: usize = 3;

    fn value(&self) -> Value<'_> {
        Value::Flag(*self)
    }
}

impl Field for u8 {
    const IS_NUMBER: bool = true;
    const WIDTH: usize = 3;

    fn value(&self) -> Value<'_> {
        Value::Byte(*self)
    }
}

impl Field for u16 {
    const WIDTH: usize = 6;

    fn value(&self) -> Value<'_> {
        Value::Port(*self)
    }
}

impl Field for u32 {
    const IS_NUMBER: bool = true;
    const WIDTH: usize = 5;

    fn value(&self) -> Value<'_> {
        Value::Number(*self)
    }
}

impl<const N: usize> Field for [u32; N] {
    /// They are in no row.
    const WIDTH: usize = 0;

    fn value(&self) -> Value<'_> {
        Value::Numbers(self)
    }
}

impl Field for VirtAddr {
    const WIDTH: usize = 10;

    fn value(&self) -> Value<'_> {
        Value::Address(self.0)
    }
}

impl Field for PhysAddr {
    const WIDTH: usize = 10;

    fn value(&self) -> Value<'_> {
        Value::Address(self.0)
    }
}

impl Field for &str {
    const WIDTH: usize = 16;

    fn value(&self) -> Value<'_> {
        Value::Text(self)
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

impl Field for Ids<'_> {
    const WIDTH: usize = 8;

    fn value(&self) -> Value<'_> {
        Value::Ids(self.0)
    }
}

impl Field for Attachments<'_> {
    const WIDTH: usize = 36;

    fn value(&self) -> Value<'_> {
        Value::Attachments(self.0)
    }
}

impl Field for Bytes<'_> {
    const WIDTH: usize = 16;

    fn value(&self) -> Value<'_> {
        Value::Bytes(self.0)
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
