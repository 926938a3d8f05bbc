//! How a task leaves the line in which it waits.
//!
//! A task may stand in a line and wait for a tick as well: it has a link for
//! each. It leaves both, whichever ends its wait; and so it does when it is
//! killed. A sender stays first in its line after it was woken, until it has
//! sent: so messages keep their order.

use crate::records::mailbox::MAILBOXES;
use crate::records::process::PROCESSES;
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use crate::records::wait_queue::WaitQueue;

/// Takes a task out of the line in which it stands. Returns who is to be
/// woken because it is first now.
pub(super) fn leave(task: &Slot<Task>) -> Option<&'static Slot<Task>> {
    match task.wait_queue.replace(WaitQueue::Nowhere) {
        WaitQueue::Nowhere | WaitQueue::Creator(_) => {}
        WaitQueue::Sender(id) => {
            if let Some(mailbox) = MAILBOXES.get(id) {
                mailbox.senders.remove(task);
                return mailbox.waiting_sender();
            }
        }
        WaitQueue::Reader(id) => {
            if let Some(mailbox) = MAILBOXES.get(id)
                && mailbox.reader.get() == task.id()
            {
                mailbox.reader.set(0);
            }
        }
        WaitQueue::EndOfTask(id) => {
            if let Some(other) = TASKS.get(id) {
                other.waiters.remove(task);
            }
        }
        WaitQueue::EndOfProcess(id) => {
            if let Some(process) = PROCESSES.get(id) {
                process.waiters.remove(task);
            }
        }
    }
    None
}
