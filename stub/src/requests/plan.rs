//! How the debugger wants the system to resume, and the step over a breakpoint
//! that this may take.

use crate::interpreters::effects::Effects;
use core::ops::Range;
use layout::{PhysAddr, VirtAddr};

/// What a `vCont` packet has requested.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Plan {
    /// The task to step.
    pub(crate) step: Option<u32>,
    /// The addresses at which its steps are not reported.
    pub(crate) range: Range<u32>,
    /// Whether the system resumes with a signal.
    pub(crate) signalled: bool,
    /// The task that continues while no other task may run.
    pub(crate) only: Option<u32>,
    /// Whether the step begins in ring 0.
    pub(crate) begins_in_kernel: bool,
    /// Where the step ends if it has pushed EFLAGS; none if it does not.
    pub(crate) pushes_flags: Option<u32>,
    /// Where the step ends if it has popped EFLAGS, and with it a TF that is
    /// the program's own; none if it does not.
    pub(crate) pops_flags: Option<u32>,
    /// How many tasks the packet continues by id.
    pub(crate) continued: usize,
    /// Whether the tasks that the packet does not name stay stopped.
    pub(crate) locked: bool,
}

impl Plan {
    /// Returns the plan in which every task continues.
    pub(crate) const fn new() -> Self {
        Self {
            step: None,
            range: 0..0,
            signalled: false,
            only: None,
            begins_in_kernel: false,
            pushes_flags: None,
            pops_flags: None,
            continued: 0,
            locked: false,
        }
    }

    /// Returns the task that resumes while no other may run, whether it steps
    /// or continues.
    pub(crate) fn alone(&self) -> Option<u32> {
        self.step.map_or(self.only, |task| self.locked.then_some(task))
    }
}

/// A step over an int3 that is out of memory for its duration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StepOver {
    pub(crate) task: u32,
    pub(crate) at: VirtAddr,
    pub(crate) physical: PhysAddr,
    pub(crate) original: u8,
    /// IF and TF as they were, without a TF that the debugger has set.
    pub(crate) flags: u32,
    /// Which of the two to restore: not those that the instruction loads.
    pub(crate) restored: u32,
    /// What the instruction does to the flags, and whether it repeats.
    pub(crate) effects: Effects,
}
