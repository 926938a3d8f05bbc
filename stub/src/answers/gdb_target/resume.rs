//! How to resume: the threads and actions of `vCont`.

use crate::embed::Machine;
use crate::protocol::Refused;
use crate::requests::plan::Plan;
use crate::target::Debuggee;
use gdbstub::common::{Signal, Tid};
use gdbstub::target::ext::base::multithread::{
    MultiThreadRangeStepping, MultiThreadRangeSteppingOps, MultiThreadResume,
    MultiThreadSchedulerLocking, MultiThreadSchedulerLockingOps,
    MultiThreadSingleStep, MultiThreadSingleStepOps,
};

impl<M: Machine> Debuggee<M> {
    fn note_signal(&mut self, signal: Option<Signal>) {
        self.plan.signalled |= signal.is_some_and(|signal| signal.0 != 0);
    }
}

impl<M: Machine> MultiThreadResume for Debuggee<M> {
    fn resume(&mut self) -> Result<(), Refused> {
        self.check_plan()
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
        self.note_signal(signal);
        let task = self.named(tid)?;
        self.plan_continue(task);
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
        self.note_signal(signal);
        let task = self.named(tid)?;
        self.plan_step(task, 0..0)
    }
}

impl<M: Machine> MultiThreadRangeStepping for Debuggee<M> {
    fn set_resume_action_range_step(
        &mut self,
        tid: Tid,
        start: u32,
        end: u32,
    ) -> Result<(), Refused> {
        let task = self.named(tid)?;
        self.plan_step(task, start..end)
    }
}

impl<M: Machine> MultiThreadSchedulerLocking for Debuggee<M> {
    fn set_resume_action_scheduler_lock(&mut self) -> Result<(), Refused> {
        self.plan.locked = true;
        Ok(())
    }
}
