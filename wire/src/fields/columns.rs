//! A row as named columns of text: what crosses the line in binary form
//! for host-cli is written out for gdb's XML, and for people.

use super::field::{Column, Fields};
use super::value::Value;
use core::fmt::{self, Write};

/// Takes the columns of a row, in order.
pub trait Columns {
    /// Begins a column.
    ///
    /// # Errors
    ///
    /// Fails if no more is wanted.
    fn column(&mut self, name: &'static str) -> fmt::Result;

    /// Adds to the column's text.
    ///
    /// # Errors
    ///
    /// Fails if no more is wanted.
    fn text(&mut self, text: &str) -> fmt::Result;
}

/// Writes the fields of `row` as columns.
///
/// # Errors
///
/// Fails if `to` does.
pub fn write<F: Fields>(row: &F, to: &mut dyn Columns) -> fmt::Result {
    write_values(F::COLUMNS, row.values().as_ref(), to)
}

/// Writes `values`, which stand in `columns`.
///
/// # Errors
///
/// Fails if `to` does.
#[inline(never)]
pub fn write_values(
    columns: &[Column],
    values: &[Value<'_>],
    to: &mut dyn Columns,
) -> fmt::Result {
    let mut all = columns.iter().zip(values);
    all.try_for_each(|(column, value)| {
        to.column(column.name)?;
        write!(Text(to), "{value}")
    })
}

/// The text of a column.
struct Text<'t>(&'t mut dyn Columns);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{
        Attachment, Attachments, Bytes, Ids, Message, PortRange, Process,
        State, Thread, Wait, WaitKind, Window,
    };
    use layout::{PhysAddr, VirtAddr};

    extern crate std;
    use std::string::String;

    #[derive(Default)]
    struct Shown(String);

    impl Columns for Shown {
        fn column(&mut self, name: &'static str) -> fmt::Result {
            write!(self.0, "|{name}=")
        }

        fn text(&mut self, text: &str) -> fmt::Result {
            self.0.write_str(text)
        }
    }

    fn shown<F: Fields>(row: &F) -> String {
        let mut shown = Shown::default();
        write(row, &mut shown).expect("all is wanted");
        shown.0
    }

    #[test]
    fn every_sort_of_value_has_its_text() {
        let tasks = Ids::from_le_bytes(&[7, 0, 0, 0, 1, 1, 0, 0]);
        let row = Process { id: 0, name: "a<b", tasks, pages: u32::MAX };
        assert_eq!(shown(&row), "|id=0|name=a<b|tasks=7, 257|pages=4294967295");
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
    fn lists_and_what_is_absent_are_told_apart() {
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

    struct Few(usize);

    impl Columns for Few {
        fn column(&mut self, _: &'static str) -> fmt::Result {
            self.0 = self.0.checked_sub(1).ok_or(fmt::Error)?;
            Ok(())
        }

        fn text(&mut self, _: &str) -> fmt::Result {
            Ok(())
        }
    }

    #[test]
    fn a_row_ends_where_no_more_is_wanted() {
        let ports = PortRange { first: 1, last: 2, process: 3 };
        assert_eq!(write(&ports, &mut Few(2)), Err(fmt::Error));
        assert_eq!(write(&ports, &mut Few(3)), Ok(()));
    }
}
