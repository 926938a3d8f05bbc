//! The registers of its tasks.

use crate::size::{Everything, IsSmall};
use crate::state::FakeMachine;
use stub::embed::{GeneralRegisters, Processor, SystemRegisters};
use wire::i386;
use wire::sse;
use wire::x87::Image;

/// The methods that every kernel must provide.
impl<S: IsSmall> Processor for FakeMachine<S> {
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters> {
        self.state().registers(task)
    }

    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool {
        self.state().set_register(task, index, value)
    }
}

impl Processor for FakeMachine<Everything> {
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters> {
        self.state().registers(task)
    }

    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool {
        self.state().set_register(task, index, value)
    }

    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        let mut state = self.state();
        let can_step = state.can_step;
        let Some(task) = state.tasks.get_mut(&task) else { return false };
        task.steps = on && can_step;
        can_step
    }

    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        let directory = self.state().tasks.get(&task)?.directory;
        let mut all = [0; i386::SYSTEM.len()];
        all[0] = 0x8001_0011;
        all[2] = directory.0;
        Some(all)
    }

    fn x87_registers(&mut self, task: u32) -> Option<Image> {
        let state = self.state();
        let task = state.tasks.get(&task).filter(|_| state.has_x87)?;
        Some(task.x87)
    }

    fn set_x87_registers(&mut self, task: u32, registers: &Image) -> bool {
        let mut state = self.state();
        let is_fixed = state.is_x87_fixed;
        let Some(task) = state.tasks.get_mut(&task) else { return false };
        if !is_fixed {
            task.x87 = *registers;
        }
        !is_fixed
    }

    fn sse_registers(&mut self, task: u32) -> Option<sse::Image> {
        let state = self.state();
        let task = state.tasks.get(&task).filter(|_| state.has_sse)?;
        Some(task.sse)
    }

    fn set_sse_registers(&mut self, task: u32, registers: &sse::Image) -> bool {
        let mut state = self.state();
        let is_fixed = state.is_x87_fixed;
        let Some(task) = state.tasks.get_mut(&task) else { return false };
        if !is_fixed {
            task.sse = *registers;
        }
        !is_fixed
    }

    fn can_reset(&self) -> bool {
        true
    }

    fn reset(&mut self) {
        self.state().resets += 1;
    }
}
