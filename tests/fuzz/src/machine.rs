//! Two processes with a task each, in little memory: made anew for each
//! input, so only what was changed is put back.

use layout::paging::table_index;
use layout::paging::{ENTRIES, Entry, Table, Tables, directory_index};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use std::cell::Cell;
use std::fmt::{self, Write};
use std::ops::RangeInclusive;
use std::rc::Rc;
use stub::embed::{
    Facts, GeneralRegisters, Machine, NoMemory, NoRows, RowSink,
    SystemRegisters, Task,
};
use wire::i386::general::EIP;
use wire::rows;

/// Code of the kernel, the same in both processes.
pub const KERNEL: u32 = 0x0010_0000;
/// The stub's own code.
pub const STUB_CODE: u32 = 0x0010_1000;
/// A page of each process; the page behind it is missing.
pub const OWN: u32 = 0x0D00_0000;
/// The last page of the address space.
pub const LAST: u32 = 0xFFFF_F000;

const FRAMES: u32 = 24;
const TASKS: usize = 2;

type Page = Table;

/// The machine.
#[derive(Debug)]
pub struct FakeMachine {
    pages: Vec<Page>,
    changed: u32,
    /// Each task's registers.
    pub registers: [GeneralRegisters; TASKS],
    /// Whether the stub has physical memory mapped.
    pub window_is_open: bool,
    /// Which tasks are to trap after an instruction.
    pub steps: [bool; TASKS],
    /// DR7 as it is while the system runs.
    pub debug_control: u32,
    clock: Rc<Cell<u32>>,
}

/// A machine to which nothing has been done.
#[derive(Debug)]
pub struct Template {
    pages: Vec<Page>,
}

impl Template {
    /// Returns it.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it takes its time")]
    pub fn new() -> Self {
        let mut template = Self { pages: vec![[0; ENTRIES]; FRAMES as usize] };
        // Frames 0 to 3: the kernel's and the stub's code; 4 and 5: the
        // processes' pages; 6 and 7: their last pages; then directories,
        // then tables.
        let mut next = 10;
        for process in 0..2 {
            for (address, frame) in [
                (KERNEL, 1),
                (STUB_CODE, 2),
                (OWN, 4 + process),
                (LAST, 6 + process),
            ] {
                let directory = &mut template.pages[8 + process as usize];
                let slot = directory_index(VirtAddr(address));
                let flags = Entry::WRITABLE | Entry::USER;
                if directory[slot] == 0 {
                    let table = PhysAddr(next * PAGE_BYTES);
                    directory[slot] = Entry::new(table, flags).0;
                    next += 1;
                }
                let table = directory[slot] / PAGE_BYTES;
                let entry = Entry::new(PhysAddr(frame * PAGE_BYTES), flags);
                template.pages[table as usize]
                    [table_index(VirtAddr(address))] = entry.0;
            }
        }
        for (number, page) in template.pages[1..8].iter_mut().enumerate() {
            for (index, word) in page.iter_mut().enumerate() {
                *word =
                    (index as u32).wrapping_mul(0x0301_0705) + number as u32;
            }
        }
        template
    }

    /// Returns a machine like it.
    #[must_use]
    pub fn machine(&self, clock: Rc<Cell<u32>>) -> FakeMachine {
        FakeMachine {
            pages: self.pages.clone(),
            changed: 0,
            registers: registers(),
            window_is_open: false,
            steps: [false; TASKS],
            debug_control: 0,
            clock,
        }
    }

    /// Takes the memory out of `machine` and puts it back as it was.
    pub fn restore(&self, machine: &mut FakeMachine) -> FakeMachine {
        let mut pages = std::mem::take(&mut machine.pages);
        for (number, page) in pages.iter_mut().enumerate() {
            if machine.changed & 1 << number != 0 {
                *page = self.pages[number];
            }
        }
        FakeMachine {
            pages,
            changed: 0,
            registers: registers(),
            window_is_open: false,
            steps: [false; TASKS],
            debug_control: 0,
            clock: machine.clock.clone(),
        }
    }

    /// Returns whether memory is as it was.
    #[must_use]
    pub fn is_unchanged(&self, machine: &FakeMachine) -> bool {
        let pages = machine.pages.iter().zip(&self.pages).enumerate();
        let mut changed = pages.filter(|(n, _)| machine.changed & 1 << n != 0);
        changed.all(|(_, (page, template))| page == template)
    }
}

/// Returns the registers that both tasks begin with.
#[must_use]
pub fn registers() -> [GeneralRegisters; TASKS] {
    let mut registers = [[0x1234_5678; _]; TASKS];
    for task in &mut registers {
        task[EIP] = KERNEL + 0x10;
    }
    registers
}

impl FakeMachine {
    /// Returns it with another clock.
    #[must_use]
    pub fn at(self, clock: Rc<Cell<u32>>) -> Self {
        Self { clock, ..self }
    }

    /// The task that makes a step has made it.
    pub fn step(&mut self) {
        self.registers[0][EIP] = self.registers[0][EIP].wrapping_add(1);
    }

    fn place(&self, at: PhysAddr, len: usize) -> Result<usize, NoMemory> {
        assert!(len <= at.left_in_page() as usize, "in one page");
        let frame = at.0 / PAGE_BYTES;
        if frame < FRAMES { Ok(frame as usize) } else { Err(NoMemory(at)) }
    }

    fn index(task: u32) -> Option<usize> {
        (1..=TASKS as u32).contains(&task).then(|| task as usize - 1)
    }
}

impl Tables for FakeMachine {
    type Error = NoMemory;

    fn table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        self.window_is_open = true;
        let place = self.place(frame, 0)?;
        Ok(&self.pages[place])
    }
}

impl Machine for FakeMachine {
    fn read_physical(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory> {
        self.window_is_open = true;
        let page = self.place(at, into.len())?;
        for (offset, byte) in (at.0 % PAGE_BYTES..).zip(into) {
            let word = self.pages[page][offset as usize / 4];
            *byte = word.to_le_bytes()[offset as usize % 4];
        }
        Ok(())
    }

    fn write_physical(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory> {
        self.window_is_open = true;
        let page = self.place(at, from.len())?;
        self.changed |= 1 << page;
        for (offset, byte) in (at.0 % PAGE_BYTES..).zip(from) {
            let word = &mut self.pages[page][offset as usize / 4];
            let mut bytes = word.to_le_bytes();
            bytes[offset as usize % 4] = *byte;
            *word = u32::from_le_bytes(bytes);
        }
        Ok(())
    }

    fn close_window(&mut self) {
        self.window_is_open = false;
    }

    fn is_stub_code(&self, address: VirtAddr) -> bool {
        address.page() == VirtAddr(STUB_CODE)
    }

    fn current_task(&mut self) -> u32 {
        1
    }

    fn task(&mut self, id: u32) -> Option<Task> {
        let index = Self::index(id)?;
        let directory = PhysAddr((8 + index as u32) * PAGE_BYTES);
        Some(Task { id, process: id, directory })
    }

    fn task_after(&mut self, id: u32) -> Option<u32> {
        Self::index(id.checked_add(1)?).map(|index| index as u32 + 1)
    }

    fn task_of_process(&mut self, process: u32) -> Option<u32> {
        Self::index(process).map(|_| process)
    }

    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters> {
        Some(self.registers[Self::index(task)?])
    }

    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool {
        let Some(task) = Self::index(task) else { return false };
        let place = self.registers[task].get_mut(index);
        place.map(|place| *place = value).is_some()
    }

    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters> {
        Self::index(task).map(|_| [0x0101_0101; _])
    }

    fn set_single_step(&mut self, task: u32, on: bool) -> bool {
        let Some(task) = Self::index(task) else { return false };
        self.steps[task] = on;
        true
    }

    fn is_blocked(&mut self, task: u32) -> bool {
        task == 2
    }

    fn set_debug_registers(&mut self, _: [u32; 4], control: u32) {
        self.debug_control = control;
    }

    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool {
        addresses.contains(&VirtAddr(LAST))
    }

    fn describe_task(&mut self, task: u32, out: &mut dyn Write) -> fmt::Result {
        write!(out, "task {task}")
    }

    fn rows(
        &mut self,
        table: rows::Table,
        of: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        if table == rows::Table::Messages && of > 4 {
            return Err(NoRows::NoSuchMailbox);
        }
        for id in from..100 {
            let row = rows::PortRange { first: 1, last: 2, process: id };
            if !sink.push(id, &row) {
                break;
            }
        }
        Ok(())
    }

    fn is_consistent(&mut self) -> bool {
        true
    }

    fn generation(&mut self) -> u32 {
        1
    }

    fn facts(&mut self) -> Facts {
        Facts {
            kernel: "a kernel",
            build_id: &[1, 2, 3],
            ticks: 1,
            ticks_per_second: 100,
            frames: FRAMES,
            free_frames: 0,
        }
    }

    fn reset(&mut self) {}

    fn now_us(&mut self) -> u32 {
        let now = self.clock.get().wrapping_add(3);
        self.clock.set(now);
        now
    }
}
