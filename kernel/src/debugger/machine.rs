//! The stub's `Machine`: memory, tasks and tables of this kernel.

use crate::debugger::{tables, tasks};
use crate::descriptors::kernel_tss;
use crate::devices::clock;
use crate::machine::{boot, debug_registers, entry_points};
use crate::memory::frames;
use crate::memory::physical::PhysicalWindow;
use crate::records::table::Slot;
use crate::{cpu, schedule};
use core::fmt;
use core::ops::RangeInclusive;
use layout::paging::{Table as PageTable, Tables};
use layout::regions::{DESCRIPTORS, EXCEPTION_TSSES, KERNEL_STACK, KERNEL_TSS};
use layout::{PhysAddr, VirtAddr};
use stub::embed::{
    Facts, GeneralRegisters, Machine, NoMemory, NoRows, RowSink,
    SystemRegisters, Task,
};
use wire::rows::Table;

/// This kernel, for the stub.
pub(crate) struct KernelMachine {
    window: PhysicalWindow,
    kernel_directory: PhysAddr,
}

impl KernelMachine {
    /// Returns the kernel; `kernel_directory` stands for the time before
    /// there is a task.
    pub(crate) const fn new(kernel_directory: PhysAddr) -> Self {
        Self { window: PhysicalWindow::new(), kernel_directory }
    }

    /// Returns the directory of what was interrupted: that in the saved
    /// CR3, or if that is wild, that of the task's record.
    fn loaded_directory(&mut self) -> PhysAddr {
        let loaded = PhysAddr(kernel_tss().cr3);
        let known = schedule::interrupted_task().map(|task| task.directory);
        let known = known.unwrap_or(self.kernel_directory);
        if loaded == known || self.window.can_be_loaded(loaded) {
            loaded
        } else {
            known
        }
    }
}

impl Tables for KernelMachine {
    type Error = NoMemory;

    #[inline(never)]
    fn table(&mut self, frame: PhysAddr) -> Result<&PageTable, NoMemory> {
        self.window.table(frame)
    }
}

impl Machine for KernelMachine {
    #[inline(never)]
    fn read_physical(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory> {
        self.window.read(at, into)
    }

    #[inline(never)]
    fn write_physical(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory> {
        self.window.write(at, from)
    }

    #[inline(never)]
    fn close_window(&mut self) {
        self.window.close();
    }

    #[inline(never)]
    fn is_stub_code(&self, address: VirtAddr) -> bool {
        boot::is_stub_code(address)
    }

    #[inline(never)]
    fn current_task(&mut self) -> u32 {
        // Before the first task the boot code stands for it.
        schedule::current_id().max(1)
    }

    #[inline(never)]
    fn task(&mut self, id: u32) -> Option<Task> {
        let record = tasks::record(id);
        if tasks::is_current(id) {
            // It is there even if its record is ruined, and what it sees is
            // what the processor has loaded.
            let directory = self.loaded_directory();
            let process = record.map_or(1, |task| task.process);
            return Some(Task { id, process, directory });
        }
        let record = record?;
        let (process, directory) = (record.process, record.directory);
        Some(Task { id, process, directory })
    }

    #[inline(never)]
    fn task_after(&mut self, id: u32) -> Option<u32> {
        let current = self.current_task();
        let listed = tasks::record_after(id).map(Slot::id);
        let both = listed.into_iter().chain((id < current).then_some(current));
        both.min()
    }

    #[inline(never)]
    fn task_of_process(&mut self, process: u32) -> Option<u32> {
        tasks::first_of(process)
    }

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
    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        tasks::system_registers(task)
    }

    #[inline(never)]
    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        tasks::set_single_step(&mut self.window, task, on).is_some()
    }

    #[inline(never)]
    fn is_blocked(&mut self, task: u32) -> bool {
        tasks::is_blocked(task)
    }

    #[inline(never)]
    fn set_debug_registers(&mut self, addresses: [u32; 4], control: u32) {
        debug_registers::set(addresses, control);
    }

    #[inline(never)]
    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool {
        let (first, last) = (addresses.start().0, addresses.end().0);
        let rows = [KERNEL_STACK, EXCEPTION_TSSES, KERNEL_TSS, DESCRIPTORS];
        let stacks = entry_points::all_exception_stacks();
        rows.iter().any(|row| first <= row.last().0 && row.start.0 <= last)
            || first < stacks.end && stacks.start <= last
    }

    #[inline(never)]
    fn describe_task(
        &mut self,
        task: u32,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        tasks::describe(task, out)
    }

    #[inline(never)]
    fn rows(
        &mut self,
        table: Table,
        of: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        tables::collect(&mut self.window, table, of, from, sink)
    }

    #[inline(never)]
    fn is_consistent(&mut self) -> bool {
        tables::is_consistent()
    }

    #[inline(never)]
    fn generation(&mut self) -> u32 {
        tables::generation()
    }

    #[inline(never)]
    fn facts(&mut self) -> Facts {
        Facts {
            kernel: concat!("stormglass ", env!("CARGO_PKG_VERSION")),
            build_id: boot::build_id(),
            ticks: clock::ticks(),
            ticks_per_second: clock::TICKS_PER_SECOND,
            frames: frames::total(),
            free_frames: frames::free_count(),
        }
    }

    #[inline(never)]
    fn reset(&mut self) {
        cpu::reset()
    }

    #[inline(never)]
    fn now_us(&mut self) -> u32 {
        clock::now_us()
    }
}
