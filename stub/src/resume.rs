//! How a debugger wants the system to go on.

use crate::debuggee::{Debuggee, Refused};
use crate::embed::Machine;
use core::ops::Range;
use gdbstub::common::{Signal, Tid};
use gdbstub::target::ext::base::multithread::{
    MultiThreadRangeStepping, MultiThreadRangeSteppingOps, MultiThreadResume,
    MultiThreadSchedulerLocking, MultiThreadSchedulerLockingOps,
    MultiThreadSingleStep, MultiThreadSingleStepOps,
};

/// What a `vCont` packet has asked for.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Plan {
    /// The task to step.
    pub(crate) step: Option<u32>,
    /// Where its steps need not be reported.
    pub(crate) range: Range<u32>,
    /// Whether a signal goes with it.
    pub(crate) signalled: bool,
    /// How many tasks are to continue by name.
    continued: usize,
    /// Whether the tasks without a name are to stay stopped.
    locked: bool,
}

impl Plan {
    /// Returns the plan to continue.
    pub(crate) const fn new() -> Self {
        Self {
            step: None,
            range: 0..0,
            signalled: false,
            continued: 0,
            locked: false,
        }
    }
}

impl<M: Machine> Debuggee<M> {
    fn step(&mut self, tid: Tid, range: Range<u32>) -> Result<(), Refused> {
        let id = self.existing(tid)?;
        if self.plan.step.is_some() {
            return Err(Refused::Unsupported);
        }
        self.plan.step = Some(id);
        self.plan.range = range;
        Ok(())
    }

    fn signal(&mut self, signal: Option<Signal>) {
        self.plan.signalled |= signal.is_some_and(|signal| signal.0 != 0);
    }

    fn task_count(&mut self) -> usize {
        let mut id = 0;
        let mut count = 0_usize;
        while let Some(next) = self.task_after(id) {
            id = next;
            count = count.saturating_add(1);
        }
        count
    }
}

impl<M: Machine> MultiThreadResume for Debuggee<M> {
    fn resume(&mut self) -> Result<(), Refused> {
        if let Some(task) = self.plan.step {
            return if self.machine.set_single_step(task, true) {
                Ok(())
            } else {
                Err(Refused::CannotStep)
            };
        }
        // To hold other tasks back would be the scheduler's work.
        if self.plan.locked && self.plan.continued < self.task_count() {
            return Err(Refused::Unsupported);
        }
        Ok(())
    }

    fn clear_resume_actions(&mut self) -> Result<(), Refused> {
        self.plan = Plan::new();
        Ok(())
    }

    fn set_resume_action_continue(
        &mut self,
        tid: Tid,
        signal: Option<Signal>,
    ) -> Result<(), Refused> {
        self.existing(tid)?;
        self.signal(signal);
        self.plan.continued = self.plan.continued.saturating_add(1);
        Ok(())
    }

    fn support_single_step(
        &mut self,
    ) -> Option<MultiThreadSingleStepOps<'_, Self>> {
        Some(self)
    }

    fn support_range_step(
        &mut self,
    ) -> Option<MultiThreadRangeSteppingOps<'_, Self>> {
        Some(self)
    }

    fn support_scheduler_locking(
        &mut self,
    ) -> Option<MultiThreadSchedulerLockingOps<'_, Self>> {
        Some(self)
    }
}

impl<M: Machine> MultiThreadSingleStep for Debuggee<M> {
    fn set_resume_action_step(
        &mut self,
        tid: Tid,
        signal: Option<Signal>,
    ) -> Result<(), Refused> {
        self.signal(signal);
        self.step(tid, 0..0)
    }
}

impl<M: Machine> MultiThreadRangeStepping for Debuggee<M> {
    fn set_resume_action_range_step(
        &mut self,
        tid: Tid,
        start: u32,
        end: u32,
    ) -> Result<(), Refused> {
        self.step(tid, start..end)
    }
}

impl<M: Machine> MultiThreadSchedulerLocking for Debuggee<M> {
    fn set_resume_action_scheduler_lock(&mut self) -> Result<(), Refused> {
        self.plan.locked = true;
        Ok(())
    }
}
