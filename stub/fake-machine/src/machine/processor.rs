//! The registers of its tasks.

use crate::state::FakeMachine;
use stub::embed::{GeneralRegisters, Paging, Processor, SystemRegisters};
use wire::i386;

impl Processor for FakeMachine {
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters> {
        self.state().tasks.get(&task).map(|task| task.registers)
    }

    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool {
        let mut state = self.state();
        let Some(task) = state.tasks.get_mut(&task) else { return false };
        task.registers[index] = value;
        true
    }

    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        let mut state = self.state();
        let can_step = state.can_step;
        let Some(task) = state.tasks.get_mut(&task) else { return false };
        task.steps = on && can_step;
        can_step
    }

    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        let directory = self.directory(task)?;
        let mut all = [0; i386::SYSTEM.len()];
        all[0] = 0x8001_0011;
        all[2] = directory.0;
        Some(all)
    }

    fn reset(&mut self) {
        self.state().resets += 1;
    }
}
