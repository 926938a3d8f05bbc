//! How a debugger wants the system to resume.

use super::debuggee::Debuggee;
use super::hardware::CODE_BYTES;
use super::location::Place;
use crate::embed::{Machine, Stop};
use crate::interpreters::effects::{Effects, effects};
use crate::protocol::Refused;
use crate::requests::debug_registers::Point;
use crate::requests::plan::Plan;
use core::iter::successors;
use core::ops::Range;
use layout::VirtAddr;
use wire::i386::eflags::TF;
use wire::i386::general::{CS, EFLAGS, EIP, ESP};

/// TF in the second byte of EFLAGS.
const TRAP: u8 = TF.to_le_bytes()[1];

impl<M: Machine> Debuggee<M> {
    /// Plans that `task` continues.
    pub(crate) fn plan_continue(&mut self, task: u32) {
        self.plan.only = Some(task);
        self.plan.continued = self.plan.continued.saturating_add(1);
    }

    /// Plans that `task` makes a step, and keeps stepping while it is in
    /// `range`.
    pub(crate) fn plan_step(
        &mut self,
        task: u32,
        range: Range<u32>,
    ) -> Result<(), Refused> {
        if self.plan.step.is_some() {
            return Err(Refused::Unsupported);
        }
        self.plan.step = Some(task);
        self.plan.range = range;
        Ok(())
    }

    /// Checks that the plan can be carried out, and prepares its step.
    pub(crate) fn check_plan(&mut self) -> Result<(), Refused> {
        if let Some(task) = self.plan.step {
            if self.plan.locked && self.machine.is_blocked(task) {
                return Err(Refused::Blocked);
            }
            let can_step = self.machine.set_single_step(task, true);
            return can_step.then_some(()).ok_or(Refused::CannotStep);
        }
        let Plan { locked, continued, only, .. } = self.plan;
        if !locked || continued == self.task_count() {
            self.plan.only = None;
        } else if only.is_none() || continued != 1 {
            // The scheduler can only hold back all tasks but one.
            return Err(Refused::Unsupported);
        }
        Ok(())
    }

    /// Records what must be known after a step of `task`.
    pub(crate) fn before_step(&mut self, task: u32) {
        if self.look_before_step(task) {
            self.foresee_hit(task);
        }
        self.plan.begins_in_kernel = self.is_in_kernel(task);
        let place = self.place(task, EIP, 0);
        let effects = place.map(|place| self.effects_at(place));
        let effects = effects.unwrap_or_default();
        let at = self.eip(task).0;
        let end = |len| at.wrapping_add(len);
        self.plan.pushes_flags = effects.pushes_flags.map(end);
        self.plan.pops_flags = effects.pops_flags.map(end);
    }

    /// Ends the step that was planned, if there was one. A TF that `popf` has
    /// loaded is the program's own, and stays.
    pub(crate) fn end_plan(&mut self, reason: Stop) {
        let Some(task) = self.plan.step.take() else { return };
        let end = self.plan.pops_flags;
        let has_popped = reason == Stop::Step && end == Some(self.eip(task).0);
        let eflags = self.general(task, EFLAGS).filter(|_| has_popped);
        self.machine.set_single_step(task, false);
        if let Some(eflags) = eflags {
            self.machine.set_general_register(task, EFLAGS, eflags);
        }
    }

    /// Returns whether `task` is in ring 0.
    pub(super) fn is_in_kernel(&mut self, task: u32) -> bool {
        self.general(task, CS).is_some_and(|cs| cs & 3 == 0)
    }

    /// Returns what a step over the instruction at `place` must take care of.
    pub(super) fn effects_at(&mut self, place: Place) -> Effects {
        let mut code = [0; CODE_BYTES];
        let (len, _) = self.read(place, &mut code);
        // What cannot be read is not executed.
        effects(code.get(..len).unwrap_or(&[])).unwrap_or_default()
    }

    /// Returns which debug register a step of `task` hit, or would have hit.
    pub(crate) fn after_step(&mut self, task: u32) -> Option<Point> {
        if self.machine.current_task() == task
            && let Some(end) = self.plan.pushes_flags
        {
            self.correct_pushed_flags(task, end, 0);
        }
        self.look_after_step(task)
    }

    /// Makes the flags that a step of `task` has pushed, if it ended at `end`,
    /// what they would be without one: TF is clear, unless it is among those of
    /// `flags`, which are set. The program might look at them, or load them
    /// again.
    pub(super) fn correct_pushed_flags(
        &mut self,
        task: u32,
        end: u32,
        flags: u32,
    ) {
        if self.eip(task).0 != end {
            return;
        }
        let [_, flags, ..] = flags.to_le_bytes();
        // TF and IF are both in the second byte.
        let Some(place) = self.place(task, ESP, 1) else { return };
        let mut byte = [0];
        if let (1, None) = self.read(place, &mut byte) {
            let byte = byte.map(|pushed| pushed & !TRAP | flags);
            // It was just pushed, so it is writable.
            let _ = self.write(place, &byte);
        }
    }

    /// Returns the location `by` bytes after the one that a register of `task`
    /// points to.
    fn place(&mut self, task: u32, register: usize, by: u32) -> Option<Place> {
        let space = self.space(task)?;
        let at = self.general(task, register)?.checked_add(by)?;
        Some(space.at(VirtAddr(at)))
    }

    fn task_count(&mut self) -> usize {
        let first = self.task_after(0);
        successors(first, |id| self.task_after(*id)).count()
    }
}
