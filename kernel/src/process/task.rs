//! The record of a task, and queues of tasks.

use crate::cpu::X87_BYTES;
use crate::memory::global;
use crate::memory::records::{Record, Records, Slot};
use crate::process::record::{PROCESSES, Process};
use abi::NAME_BYTES;
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::PhysAddr;
use wire::rows::{State, Wait};

/// Every task, by id. The first is the idle task.
pub(crate) static TASKS: Records<Task> =
    Records::new(global::record_table(1), global::RECORD_PAGES);

/// What runs: a thread of a process.
pub(crate) struct Task {
    pub(crate) process: u32,
    pub(crate) name: [u8; NAME_BYTES],
    /// Its own page directory.
    pub(crate) directory: PhysAddr,
    /// The frame of its kernel stack.
    pub(crate) kernel_stack: PhysAddr,
    /// Where its kernel stack stood when it lost the processor.
    pub(crate) kernel_esp: Cell<u32>,
    /// The lowest page of its process stack.
    pub(crate) stack_page: Cell<u32>,
    /// Whether it runs in ring 0 only.
    pub(crate) is_kernel: bool,
    pub(crate) state: Cell<State>,
    pub(crate) waits_for: Cell<Option<Wait>>,
    /// Its x87 registers while another task has them.
    pub(crate) x87: Cell<[u8; X87_BYTES]>,
    pub(crate) has_used_x87: Cell<bool>,
    /// The next in whatever queue it stands in; 0 at the end.
    next: Cell<u32>,
    /// The task of the same process that was made before it; 0 for the
    /// first.
    pub(crate) older_sibling: Cell<u32>,
}

impl Record for Task {
    const MAGIC: [u8; 4] = *b"TASK";
}

impl Task {
    /// Returns a task that is not to run yet.
    pub(crate) const fn new(
        process: u32,
        name: [u8; NAME_BYTES],
        directory: PhysAddr,
        kernel_stack: PhysAddr,
        is_kernel: bool,
    ) -> Self {
        Self {
            process,
            name,
            directory,
            kernel_stack,
            kernel_esp: Cell::new(0),
            stack_page: Cell::new(0),
            is_kernel,
            state: Cell::new(State::Stopped),
            waits_for: Cell::new(None),
            x87: Cell::new([0; X87_BYTES]),
            has_used_x87: Cell::new(false),
            next: Cell::new(0),
            older_sibling: Cell::new(0),
        }
    }

    /// Returns the process that it belongs to.
    pub(crate) fn process(&self) -> Option<&'static Slot<Process>> {
        PROCESSES.get(self.process)
    }
}

/// Tasks in a row, first come first served. A task stands in one at most.
pub(crate) struct TaskQueue {
    first: AtomicU32,
    last: AtomicU32,
}

impl TaskQueue {
    pub(crate) const fn new() -> Self {
        Self { first: AtomicU32::new(0), last: AtomicU32::new(0) }
    }

    /// Puts a task at the end.
    pub(crate) fn push(&self, task: &Slot<Task>) {
        task.next.set(0);
        let last = self.last.swap(task.id(), Ordering::Relaxed);
        match TASKS.get(last) {
            Some(last) => last.next.set(task.id()),
            None => self.first.store(task.id(), Ordering::Relaxed),
        }
    }

    /// Takes the first task out.
    pub(crate) fn pop(&self) -> Option<&'static Slot<Task>> {
        let first = TASKS.get(self.first.load(Ordering::Relaxed))?;
        self.set_first(first.next.get());
        Some(first)
    }

    /// Takes `task` out, wherever it stands.
    pub(crate) fn remove(&self, task: &Slot<Task>) {
        let first = self.first.load(Ordering::Relaxed);
        if first == task.id() {
            return self.set_first(task.next.get());
        }
        let before = self.iter().find(|t| t.next.get() == task.id());
        if let Some(before) = before {
            before.next.set(task.next.get());
            if task.next.get() == 0 {
                self.last.store(before.id(), Ordering::Relaxed);
            }
        }
    }

    /// Puts a task before the first one for which `is_later` is true.
    pub(crate) fn insert(
        &self,
        task: &Slot<Task>,
        is_later: impl Fn(&Slot<Task>) -> bool,
    ) {
        let mut before = None;
        for other in self.iter() {
            if is_later(other) {
                task.next.set(other.id());
                match before {
                    None => self.first.store(task.id(), Ordering::Relaxed),
                    Some(before) => link(before, task),
                }
                return;
            }
            before = Some(other);
        }
        self.push(task);
    }

    /// Returns the tasks, first to last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Slot<Task>> {
        let mut next = self.first.load(Ordering::Relaxed);
        (0..TASKS.count()).map_while(move |_| {
            let task = TASKS.get(next)?;
            next = task.next.get();
            Some(task)
        })
    }

    fn set_first(&self, id: u32) {
        self.first.store(id, Ordering::Relaxed);
        if id == 0 {
            self.last.store(0, Ordering::Relaxed);
        }
    }
}

fn link(before: &Slot<Task>, task: &Slot<Task>) {
    before.next.set(task.id());
}
