//! The queue in which a task waits.

/// A queue that a task can be in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitQueue {
    Nowhere,
    /// The senders of this mailbox.
    Sender(u32),
    /// The receiver of this mailbox.
    Reader(u32),
    /// The tasks that wait for the end of this task.
    EndOfTask(u32),
    /// The tasks that wait for the end of this process.
    EndOfProcess(u32),
    /// The task that waits for the keeper to create this process.
    Creator(u32),
}
