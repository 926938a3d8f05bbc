//! The rows of the fake machine's tables.

use layout::VirtAddr;
use stub::embed::{NoRows, RowSink};
use wire::rows;

/// The mailboxes, and how many messages each holds.
const MAILBOXES: [(u32, u32); 3] = [(7, 1), (8, 0), (9, 2)];

/// The images: names, and first and last addresses. The last two overlap.
const IMAGES: [(&str, u32, u32); 5] = [
    ("kernel", 0x0010_0000, 0x0010_FFFF),
    ("one", 0x4000_0000, 0x4000_1FFF),
    ("\"two\" & <more>", 0x4040_0000, 0x4040_1FFF),
    ("here", 0x4080_0000, 0x4080_1FFF),
    ("there", 0x4080_1000, 0x4080_2FFF),
];

/// Returns whether the machine has this table.
pub(crate) const fn offers(table: rows::Table) -> bool {
    use rows::Table::{
        Images, Log, Mailboxes, Messages, Processes, Threads, Windows,
    };
    matches!(
        table,
        Images | Processes | Mailboxes | Messages | Log | Threads | Windows
    )
}

/// Pushes rows as a kernel's collector does.
pub(crate) fn rows(
    processes: u32,
    table: rows::Table,
    of: u32,
    from: u32,
    sink: &mut RowSink<'_>,
) -> Result<(), NoRows> {
    match table {
        rows::Table::Processes => {
            for id in from..processes {
                let ids = [id.to_le_bytes(), [9, 0, 0, 0]].concat();
                let tasks = rows::Ids::from_le_bytes(&ids);
                let name = "a process with quite a long name";
                let row = rows::Process {
                    id,
                    name,
                    image: None,
                    tasks,
                    pages: 1 << 20,
                };
                if !sink.push(id, &row) {
                    break;
                }
            }
            Ok(())
        }
        rows::Table::Images => {
            for (id, (name, start, last)) in (1..).zip(IMAGES) {
                let overlaps = |(_, other, end): &(&str, u32, u32)| {
                    *other <= last && start <= *end && *other != start
                };
                let other = IMAGES.iter().position(overlaps);
                let row = rows::Image {
                    id,
                    name,
                    kernel: id == 1,
                    start: VirtAddr(start),
                    last: VirtAddr(last),
                    overlaps: other.map(|index| index as u32 + 1),
                    build_id: Some(rows::Bytes(&[1, 2, 3])),
                };
                if id >= from && !sink.push(id, &row) {
                    break;
                }
            }
            Ok(())
        }
        rows::Table::Mailboxes => {
            for (id, queued_messages) in MAILBOXES {
                let row = rows::Mailbox {
                    id,
                    owner_process: 1,
                    owner_task: 1,
                    capacity_bytes: 64,
                    queued_bytes: 8 * queued_messages,
                    queued_messages,
                    waiting_reader: None,
                    waiting_senders: rows::Ids::from_le_bytes(&[]),
                };
                if id >= from && !sink.push(id, &row) {
                    break;
                }
            }
            Ok(())
        }
        rows::Table::Messages => {
            let mut all = MAILBOXES.iter();
            let mailbox = all.find(|(id, _)| *id == of);
            let (_, count) = mailbox.ok_or(NoRows::NoSuchMailbox)?;
            for index in from..*count {
                let row = rows::Message {
                    from_process: 1,
                    from_task: 2,
                    protocol: 3,
                    class: index,
                    bytes: 2,
                    data: rows::Bytes(b"<&"),
                };
                if !sink.push(index, &row) {
                    break;
                }
            }
            Ok(())
        }
        rows::Table::Log => {
            let text = "a <b> & c\x1b[2J";
            let row = rows::LogEntry { number: 5, tick: 7, text };
            if from <= 5 {
                sink.push(5, &row);
            }
            Ok(())
        }
        // It has these tables, but they are empty.
        rows::Table::Threads | rows::Table::Windows => Ok(()),
        _ => Err(NoRows::Unsupported),
    }
}
