//! How a debugger wants the system to resume.

use super::debuggee::Debuggee;
use super::location::Place;
use crate::embed::Machine;
use crate::protocol::Refused;
use crate::requests::debug_registers::Point;
use crate::requests::plan::Plan;
use core::iter::successors;
use core::ops::Range;
use layout::VirtAddr;
use wire::i386::eflags::TF;
use wire::i386::general::{EIP, ESP};

/// The operand-size prefix, and the opcode of `pushf` and `pushfd`.
const OPERAND_SIZE: u8 = 0x66;
const PUSH_FLAGS: u8 = 0x9C;
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
        self.look_before_step(task);
        let mut code = [0; 4];
        if let Some(place) = self.place(task, EIP, 0) {
            // What cannot be read stays 0.
            let _ = self.read(place, &mut code);
        }
        let opcode = code.iter().find(|byte| **byte != OPERAND_SIZE);
        self.plan.pushes_flags = opcode == Some(&PUSH_FLAGS);
    }

    /// Returns which debug register a step of `task` hit, or would have hit.
    pub(crate) fn after_step(&mut self, task: u32) -> Option<Point> {
        if self.plan.pushes_flags
            && self.machine.current_task() == task
            && let Some(place) = self.place(task, ESP, 1)
        {
            // The program must not see TF: it might load it again.
            let mut byte = [0];
            if let (1, None) = self.read(place, &mut byte) {
                // It was just pushed, so it is writable.
                let _ = self.write(place, &byte.map(|flags| flags & !TRAP));
            }
        }
        self.look_after_step(task)
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
