//! Where a task stands in line while it waits, and how it leaves.
//!
//! A task may stand in a line and wait for a tick as well: it has a link for
//! each. It leaves both, whichever ends its wait; and so it does when it is
//! killed. A sender stays first in its line after it was woken, until it has
//! sent: so messages keep their order.

use crate::clock::{self, TICKS_PER_SECOND};
use crate::memory::records::Slot;
use crate::process::mailbox::{self, MAILBOXES};
use crate::process::record::PROCESSES;
use crate::process::task::{TASKS, Task};

/// A line in which a task stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Nowhere,
    /// Those who want to send to this mailbox.
    Sender(u32),
    /// The one who wants to receive from this mailbox.
    Reader(u32),
    /// Those who wait for the end of this task.
    EndOfTask(u32),
    /// Those who wait for the end of this process.
    EndOfProcess(u32),
    /// The one who waits for the keeper to make this process.
    Creator(u32),
}

/// Takes a task out of the line in which it stands.
pub(crate) fn leave(task: &Slot<Task>) {
    match task.place.replace(Place::Nowhere) {
        Place::Nowhere | Place::Creator(_) => {}
        Place::Sender(id) => {
            if let Some(mailbox) = MAILBOXES.get(id) {
                mailbox.senders.remove(task);
                mailbox::wake_first_sender(mailbox);
            }
        }
        Place::Reader(id) => {
            if let Some(mailbox) = MAILBOXES.get(id)
                && mailbox.reader.get() == task.id()
            {
                mailbox.reader.set(0);
            }
        }
        Place::EndOfTask(id) => {
            if let Some(other) = TASKS.get(id) {
                other.waiters.remove(task);
            }
        }
        Place::EndOfProcess(id) => {
            if let Some(process) = PROCESSES.get(id) {
                process.waiters.remove(task);
            }
        }
    }
}

/// How long a call may wait: the tick at which it gives up, if it does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(pub(crate) Option<u32>);

impl Deadline {
    /// Returns the deadline of a call that may take so many milliseconds; 0
    /// is for ever.
    pub(crate) fn after(milliseconds: u32) -> Self {
        Self((milliseconds != 0).then(|| tick_after(milliseconds)))
    }

    /// Returns whether it has come.
    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|tick| !is_after(tick, clock::ticks()))
    }
}

/// Returns the first tick at which so many milliseconds are over.
pub(crate) fn tick_after(milliseconds: u32) -> u32 {
    // The tick under way is not a whole one: it does not count. More than
    // half the counter's range would look like the past.
    let ticks = milliseconds.div_ceil(1000 / TICKS_PER_SECOND) + 1;
    clock::ticks().wrapping_add(ticks.min(i32::MAX as u32))
}

/// Compares two ticks of a counter that wraps around.
pub(crate) const fn is_after(tick: u32, other: u32) -> bool {
    tick.wrapping_sub(other) as i32 > 0
}
