//! What a field holds, and how it reads as text.

use super::lists::{Attachment, Attachments, Bytes, Ids};
use core::fmt::{self, Display, Write};

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
