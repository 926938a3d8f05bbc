//! The fake machine as the stub asks for it.

use crate::state::{FakeMachine, LOOK_US, MEMORY_BYTES, STACK, STUB_CODE};
use crate::tables;
use layout::paging::{Table, Tables};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use std::fmt::{self, Write};
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;
use stub::embed::{
    Facts, GeneralRegisters, Machine, NoMemory, NoRows, RowSink,
    SystemRegisters, Task,
};
use wire::i386;
use wire::rows;

impl Tables for FakeMachine {
    type Error = NoMemory;

    fn table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        let mut bytes = [0; PAGE_BYTES as usize];
        self.read_physical(frame, &mut bytes)?;
        let words = bytes.as_chunks().0.iter();
        for (entry, word) in self.window.iter_mut().zip(words) {
            *entry = u32::from_le_bytes(*word);
        }
        Ok(&self.window)
    }
}

impl Machine for FakeMachine {
    fn read_physical(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory> {
        assert!(into.len() <= at.left_in_page() as usize, "in one page");
        let mut state = self.state();
        state.window_is_open = true;
        self.clock.wait_us(state.read_us);
        let from = state.memory.get(at.0 as usize..).unwrap_or(&[]);
        into.copy_from_slice(from.get(..into.len()).ok_or(NoMemory(at))?);
        Ok(())
    }

    fn write_physical(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory> {
        assert!(from.len() <= at.left_in_page() as usize, "in one page");
        let mut state = self.state();
        state.window_is_open = true;
        let range = at.0 as usize..at.0 as usize + from.len();
        let place = state.memory.get_mut(range.clone()).ok_or(NoMemory(at))?;
        place.copy_from_slice(from);
        state.int3s.retain(|at| !range.contains(at));
        if from == [0xCC] {
            state.int3s.push(range.start);
        }
        let frame = (at.0 / PAGE_BYTES) as usize;
        if !state.written.contains(&frame) {
            state.written.push(frame);
        }
        Ok(())
    }

    fn close_window(&mut self) {
        self.state().window_is_open = false;
    }

    fn is_stub_code(&self, address: VirtAddr) -> bool {
        address.page() == VirtAddr(STUB_CODE)
    }

    fn current_task(&mut self) -> u32 {
        self.state().current
    }

    fn task(&mut self, id: u32) -> Option<Task> {
        self.state().tasks.get(&id).map(|task| task.task)
    }

    fn task_after(&mut self, id: u32) -> Option<u32> {
        let state = self.state();
        state.tasks.range(id + 1..).next().map(|(id, _)| *id)
    }

    fn task_of_process(&mut self, process: u32) -> Option<u32> {
        let state = self.state();
        let mut tasks = state.tasks.values();
        tasks.find(|t| t.task.process == process).map(|t| t.task.id)
    }

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

    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        let task = self.task(task)?;
        let mut all = [0; i386::SYSTEM.len()];
        all[0] = 0x8001_0011;
        all[2] = task.directory.0;
        Some(all)
    }

    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        let mut state = self.state();
        let can_step = state.can_step;
        let Some(task) = state.tasks.get_mut(&task) else { return false };
        task.steps = on && can_step;
        can_step
    }

    fn is_blocked(&mut self, task: u32) -> bool {
        self.state().tasks.get(&task).is_some_and(|task| task.is_blocked)
    }

    fn set_debug_registers(&mut self, addresses: [u32; 4], control: u32) {
        self.state().debug_registers = (addresses, control);
    }

    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool {
        let page = STACK..=STACK + PAGE_BYTES - 1;
        page.contains(&addresses.start().0) || page.contains(&addresses.end().0)
    }

    fn describe_task(&mut self, task: u32, out: &mut dyn Write) -> fmt::Result {
        write!(out, "task {task}, ready")
    }

    fn rows(
        &mut self,
        table: rows::Table,
        of: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        tables::rows(self.state().processes, table, of, from, sink)
    }

    fn is_consistent(&mut self) -> bool {
        self.state().is_consistent
    }

    fn generation(&mut self) -> u32 {
        17
    }

    fn facts(&mut self) -> Facts {
        Facts {
            kernel: "a kernel 1.2",
            build_id: &[0xAB, 0xCD],
            ticks: 1234,
            ticks_per_second: 100,
            frames: (MEMORY_BYTES >> 12) as u32,
            free_frames: 7,
        }
    }

    fn reset(&mut self) {
        self.state().resets += 1;
    }

    fn now_us(&mut self) -> u32 {
        self.clock.0.fetch_add(LOOK_US, Ordering::Relaxed)
    }
}
