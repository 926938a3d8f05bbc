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
    /// Numbers, which appear in no column.
    Numbers(&'v [u32]),
    /// An I/O port or a selector, which is written in hexadecimal.
    Port(u16),
    /// A linear or a physical address.
    Address(u32),
    /// One of several choices: its number, its name, and the id it refers to.
    Choice(u8, &'static str, Option<u32>),
    /// Text.
    Text(&'v str),
    /// Bytes.
    Bytes(&'v [u8]),
    /// The bytes of [`Ids`].
    Ids(&'v [u8]),
    /// The bytes of [`Attachments`].
    Attachments(&'v [u8]),
}

/// Numbers are decimal, addresses and I/O ports hexadecimal, absent values
/// empty, names of choices in lower case, and lists separated by commas.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;
    use crate::rows::{
        Attachment, Attachments, Bytes, Ids, Message, PortRange, Process,
        State, Thread, Wait, WaitKind, Window,
    };
    use layout::{PhysAddr, VirtAddr};

    extern crate std;
    use std::string::String;

    fn shown<F: Fields>(row: &F) -> String {
        let mut shown = String::new();
        for (column, value) in F::COLUMNS.iter().zip(row.values().as_ref()) {
            write!(shown, "|{}={value}", column.name).expect("it takes all");
        }
        shown
    }

    #[test]
    fn every_sort_of_value_has_its_text() {
        let tasks = Ids::from_le_bytes(&[7, 0, 0, 0, 1, 1, 0, 0]);
        let (name, pages) = ("a<b", u32::MAX);
        let row = Process { id: 0, name, image: None, tasks, pages };
        assert_eq!(
            shown(&row),
            "|id=0|name=a<b|image=|tasks=7, 257|pages=4294967295"
        );
        let waits_for = Some(Wait { kind: WaitKind::Mailbox, id: 3 });
        let thread = Thread {
            id: 10,
            process: 2,
            name: "x",
            state: State::Receiving,
            waits_for,
            eip: VirtAddr(0xB000),
            cr3: PhysAddr(0x12_3000),
        };
        assert_eq!(
            shown(&thread),
            "|id=10|process=2|name=x|state=receiving|waits_for=mailbox 3\
             |eip=0x0000b000|cr3=0x00123000"
        );
        let ports = PortRange { first: 0x60, last: 0xFFFF, process: 1 };
        assert_eq!(shown(&ports), "|first=0x0060|last=0xffff|process=1");
    }

    #[test]
    fn lists_and_absent_values_have_their_text() {
        let at = |process, writable| Attachment {
            process,
            start: VirtAddr(0x0D00_0000),
            writable,
        };
        let list = [at(5, true).to_bytes(), at(6, false).to_bytes()];
        let mut window = Window {
            id: 1,
            owner_process: 5,
            pages: 3,
            mailbox: None,
            attachments: Attachments::from_bytes(list.as_flattened()),
        };
        assert_eq!(
            shown(&window),
            "|id=1|owner_process=5|pages=3|mailbox=\
             |attachments=5 0x0d000000 writable, 6 0x0d000000"
        );
        window.attachments = Attachments::from_bytes(&[]);
        assert!(shown(&window).ends_with("|attachments="));
        let message = Message {
            from_process: 1,
            from_task: 2,
            protocol: 3,
            class: 4,
            bytes: 2,
            data: Bytes(&[0xAB, 1]),
        };
        assert!(shown(&message).ends_with("|bytes=2|data=ab01"));
    }
}
