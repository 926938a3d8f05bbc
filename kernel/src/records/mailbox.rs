//! The record of a mailbox.

use crate::memory::address_space::{mapped_bytes, table_entry};
use crate::records::list::{Link, List, OfOwner, links};
use crate::records::table::{Record, Records, Slot};
use crate::records::task::{Task, WaitLink};
use abi::{MAX_MAILBOX_BYTES, MIN_MAILBOX_BYTES};
use core::cell::Cell;
use layout::paging::Entry;
use layout::regions::GLOBAL_DATA;
use layout::{PAGE_BYTES, VirtAddr};
use structures::change::Structure;
use structures::queue::Queue;
use wire::rows::State;

/// Every mailbox, by id.
pub(crate) static MAILBOXES: Records<Mailbox> = Records::new(2);

/// The record of a mailbox.
pub(crate) struct Mailbox {
    pub(crate) owner_process: u32,
    pub(crate) owner_task: u32,
    pub(crate) capacity_bytes: u32,
    pub(crate) queue: Cell<Queue>,
    /// The task that waits for a message; 0 if none does.
    pub(crate) reader: Cell<u32>,
    /// The tasks that want to send, in the order of their turns.
    pub(crate) senders: List<Task, WaitLink>,
    /// The only process that may send, and its only task; 0 means any.
    pub(crate) allowed: Cell<[u32; 2]>,
    pub(crate) ring: VirtAddr,
    pub(crate) owner_link: Link,
}

impl Record for Mailbox {
    const MAGIC: [u8; 4] = *b"MBOX";
    const STRUCTURE: Structure = Structure::Mailboxes;
    const TABLE: &'static Records<Self> = &MAILBOXES;
}

impl Mailbox {
    /// Returns the ring of messages. Only one such slice may exist at a time.
    pub(crate) fn ring(&self) -> &mut [u8] {
        mapped_bytes(self.ring, self.capacity_bytes)
    }

    /// Returns the same for a debugger, if that memory is mapped.
    pub(crate) fn ring_to_read(&self) -> Option<&[u8]> {
        let len_bytes = self.capacity_bytes;
        if !(MIN_MAILBOX_BYTES..=MAX_MAILBOX_BYTES).contains(&len_bytes) {
            return None;
        }
        let last = VirtAddr(self.ring.0.checked_add(len_bytes - 1)?);
        let is_global =
            GLOBAL_DATA.contains(self.ring) && GLOBAL_DATA.contains(last);
        let pages = self.ring.page_number()..=last.page_number();
        let is_mapped = |page| table_entry(VirtAddr(page * PAGE_BYTES));
        let all_there =
            is_global && pages.map(is_mapped).all(Entry::is_present);
        all_there.then(|| &*self.ring())
    }

    pub(crate) fn lets_send(&self, task: &Slot<Task>) -> bool {
        let [process, only_task] = self.allowed.get();
        (process == 0 || process == task.process)
            && (only_task == 0 || only_task == task.id())
    }

    /// Returns the sender whose turn it is, if it waits.
    pub(crate) fn waiting_sender(&self) -> Option<&'static Slot<Task>> {
        let waits = |task: &&Slot<Task>| task.state.get() == State::Sending;
        self.senders.first().filter(waits)
    }
}

links!(Mailbox: OfOwner = owner_link);
