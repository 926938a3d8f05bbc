//! Two processes and three tasks in eight MiB of memory.

use layout::paging::table_index;
use layout::paging::{ENTRIES, Entry, Table, Tables, directory_index};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use stub::embed::{
    Facts, GeneralRegisters, Machine, NoMemory, NoRows, RowSink,
    SystemRegisters, Task,
};
use wire::i386;
use wire::rows;

/// Code of the kernel, the same in every task.
pub(crate) const KERNEL: u32 = 0x0010_0000;
/// Where no breakpoint may be.
pub(crate) const STUB_CODE: u32 = 0x0010_1000;
/// A page of each process, in the process' own frame.
pub(crate) const SHARED: u32 = 0x0D00_0000;
/// A page that only process 1 has; the page behind it is missing.
pub(crate) const LONE: u32 = 0x0D01_0000;
/// A page of each task, in the task's own frame.
pub(crate) const STACK: u32 = 0xFC00_0000;
/// The last page of the address space.
pub(crate) const LAST: u32 = 0xFFFF_F000;

/// The mailboxes, and how many messages each has.
const MAILBOXES: [(u32, u32); 3] = [(7, 1), (8, 0), (9, 2)];

const MEMORY_BYTES: usize = 8 << 20;

/// A handle; clones are the same machine.
#[derive(Clone)]
pub(crate) struct FakeMachine {
    state: Arc<Mutex<State>>,
    clock: Arc<AtomicU32>,
    window: Box<Table>,
}

pub(crate) struct State {
    pub(crate) memory: Vec<u8>,
    pub(crate) tasks: BTreeMap<u32, FakeTask>,
    pub(crate) current: u32,
    pub(crate) window_is_open: bool,
    pub(crate) processes: u32,
    pub(crate) can_step: bool,
    pub(crate) resets: u32,
    read_us: u32,
    /// DR0 to DR3, and DR7.
    pub(crate) debug_registers: ([u32; 4], u32),
    next_frame: u32,
}

pub(crate) struct FakeTask {
    pub(crate) task: Task,
    pub(crate) registers: GeneralRegisters,
    pub(crate) steps: bool,
    pub(crate) is_blocked: bool,
}

impl FakeMachine {
    pub(crate) fn new() -> Self {
        let mut state = State {
            memory: vec![0; MEMORY_BYTES],
            tasks: BTreeMap::new(),
            current: 1,
            window_is_open: false,
            processes: 40,
            can_step: true,
            resets: 0,
            read_us: 0,
            debug_registers: ([0; 4], 0x400),
            next_frame: 0x20_0000,
        };
        for (id, process) in [(1, 1), (2, 1), (3, 2)] {
            state.add_task(id, process);
        }
        Self {
            state: Arc::new(Mutex::new(state)),
            clock: Arc::new(AtomicU32::new(u32::MAX - 1000)),
            window: Box::new([0; ENTRIES]),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// Returns the byte at `address` as `task` would run it.
    pub(crate) fn byte(&self, task: u32, address: u32) -> u8 {
        let state = self.state();
        let at = state.translate(task, address).expect("it is mapped");
        state.memory[at]
    }

    /// Makes each look into memory take so long.
    pub(crate) fn slow_down(&self, us: u32) {
        self.state().read_us = us;
    }

    /// Lets time pass.
    pub(crate) fn wait_us(&self, us: u32) {
        self.clock.fetch_add(us, Ordering::Relaxed);
    }
}

impl State {
    fn frame(&mut self) -> u32 {
        self.next_frame += PAGE_BYTES;
        self.next_frame
    }

    fn add_task(&mut self, id: u32, process: u32) {
        let directory = self.frame();
        let sibling =
            self.tasks.values().find(|task| task.task.process == process);
        let sibling = sibling.map(|task| task.task.directory.0);
        let task = Task { id, process, directory: PhysAddr(directory) };
        let registers = std::array::from_fn(|index| id << 16 | index as u32);
        let is_blocked = false;
        let task = FakeTask { task, registers, steps: false, is_blocked };
        self.tasks.insert(id, task);
        for page in [0, PAGE_BYTES] {
            self.map(directory, KERNEL + page, KERNEL + page);
        }
        for address in [STACK, LAST] {
            let frame = self.frame();
            self.map(directory, address, frame);
            self.memory[frame as usize] = id as u8;
        }
        match sibling {
            Some(sibling) => {
                let slot = 4 * directory_index(VirtAddr(SHARED));
                let shared = self.word(sibling as usize + slot);
                self.set_word(directory as usize + slot, shared);
            }
            None => {
                let frame = self.frame();
                self.map(directory, SHARED, frame);
                for (i, byte) in self.memory[frame as usize..][..0x1000]
                    .iter_mut()
                    .enumerate()
                {
                    *byte = (i as u32 * 7 + process) as u8;
                }
                if process == 1 {
                    let frame = self.frame();
                    self.map(directory, LONE, frame);
                    self.memory[frame as usize..][..0x1000].fill(0x55);
                }
            }
        }
    }

    pub(crate) fn map(&mut self, directory: u32, address: u32, frame: u32) {
        let flags = Entry::WRITABLE | Entry::USER;
        let slot = directory as usize + 4 * directory_index(VirtAddr(address));
        if self.word(slot) == 0 {
            let table = self.frame();
            self.set_word(slot, Entry::new(PhysAddr(table), flags).0);
        }
        let table = Entry(self.word(slot)).frame().0 as usize;
        let entry = Entry::new(PhysAddr(frame), flags).0;
        self.set_word(table + 4 * table_index(VirtAddr(address)), entry);
    }

    /// Returns the frame behind `address`.
    pub(crate) fn frame_of(&self, directory: u32, address: u32) -> u32 {
        Entry(self.word(self.entry_at(directory, address))).frame().0
    }

    /// Lets a task only read a page.
    pub(crate) fn protect(&mut self, task: u32, address: u32) {
        let directory = self.tasks[&task].task.directory.0;
        let at = self.entry_at(directory, address);
        self.set_word(at, self.word(at) & !Entry::WRITABLE);
    }

    pub(crate) fn unmap(&mut self, directory: u32, address: u32) {
        self.set_word(self.entry_at(directory, address), 0);
    }

    fn entry_at(&self, directory: u32, address: u32) -> usize {
        let slot = directory as usize + 4 * directory_index(VirtAddr(address));
        let table = Entry(self.word(slot)).frame().0 as usize;
        table + 4 * table_index(VirtAddr(address))
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.memory[at..at + 4].try_into().unwrap())
    }

    /// Changes the byte at `address` as `task` sees it.
    pub(crate) fn set_byte(&mut self, task: u32, address: u32, value: u8) {
        let at = self.translate(task, address).expect("it is mapped");
        self.memory[at] = value;
    }

    fn set_word(&mut self, at: usize, value: u32) {
        self.memory[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// An own walk, so that the stub's has a witness.
    fn translate(&self, task: u32, address: u32) -> Option<usize> {
        let directory = self.tasks[&task].task.directory.0 as usize;
        let slot = self.word(directory + 4 * (address >> 22) as usize);
        let table = (slot & 1 != 0).then_some(slot as usize & !0xFFF)?;
        let entry = self.word(table + 4 * (address >> 12 & 0x3FF) as usize);
        (entry & 1 != 0)
            .then_some(entry as usize & !0xFFF | address as usize & 0xFFF)
    }
}

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
        self.clock.fetch_add(state.read_us, Ordering::Relaxed);
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
        let place = state.memory.get_mut(range).ok_or(NoMemory(at))?;
        place.copy_from_slice(from);
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
        match table {
            rows::Table::Processes => {
                for id in from..self.state().processes {
                    let ids = [id.to_le_bytes(), [9, 0, 0, 0]].concat();
                    let tasks = rows::Ids::from_le_bytes(&ids);
                    let name = "a process with quite a long name";
                    let row = rows::Process { id, name, tasks, pages: 1 << 20 };
                    if !sink.push(id, &row) {
                        break;
                    }
                }
                Ok(())
            }
            rows::Table::Mailboxes => {
                for (id, queued_messages) in MAILBOXES {
                    let row = rows::Mailbox {
                        id,
                        owner_process: 1,
                        owner_task: 1,
                        capacity_bytes: 64,
                        queued_bytes: 8 * queued_messages,
                        queued_messages,
                        waiting_reader: None,
                        waiting_senders: rows::Ids::from_le_bytes(&[]),
                    };
                    if id >= from && !sink.push(id, &row) {
                        break;
                    }
                }
                Ok(())
            }
            rows::Table::Messages => {
                let mut all = MAILBOXES.iter();
                let mailbox = all.find(|(id, _)| *id == of);
                let (_, count) = mailbox.ok_or(NoRows::NoSuchMailbox)?;
                for index in from..*count {
                    let row = rows::Message {
                        from_process: 1,
                        from_task: 2,
                        protocol: 3,
                        class: index,
                        bytes: 2,
                        data: rows::Bytes(b"<&"),
                    };
                    if !sink.push(index, &row) {
                        break;
                    }
                }
                Ok(())
            }
            rows::Table::Log => {
                let text = "a <b> & c\x1b[2J";
                let row = rows::LogEntry { number: 5, tick: 7, text };
                if from <= 5 {
                    sink.push(5, &row);
                }
                Ok(())
            }
            _ => Err(NoRows::Unsupported),
        }
    }

    fn is_consistent(&mut self) -> bool {
        true
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
        self.clock.fetch_add(5, Ordering::Relaxed)
    }
}
