//! Whose memory is meant by a debugger that never says so.
//!
//! lldb caches registers by thread and memory by address: what it selected last
//! says nothing of the memory that it asks for next. So its memory packets and
//! breakpoints refer to one task, the one that stopped, until the next stop.
//! `monitor task` chooses another. lldb must then forget what it has cached, so
//! that takes effect as a stop, in place of letting the system run.
//!
//! The stack of any other task would be looked for in the pinned task's memory.
//! So its ESP and EBP are not available, and its only frame is that of its EIP.

/// The task that memory belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pin {
    /// Whether the debugger selects no task before it asks for memory.
    pub(crate) is_needed: bool,
    pub(super) task: Option<u32>,
    /// The task that the user has chosen, and the debugger does not yet know
    /// of.
    pub(super) next: Option<u32>,
}

impl Pin {
    /// Returns the state in which memory belongs to the selected task.
    pub(crate) const fn new() -> Self {
        Self { is_needed: false, task: None, next: None }
    }

    /// Pins the task that stopped.
    pub(crate) const fn stopped(&mut self, task: u32) {
        self.task = if self.is_needed { Some(task) } else { None };
    }
}
