//! The processor as each task has it, for the stub.

use crate::cpu;
use crate::debugger::machine::KernelMachine;
use crate::debugger::tasks;
use crate::machine::{debug_registers, processor};
use crate::schedule::x87;
use stub::embed::{GeneralRegisters, Processor, SystemRegisters};
use wire::sse;
use wire::x87::Image;

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
        tasks::set_single_step(&mut self.window, task, on)
    }

    #[inline(never)]
    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        let directory = tasks::directory(task)?;
        let cr0 = cpu::control_register_0();
        let cr2 = cpu::page_fault_address();
        let has_cr4 = processor::current().has_control_register_4();
        let cr4 = if has_cr4 { cpu::control_register_4() } else { 0 };
        let [dr0, dr1, dr2, dr3, dr6] = cpu::debug_registers();
        let dr7 = debug_registers::control();
        Some([cr0, cr2, directory.0, cr4, dr0, dr1, dr2, dr3, dr6, dr7])
    }

    #[inline(never)]
    fn x87_registers(&mut self, task: u32) -> Option<Image> {
        let task = tasks::record(task)?;
        processor::current().has_x87().then(|| x87::registers(task))
    }

    #[inline(never)]
    fn set_x87_registers(&mut self, task: u32, registers: &Image) -> bool {
        let task = tasks::record(task);
        let task = task.filter(|_| processor::current().has_x87());
        task.map(|task| x87::set_registers(task, *registers)).is_some()
    }

    #[inline(never)]
    fn sse_registers(&mut self, task: u32) -> Option<sse::Image> {
        let task = tasks::record(task)?;
        let has_sse = processor::current().has_sse();
        has_sse.then(|| x87::sse_registers(task))
    }

    #[inline(never)]
    fn set_sse_registers(&mut self, task: u32, registers: &sse::Image) -> bool {
        let task = tasks::record(task);
        let task = task.filter(|_| processor::current().has_sse());
        task.map(|task| x87::set_sse_registers(task, *registers)).is_some()
    }

    fn can_reset(&self) -> bool {
        true
    }

    #[inline(never)]
    fn reset(&mut self) {
        cpu::reset()
    }
}
