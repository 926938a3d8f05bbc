//! What can be a field, and what is made of fields.

use super::lists::{Attachments, Bytes, Ids};
use super::value::Value;
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

impl Field for Ids<'_> {
    fn value(&self) -> Value<'_> {
        Value::Ids(self.0)
    }
}

impl Field for Attachments<'_> {
    fn value(&self) -> Value<'_> {
        Value::Attachments(self.0)
    }
}

impl Field for Bytes<'_> {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self.0)
    }
}
