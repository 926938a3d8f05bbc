//! How a task leaves the queue in which it waits.
//!
//! A task may be in a queue and also wait for a tick, and has a link for each.
//! It leaves both, whichever ends its wait, and also when it is killed. A
//! sender stays first in its queue after it has been woken, until it has sent
//! its message: that keeps messages in order.

use crate::records::mailbox::MAILBOXES;
use crate::records::process::PROCESSES;
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use crate::records::wait_queue::WaitQueue;

/// Removes a task from the queue that it is in. Returns the task to wake
/// because it is now first.
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
