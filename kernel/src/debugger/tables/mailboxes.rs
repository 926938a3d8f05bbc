//! The rows of mailboxes and their messages.

use super::id_list::IdList;
use super::records;
use crate::debugger::collector::{Asked, Collector};
use crate::records::mailbox::{MAILBOXES, Mailbox};
use crate::records::table::Slot;
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::rows::{self, Bytes};

impl Collector for rows::Mailbox<'_> {
    const SOURCES: &'static [Structure] = &[
        Structure::Mailboxes,
        Structure::Messages,
        Structure::Tasks,
        Structure::Lists,
    ];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let mut ids = IdList::new();
        records::collect(asked.from, sink, |mailbox: &Slot<Mailbox>, sink| {
            let senders = ids.fill(mailbox.senders.iter().map(Slot::id));
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
                waiting_senders: senders,
            };
            sink.push(mailbox.id(), &row)
        })
    }
}

/// Bytes of a payload that a row shows at most.
const MAX_DATA: usize = 64;

impl Collector for rows::Message<'_> {
    const SOURCES: &'static [Structure] =
        &[Structure::Mailboxes, Structure::Messages];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let mailbox = MAILBOXES.get(asked.of).ok_or(NoRows::NoSuchMailbox)?;
        let queue = mailbox.queue.get();
        // A record that makes no sense has no messages to show.
        let Some(ring) = mailbox.ring_to_read() else { return Ok(()) };
        let messages = (0..).zip(queue.iter(ring));
        for (index, message) in messages.skip(asked.from as usize) {
            let mut data = [0; MAX_DATA];
            let bytes = message.payload.into_iter().flatten();
            let shown =
                data.iter_mut().zip(bytes).map(|(to, from)| *to = *from);
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
                break;
            }
        }
        Ok(())
    }
}
