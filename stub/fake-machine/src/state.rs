//! The fake machine's state: memory, tasks, registers and time.

use crate::size::{Everything, Size};
use layout::paging::table_index;
use layout::paging::{ENTRIES, Entry, Table, directory_index};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use stub::embed::{GeneralRegisters, Task};
use wire::sse;
use wire::x87::{self, Image};

/// Kernel code, the same in every task.
pub const KERNEL: u32 = 0x0010_0000;
/// Code of the stub, where breakpoints are refused.
pub const STUB_CODE: u32 = 0x0010_1000;
/// A page that each process has in a frame of its own.
pub const SHARED: u32 = 0x0D00_0000;
/// A page that only process 1 has; the next page is not mapped.
pub const LONE: u32 = 0x0D01_0000;
/// A page that each task has in a frame of its own.
pub const STACK: u32 = 0xFC00_0000;
/// The last page of the address space.
pub const LAST: u32 = 0xFFFF_F000;

pub(crate) const MEMORY_BYTES: usize = 8 << 20;

/// The number of its only boot.
pub const BOOT: u16 = 0x2B07;

/// How long it takes to read the clock, in microseconds.
pub(crate) const LOOK_US: u32 = 5;

const LIMIT: Duration = Duration::from_secs(60);

/// A handle; clones are the same machine. Its size says what it has.
#[derive(Clone, Debug)]
pub struct FakeMachine<S = Everything> {
    size: PhantomData<S>,
    state: Arc<Mutex<State>>,
    pub(crate) clock: Clock,
    pub(crate) window: Box<Table>,
}

/// The machine's clock.
#[derive(Clone, Debug)]
pub struct Clock(pub(crate) Arc<AtomicU32>);

impl Clock {
    /// Lets time pass.
    pub fn wait_us(&self, us: u32) {
        self.0.fetch_add(us, Ordering::Relaxed);
    }

    /// Sets the time.
    pub fn set_us(&self, now: u32) {
        self.0.store(now, Ordering::Relaxed);
    }
}

/// The machine's state.
#[derive(Clone, Debug)]
pub struct State {
    /// Physical memory.
    pub memory: Vec<u8>,
    /// Which frames the stub has written to.
    pub written: Vec<usize>,
    /// Where the stub wrote a single int3 to memory, and nothing since.
    pub int3s: Vec<usize>,
    /// All tasks, by id.
    pub tasks: BTreeMap<u32, FakeTask>,
    /// The images, of which there are none at first.
    pub images: Vec<FakeImage>,
    /// The id of the task that is running.
    pub current: u32,
    /// Whether the stub has physical memory mapped.
    pub window_is_open: bool,
    /// One more than the highest id in the table of processes.
    pub processes: u32,
    /// Whether tasks can be single-stepped.
    pub can_step: bool,
    /// The number of a frame that refuses writes.
    pub rom: Option<usize>,
    /// The index of a register that refuses writes.
    pub fixed_register: Option<usize>,
    /// Whether the kernel's structures are consistent.
    pub is_consistent: bool,
    /// Whether there is an x87 unit.
    pub has_x87: bool,
    /// Whether there are SSE registers.
    pub has_sse: bool,
    /// Whether the x87 and SSE registers refuse writes.
    pub is_x87_fixed: bool,
    /// How many times the machine was reset.
    pub resets: u32,
    /// DR0 to DR3, and DR7.
    pub debug_registers: ([u32; 4], u32),
    pub(crate) read_us: u32,
    next_frame: u32,
}

/// An image.
#[derive(Clone, Debug)]
pub struct FakeImage {
    /// Its id.
    pub id: u32,
    /// Its addresses.
    pub range: core::ops::Range<u32>,
    /// Where later processes get it from.
    pub source: Option<PhysAddr>,
    /// The processes that were made from it.
    pub processes: Vec<u32>,
}

/// A task.
#[derive(Clone, Debug)]
pub struct FakeTask {
    /// What the stub knows about it.
    pub task: Task,
    /// Its page directory.
    pub directory: PhysAddr,
    /// Its registers.
    pub registers: GeneralRegisters,
    /// Its x87 registers.
    pub x87: Image,
    /// Its SSE registers.
    pub sse: sse::Image,
    /// Whether it traps after its next instruction.
    pub steps: bool,
    /// Whether it is waiting for something.
    pub is_blocked: bool,
}

impl FakeMachine {
    /// Returns one with every capability.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it takes its time")]
    pub fn new() -> Self {
        Self::sized()
    }
}

impl<S: Size> FakeMachine<S> {
    /// Returns one with a clock that is about to wrap around.
    #[must_use]
    pub fn sized() -> Self {
        let mut state = State {
            memory: vec![0; MEMORY_BYTES],
            written: Vec::new(),
            int3s: Vec::new(),
            tasks: BTreeMap::new(),
            images: Vec::new(),
            current: 1,
            window_is_open: false,
            processes: 40,
            can_step: true,
            rom: None,
            fixed_register: None,
            is_consistent: true,
            has_x87: true,
            has_sse: true,
            is_x87_fixed: false,
            resets: 0,
            debug_registers: ([0; 4], wire::i386::DR7_NONE),
            read_us: 0,
            next_frame: 0x20_0000,
        };
        let tasks = [(1, 1), (2, 1), (3, 2)];
        for (id, process) in tasks.into_iter().take(S::TASKS) {
            state.add_task(id, process);
        }
        Self {
            size: PhantomData,
            state: Arc::new(Mutex::new(state)),
            clock: Clock(Arc::new(AtomicU32::new(u32::MAX - 1000))),
            window: Box::new([0; ENTRIES]),
        }
    }

    /// Locks and returns its state.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// Returns the byte at `address` as `task` would execute it.
    ///
    /// # Panics
    ///
    /// Panics if nothing is mapped there.
    #[must_use]
    pub fn byte(&self, task: u32, address: u32) -> u8 {
        let state = self.state();
        let at = state.translate(task, address).expect("it is mapped");
        state.memory[at]
    }

    /// Makes each read from memory take `us` microseconds.
    pub fn slow_down(&self, us: u32) {
        self.state().read_us = us;
    }

    /// Lets time pass.
    pub fn wait_us(&self, us: u32) {
        self.clock.wait_us(us);
    }

    /// Lets time pass for a stub that keeps reading the clock, and waits until
    /// it has noticed, so that it doesn't date the next arrival too early.
    ///
    /// # Panics
    ///
    /// Panics if the stub doesn't read the clock.
    pub fn wait_us_seen(&self, us: u32) {
        let end = Instant::now() + LIMIT;
        let from = self.clock.0.fetch_add(us, Ordering::Relaxed);
        let from = from.wrapping_add(us);
        // A read in progress may still return the old time.
        let seen = 3 * LOOK_US;
        let now = || self.clock.0.load(Ordering::Relaxed);
        while now().wrapping_sub(from) < seen {
            assert!(Instant::now() < end, "nobody looks at the clock");
            std::thread::yield_now();
        }
    }

    /// Returns its clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }
}

impl State {
    /// Returns to the state `before` the stub ran. Only frames that were
    /// written to are copied.
    ///
    /// # Panics
    ///
    /// Panics if `before` belongs to another machine.
    pub fn restore(&mut self, before: &Self) {
        let mut memory = std::mem::take(&mut self.memory);
        for frame in self.written.drain(..) {
            memory[bytes_of(frame)]
                .copy_from_slice(&before.memory[bytes_of(frame)]);
        }
        let written = std::mem::take(&mut self.written);
        let mut int3s = std::mem::take(&mut self.int3s);
        int3s.clear();
        let tasks = before.tasks.clone();
        let images = before.images.clone();
        *self = Self { memory, written, int3s, tasks, images, ..*before };
    }

    /// Returns how many bytes of memory the stub has changed since the state
    /// `before`.
    #[must_use]
    pub fn differences(&self, before: &Self) -> usize {
        let of = |frame: &usize| {
            let now = &self.memory[bytes_of(*frame)];
            let pairs = now.iter().zip(&before.memory[bytes_of(*frame)]);
            pairs.filter(|(now, before)| now != before).count()
        };
        self.written.iter().map(of).sum()
    }

    fn frame(&mut self) -> u32 {
        self.next_frame += PAGE_BYTES;
        self.next_frame
    }

    fn add_task(&mut self, id: u32, process: u32) {
        let directory = self.frame();
        let sibling =
            self.tasks.values().find(|task| task.task.process == process);
        let sibling = sibling.map(|task| task.directory.0);
        let task = Task { id, process };
        let registers = std::array::from_fn(|index| id << 16 | index as u32);
        let is_blocked = false;
        let task = FakeTask {
            task,
            directory: PhysAddr(directory),
            registers,
            x87: x87::INITIAL,
            sse: sse::INITIAL,
            steps: false,
            is_blocked,
        };
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

    /// Returns a task's registers.
    pub(crate) fn registers(&self, task: u32) -> Option<GeneralRegisters> {
        self.tasks.get(&task).map(|task| task.registers)
    }

    /// Changes one register; returns whether that is possible.
    pub(crate) fn set_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool {
        let is_fixed = self.fixed_register == Some(index);
        let Some(task) = self.tasks.get_mut(&task) else { return false };
        if !is_fixed {
            task.registers[index] = value;
        }
        !is_fixed
    }

    /// Maps the page at `address` to `frame`.
    pub fn map(&mut self, directory: u32, address: u32, frame: u32) {
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

    /// Returns the frame that `address` is mapped to.
    #[must_use]
    pub fn frame_of(&self, directory: u32, address: u32) -> u32 {
        Entry(self.word(self.entry_at(directory, address))).frame().0
    }

    /// Makes a page read-only for a task.
    ///
    /// # Panics
    ///
    /// Panics if there is no such task.
    pub fn protect(&mut self, task: u32, address: u32) {
        let directory = self.tasks[&task].directory.0;
        let at = self.entry_at(directory, address);
        self.set_word(at, self.word(at) & !Entry::WRITABLE);
    }

    /// Unmaps the page at `address`.
    pub fn unmap(&mut self, directory: u32, address: u32) {
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
    ///
    /// # Panics
    ///
    /// Panics if nothing is mapped there.
    pub fn set_byte(&mut self, task: u32, address: u32, value: u8) {
        let at = self.translate(task, address).expect("it is mapped");
        self.memory[at] = value;
    }

    fn set_word(&mut self, at: usize, value: u32) {
        self.memory[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// Translates `address` for `task`, by a walk of its own that checks the
    /// stub's.
    ///
    /// # Panics
    ///
    /// Panics if there is no such task.
    #[must_use]
    pub fn translate(&self, task: u32, address: u32) -> Option<usize> {
        let directory = self.tasks[&task].directory.0 as usize;
        let slot = self.word(directory + 4 * (address >> 22) as usize);
        let table = (slot & 1 != 0).then_some(slot as usize & !0xFFF)?;
        let entry = self.word(table + 4 * (address >> 12 & 0x3FF) as usize);
        (entry & 1 != 0)
            .then_some(entry as usize & !0xFFF | address as usize & 0xFFF)
    }
}

/// Returns the range of a frame's bytes in memory.
fn bytes_of(frame: usize) -> Range<usize> {
    let start = frame * PAGE_BYTES as usize;
    start..start + PAGE_BYTES as usize
}
