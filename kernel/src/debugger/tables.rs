//! The collectors: each fills the rows of one of `wire`'s tables.

use crate::debugger::slice::Slice;
use crate::debugger::{descriptors, frames, mappings, tasks, trees};
use crate::devices::log;
use crate::memory::physical::PhysicalWindow;
use crate::records::claim::{CLAIMS, Claim};
use crate::records::mailbox::{MAILBOXES, Mailbox};
use crate::records::process::{PROCESSES, Process};
use crate::records::table::{Record, Records, Slot};
use crate::records::task::{TASKS, Task};
use crate::records::window::{WINDOWS, Window};
use abi::{MAX_ATTACHMENTS, Text};
use layout::VirtAddr;
use structures::log_ring::Entry;
use structures::port_bitmap::Ports;
use stub::embed::{NoRows, RowSink};
use wire::i386::general;
use wire::rows::{
    self, AllocatorId, Attachment, Attachments, Bytes, Ids, LogEntry,
    PortRange, Table, WindowFrame,
};

/// Ids that a row lists at most; more are left out.
const MAX_IDS: usize = 64;

/// Pushes the rows of `table`; see `stub::embed::Tables::rows`.
pub(crate) fn collect(
    window: &mut PhysicalWindow,
    table: Table,
    of: u32,
    from: u32,
    sink: &mut RowSink<'_>,
) -> Result<(), NoRows> {
    match table {
        Table::Processes => records(&PROCESSES, from, sink, push_process),
        Table::Threads => records(&TASKS, from, sink, |task, sink| {
            push_thread(window, task, sink)
        }),
        Table::Mailboxes => records(&MAILBOXES, from, sink, push_mailbox),
        Table::Messages => {
            let mailbox = MAILBOXES.get(of).ok_or(NoRows::NoSuchMailbox)?;
            messages(mailbox, from, sink);
        }
        Table::Windows => records(&WINDOWS, from, sink, push_window),
        Table::WindowFrames => {
            let window = WINDOWS.get(of).ok_or(NoRows::NoSuchWindow)?;
            window_frames(window, from, sink);
        }
        Table::Ports => records(&CLAIMS, from, sink, push_claim),
        Table::Descriptors => descriptors::collect(window, from, sink),
        Table::Log => log_entries(from, sink),
        Table::Mappings => mappings::collect(window, of, from, sink),
        Table::Frames => frames::collect(from, sink),
        Table::Allocator => {
            let tree = AllocatorId::from_number(of);
            trees::collect(window, tree, from, sink)?;
        }
    }
    Ok(())
}

/// Pushes rows of records in the order of their ids, from `from` on, until
/// there is no room or no time for more.
fn records<T: Record>(
    records: &'static Records<T>,
    from: u32,
    sink: &mut RowSink<'_>,
    mut push: impl FnMut(&'static Slot<T>, &mut RowSink<'_>) -> bool,
) {
    let slice = Slice::begin();
    let mut next = records.after(from.saturating_sub(1));
    while let Some(record) = next {
        if !push(record, sink) {
            return;
        }
        next = records.after(record.id());
        if let Some(next) = next
            && slice.is_over(sink)
        {
            return sink.stop(next.id());
        }
    }
}

fn push_process(process: &Slot<Process>, sink: &mut RowSink<'_>) -> bool {
    let mut list = IdList::new();
    for task in process.tasks.iter().take(MAX_IDS) {
        list.add(task.id());
    }
    let row = rows::Process {
        id: process.id(),
        name: Text(&process.name).as_str(),
        tasks: list.ids(),
        pages: process.pages.get(),
    };
    sink.push(process.id(), &row)
}

fn push_thread(
    window: &mut PhysicalWindow,
    task: &Slot<Task>,
    sink: &mut RowSink<'_>,
) -> bool {
    let registers = tasks::registers(window, task.id());
    let eip = registers.map_or(0, |registers| registers[general::EIP]);
    let row = rows::Thread {
        id: task.id(),
        process: task.process,
        name: Text(&task.name).as_str(),
        state: task.state.get(),
        waits_for: task.waits_for.get(),
        eip: VirtAddr(eip),
        cr3: task.directory,
    };
    sink.push(task.id(), &row)
}

fn push_mailbox(mailbox: &Slot<Mailbox>, sink: &mut RowSink<'_>) -> bool {
    let mut senders = IdList::new();
    for sender in mailbox.senders.iter().take(MAX_IDS) {
        senders.add(sender.id());
    }
    let queue = mailbox.queue.get();
    let reader = mailbox.reader.get();
    let row = rows::Mailbox {
        id: mailbox.id(),
        owner_process: mailbox.owner_process,
        owner_task: mailbox.owner_task,
        capacity_bytes: mailbox.capacity_bytes,
        queued_bytes: queue.bytes,
        queued_messages: queue.messages,
        waiting_reader: (reader != 0).then_some(reader),
        waiting_senders: senders.ids(),
    };
    sink.push(mailbox.id(), &row)
}

/// Bytes of a payload that a row shows at most.
const MAX_DATA: usize = 64;

fn messages(mailbox: &Mailbox, from: u32, sink: &mut RowSink<'_>) {
    let queue = mailbox.queue.get();
    // A record that makes no sense has no messages to show.
    let Some(ring) = mailbox.ring_to_read() else { return };
    let messages = (0..).zip(queue.iter(ring));
    for (index, message) in messages.skip(from as usize) {
        let mut data = [0; MAX_DATA];
        let [front, back] = message.payload;
        let bytes = front.iter().chain(back);
        let shown = data.iter_mut().zip(bytes).map(|(to, from)| *to = *from);
        let shown = shown.count();
        let row = rows::Message {
            from_process: message.envelope.from_process,
            from_task: message.envelope.from_task,
            protocol: message.envelope.protocol,
            class: message.envelope.class,
            bytes: message.len_bytes(),
            data: Bytes(&data[..shown]),
        };
        if !sink.push(index, &row) {
            return;
        }
    }
}

fn push_window(window: &Slot<Window>, sink: &mut RowSink<'_>) -> bool {
    let mut list = [[0; Attachment::BYTES]; MAX_ATTACHMENTS];
    let mut count = 0;
    for (place, one) in list.iter_mut().zip(window.attachments.iter()) {
        let attachment = Attachment {
            process: one.process,
            start: one.start,
            writable: one.is_writable,
        };
        *place = attachment.to_bytes();
        count += 1;
    }
    let attachments = list[..count].as_flattened();
    let row = rows::Window {
        id: window.id(),
        owner_process: window.owner_process.get(),
        pages: window.frames.pages(),
        mailbox: window.mailbox(),
        attachments: Attachments::from_bytes(attachments),
    };
    sink.push(window.id(), &row)
}

fn window_frames(window: &Window, from: u32, sink: &mut RowSink<'_>) {
    let mut index = from;
    while let Some(frame) = window.frames.get(index) {
        if !sink.push(index, &WindowFrame { frame }) {
            return;
        }
        index += 1;
    }
}

fn push_claim(claim: &Slot<Claim>, sink: &mut RowSink<'_>) -> bool {
    let Ports { first, last } = claim.ports;
    let row = PortRange { first, last, process: claim.process };
    sink.push(claim.id(), &row)
}

fn log_entries(from: u32, sink: &mut RowSink<'_>) {
    let ring = log::ring_to_read().into_iter();
    let entries = ring.flat_map(|ring| ring.entries_from(from));
    for Entry { number, tick, text } in entries {
        if !sink.push(number, &LogEntry { number, tick, text }) {
            return;
        }
    }
}

/// Ids as they stand on the line.
struct IdList {
    words: [[u8; 4]; MAX_IDS],
    len: usize,
}

impl IdList {
    const fn new() -> Self {
        Self { words: [[0; 4]; MAX_IDS], len: 0 }
    }

    fn add(&mut self, id: u32) {
        if let Some(word) = self.words.get_mut(self.len) {
            *word = id.to_le_bytes();
            self.len += 1;
        }
    }

    fn ids(&self) -> Ids<'_> {
        let words = self.words.get(..self.len).unwrap_or(&[]);
        Ids::from_le_bytes(words.as_flattened())
    }
}
