//! Values in postcard's binary form, as host-cli reads and writes them.
//!
//! Spec: <https://postcard.jamesmunns.com/wire-format>

use super::field::{Column, Fields};
use super::value::Value;

/// Encodes the fields of `of` into `buffer`; returns the bytes used, or none if
/// there is not enough room.
pub fn write<F: Fields>(of: &F, buffer: &mut [u8]) -> Option<usize> {
    write_values(F::COLUMNS, of.values().as_ref(), buffer)
}

/// Encodes `values`, which belong to `columns`, into `buffer`; returns the bytes
/// used, or none if there is not enough room.
#[inline(never)]
pub fn write_values(
    columns: &[Column],
    values: &[Value<'_>],
    buffer: &mut [u8],
) -> Option<usize> {
    let mut out = Out { buffer, used: 0 };
    for (column, value) in columns.iter().zip(values) {
        if column.is_option {
            out.byte(u8::from(!matches!(value, Value::Absent)))?;
        }
        match *value {
            Value::Absent => {}
            Value::Flag(value) => out.byte(u8::from(value))?,
            Value::Byte(value) => out.byte(value)?,
            Value::Port(value) => out.number(u32::from(value))?,
            Value::Number(value) | Value::Address(value) => {
                out.number(value)?;
            }
            Value::Numbers(values) => {
                values.iter().try_for_each(|value| out.number(*value))?;
            }
            Value::Choice(number, _, about) => {
                out.number(u32::from(number))?;
                if let Some(about) = about {
                    out.number(about)?;
                }
            }
            Value::Text(text) => out.bytes(text.as_bytes())?,
            Value::Bytes(bytes)
            | Value::Ids(bytes)
            | Value::Attachments(bytes) => out.bytes(bytes)?,
        }
    }
    Some(out.used)
}

struct Out<'b> {
    buffer: &'b mut [u8],
    used: usize,
}

impl Out<'_> {
    fn byte(&mut self, byte: u8) -> Option<()> {
        *self.buffer.get_mut(self.used)? = byte;
        self.used = self.used.checked_add(1)?;
        Some(())
    }

    /// Seven bits a byte, the lowest first; all but the last have the
    /// highest bit set.
    fn number(&mut self, mut number: u32) -> Option<()> {
        while number > 0x7F {
            self.byte(number as u8 | 0x80)?;
            number >>= 7;
        }
        self.byte(number as u8)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Option<()> {
        self.number(u32::try_from(bytes.len()).ok()?)?;
        bytes.iter().try_for_each(|byte| self.byte(*byte))
    }
}

/// Reads what postcard wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reader<'b>(pub &'b [u8]);

impl<'b> Reader<'b> {
    /// Returns the next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// Returns a number.
    pub fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..u32::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u32::from(byte & 0x7F);
            number |= bits << shift;
            if number >> shift != bits {
                return None;
            }
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Returns a number of 16 bits.
    pub fn small(&mut self) -> Option<u16> {
        u16::try_from(self.number()?).ok()
    }

    /// Returns bytes.
    pub fn bytes(&mut self) -> Option<&'b [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{
        Checksum, Hello, LineFaults, Region, Registers, ReplyHead, Searched,
        Status, Stop, Translation,
    };
    use crate::rows::{
        AllocatorRun, Attachment, Attachments, Bytes, Descriptor, FrameRun,
        Ids, LogEntry, Mailbox, Mapping, Message, PortRange, Process, State,
        Thread, Wait, WaitKind, Window, WindowFrame,
    };
    use core::fmt::Debug;
    use layout::{PhysAddr, VirtAddr};
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde::Serialize;

    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    /// postcard is the witness: it reads on the host what is written here.
    fn agrees<F: Fields + Serialize + Debug>(of: F) {
        let (mut ours, mut theirs) = ([0; 1024], [0; 1024]);
        let used = write(&of, &mut ours).expect("there is room");
        let written = postcard::to_slice(&of, &mut theirs).expect("there is");
        assert_eq!(&ours[..used], written, "{of:?}");
        assert_eq!(write(&of, &mut ours[..used]), Some(used));
        assert_eq!(write(&of, &mut ours[..used - 1]), None);
    }

    fn number() -> impl Strategy<Value = u32> {
        let edges = select(&[0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, u32::MAX][..]);
        prop_oneof![edges, any::<u32>()]
    }

    proptest! {
        #[test]
        fn rows_are_written_as_postcard_does(
            [a, b, c, d] in [number(), number(), number(), number()],
            absent: bool,
            flag: bool,
            byte: u8,
            port: u16,
            text in "[ -~é]{0,80}",
            bytes: Vec<u8>,
        ) {
            let name: &str = &text;
            let option = |value: u32| (!absent).then_some(value);
            let (start, frame) = (VirtAddr(b), PhysAddr(c));
            let ids: Vec<_> = [a, b].map(u32::to_le_bytes).concat();
            let tasks = Ids::from_le_bytes(&ids);
            let one = Attachment { process: a, start, writable: flag };
            let attachments = one.to_bytes();
            let attachments = Attachments::from_bytes(&attachments);
            agrees(Process { id: a, name, image: Some(b), tasks, pages: b });
            for state in [State::Running, State::Sending, State::Zombie] {
                let kind = match absent {
                    true => WaitKind::Mailbox,
                    false => WaitKind::Timer,
                };
                let waits_for = option(d).map(|id| Wait { kind, id });
                let (id, process, eip, cr3) = (a, b, start, frame);
                agrees(Thread { id, process, name, state, waits_for, eip, cr3 });
            }
            agrees(Mailbox {
                id: a,
                owner_process: b,
                owner_task: c,
                capacity_bytes: d,
                queued_bytes: a,
                queued_messages: b,
                waiting_reader: option(c),
                waiting_senders: tasks,
            });
            agrees(Message {
                from_process: a,
                from_task: b,
                protocol: c,
                class: d,
                bytes: a,
                data: Bytes(&bytes),
            });
            let (owner_process, mailbox) = (b, option(d));
            agrees(Window { id: a, owner_process, pages: c, mailbox, attachments });
            agrees(WindowFrame { frame });
            let (task, process, address) = (a, d, start);
            let (writable, user) = (flag, absent);
            agrees(Mapping { task, process, address, writable, user });
            let (first, owner_process) = (frame, option(a));
            let (frames, kind, references) = (b, name, d);
            agrees(FrameRun { first, frames, owner_process, kind, references });
            agrees(AllocatorRun { start: a, busy: b, free: c, label: name });
            agrees(PortRange { first: port, last: u16::MAX, process: a });
            agrees(LogEntry { number: a, tick: b, text: name });
            agrees(Descriptor {
                table: "GDT",
                index: a,
                kind: name,
                name,
                present: flag,
                ring: byte,
                selector: port,
                address: option(b).map(VirtAddr),
                limit: option(c),
                busy: (!absent).then_some(flag),
                link: (!absent).then_some(port),
                eip: option(d).map(VirtAddr),
            });
            agrees(crate::rows::Region {
                start,
                pages: a,
                writable: flag,
                user: !flag,
                physical: frame,
                row: (!absent).then_some(name),
            });
        }

        #[test]
        fn answers_are_written_as_postcard_does(
            [a, b, c, d] in [number(), number(), number(), number()],
            absent: bool,
            rights: u8,
            id: u16,
            reason in "[ -~é]{0,80}",
        ) {
            let option = |value: u32| (!absent).then_some(value);
            let every = [
                Status::Answered,
                Status::NoSuchTask,
                Status::NoSuchProcess,
                Status::NoSuchMailbox,
                Status::NoSuchWindow,
                Status::Unmapped(VirtAddr(a)),
                Status::NoMemory(PhysAddr(b)),
                Status::NotUnderstood,
                Status::Unsupported,
                Status::Faulted,
            ];
            for status in every {
                agrees(ReplyHead {
                    id,
                    status,
                    running: absent,
                    consistent: !absent,
                    generation: a,
                    task: b,
                    process: c,
                    next: option(d),
                });
            }
            agrees(Region { page: a, pages: b, frame: c, rights });
            agrees(Translation { directory_entry: a, table_entry: option(b) });
            agrees(Registers { general: [a; _], system: [b; _] });
            agrees(Checksum { crc: a, done_bytes: b });
            agrees(Searched { found: option(a), done_bytes: b });
            let reason: &str = &reason;
            agrees(Hello {
                stub: "stub",
                kernel: &String::from("kernel"),
                build_id: Bytes(&[1, 2, 3]),
                baud: a,
                faults: LineFaults {
                    naks: 1,
                    resends: a,
                    overruns: b,
                    framing: c,
                    breaks: d,
                    noise: 6,
                    cut: 7,
                    oversize: 8,
                    duplicates: 9,
                    lost: 10,
                },
                ticks: b,
                ticks_per_second: c,
                frames: d,
                free_frames: a,
                stop: option(a)
                    .map(|task| Stop { task, eip: VirtAddr(b), reason }),
                port: 4,
                uart: "16550A",
            });
        }

        #[test]
        fn numbers_are_read_as_postcard_does(bytes in prop::array::uniform6(
            prop_oneof![any::<u8>(), select(&[0, 0x0F, 0x10, 0x80, 0xFF][..])],
        )) {
            let number = postcard::take_from_bytes::<u32>(&bytes);
            let mut reader = Reader(&bytes);
            let read = reader.number().map(|number| (number, reader.0));
            prop_assert_eq!(read, number.ok());
        }
    }
}
