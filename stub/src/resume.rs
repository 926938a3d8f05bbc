//! How a debugger wants the system to go on.

use crate::debuggee::{Debuggee, Refused};
use crate::embed::Machine;
use crate::hardware::Hit;
use crate::memory::Place;
use core::ops::Range;
use gdbstub::common::{Signal, Tid};
use gdbstub::target::ext::base::multithread::{
    MultiThreadRangeStepping, MultiThreadRangeSteppingOps, MultiThreadResume,
    MultiThreadSchedulerLocking, MultiThreadSchedulerLockingOps,
    MultiThreadSingleStep, MultiThreadSingleStepOps,
};
use layout::VirtAddr;
use wire::i386::general::{EIP, ESP};

/// The prefix that makes `pushfd` of `pushf`, and the opcode of both.
const OPERAND_SIZE: u8 = 0x66;
const PUSH_FLAGS: u8 = 0x9C;
/// EFLAGS.TF, in its second byte.
const TRAP: u8 = 1;

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

    /// Notes what is to be known after a step of `task`.
    pub(crate) fn before_step(&mut self, task: u32) {
        self.look_before_step(task);
        let is_prefix = |byte: &&u8| **byte == OPERAND_SIZE;
        let mut code = [0; 4];
        let code = match self.place(task, EIP, 0) {
            Some(place) => {
                let (count, _) = self.read(place, &mut code);
                code.get(..count).unwrap_or(&[])
            }
            None => &[],
        };
        let opcode = code.iter().find(|byte| !is_prefix(byte));
        self.plan.pushes_flags = opcode == Some(&PUSH_FLAGS);
    }

    /// Returns which debug register a step of `task` has hit, or would have.
    pub(crate) fn after_step(&mut self, task: u32) -> Option<Hit> {
        if self.plan.pushes_flags
            && self.machine.current_task() == task
            && let Some(place) = self.place(task, ESP, 1)
        {
            // The program must not learn of TF: it might load it again.
            let mut byte = [0];
            if let (1, None) = self.read(place, &mut byte) {
                // It has just been written to.
                let _ = self.write(place, &byte.map(|flags| flags & !TRAP));
            }
        }
        self.look_after_step(task)
    }

    /// Returns the memory `by` bytes behind that at which a register of
    /// `task` points.
    fn place(&mut self, task: u32, register: usize, by: u32) -> Option<Place> {
        let directory = self.machine.task(task)?.directory;
        let registers = self.machine.general_registers(task)?;
        let at = registers.get(register)?.checked_add(by)?;
        Some(Place::Linear(directory, VirtAddr(at)))
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
            if self.plan.locked && self.machine.is_blocked(task) {
                return Err(Refused::Blocked);
            }
            return if self.machine.set_single_step(task, true) {
                Ok(())
            } else {
                Err(Refused::CannotStep)
            };
        }
        let Plan { locked, continued, only, .. } = self.plan;
        if !locked || continued == self.task_count() {
            self.plan.only = None;
            return Ok(());
        }
        // The scheduler holds back all but one.
        match only {
            Some(_) if continued == 1 => Ok(()),
            _ => Err(Refused::Unsupported),
        }
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
        let id = self.existing(tid)?;
        self.signal(signal);
        self.plan.only = Some(id);
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
