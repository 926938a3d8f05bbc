//! How the debugger wants the system to go on, and the step that a
//! breakpoint takes for it.

use core::ops::Range;
use layout::{PhysAddr, VirtAddr};

/// What a `vCont` packet has asked for.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Plan {
    /// The task to step.
    pub(crate) step: Option<u32>,
    /// Where its steps need not be reported.
    pub(crate) range: Range<u32>,
    /// Whether a signal goes with it.
    pub(crate) signalled: bool,
    /// The task that continues while no other may run.
    pub(crate) only: Option<u32>,
    /// Whether the step is one that pushes EFLAGS.
    pub(crate) pushes_flags: bool,
    /// How many tasks are to continue by name.
    pub(crate) continued: usize,
    /// Whether the tasks without a name are to stay stopped.
    pub(crate) locked: bool,
}

impl Plan {
    /// Returns the plan in which everybody goes on.
    pub(crate) const fn new() -> Self {
        Self {
            step: None,
            range: 0..0,
            signalled: false,
            only: None,
            pushes_flags: false,
            continued: 0,
            locked: false,
        }
    }

    /// Returns the task that was let go while no other may run, for a step
    /// or for good.
    pub(crate) fn alone(&self) -> Option<u32> {
        self.step.map_or(self.only, |task| self.locked.then_some(task))
    }
}

/// A step over an int3 that is out of memory meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StepOver {
    pub(crate) task: u32,
    pub(crate) at: VirtAddr,
    pub(crate) physical: PhysAddr,
    pub(crate) original: u8,
    /// What EFLAGS.IF is to be afterwards; none if the instruction says.
    pub(crate) interrupts: Option<u32>,
    /// Whether one step need not be all of the instruction.
    pub(crate) repeats: bool,
}
