//! The processor as each task has it, for the stub.

use crate::cpu;
use crate::debugger::machine::KernelMachine;
use crate::debugger::tasks;
use stub::embed::{GeneralRegisters, Processor, SystemRegisters};

impl Processor for KernelMachine {
    #[inline(never)]
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters> {
        tasks::registers(&mut self.window, task)
    }

    #[inline(never)]
    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool {
        tasks::set_register(&mut self.window, task, index, value).is_some()
    }

    #[inline(never)]
    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        tasks::set_single_step(&mut self.window, task, on).is_some()
    }

    #[inline(never)]
    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        tasks::system_registers(task)
    }

    fn can_reset(&self) -> bool {
        true
    }

    #[inline(never)]
    fn reset(&mut self) {
        cpu::reset()
    }
}
