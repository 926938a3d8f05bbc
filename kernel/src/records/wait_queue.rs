//! Where a task stands in line while it waits.

/// A line in which a task stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitQueue {
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
