//! The record of a task.

use crate::machine::trap_frame::TrapFrame;
use crate::records::list::{Link, List, links};
use crate::records::shown::{StateCell, WaitCell};
use crate::records::table::{Record, Records};
use crate::records::wait_queue::WaitQueue;
use abi::{Error, NAME_BYTES};
use core::cell::Cell;
use layout::PhysAddr;
use structures::change::Structure;
use wire::sse;
use wire::x87::{self, Image};

/// Every task, by id. The first is the idle task.
pub(crate) static TASKS: Records<Task> = Records::new(1);

/// A task: a thread of a process.
pub(crate) struct Task {
    pub(crate) process: u32,
    pub(crate) name: [u8; NAME_BYTES],
    /// Its own page directory.
    pub(crate) directory: PhysAddr,
    /// The frame of its kernel stack.
    pub(crate) kernel_stack: PhysAddr,
    /// Its kernel stack pointer when it lost the processor.
    pub(crate) kernel_esp: Cell<u32>,
    /// The lowest page of its process stack.
    pub(crate) stack_page: Cell<u32>,
    /// Whether it runs in ring 0 only.
    pub(crate) is_kernel: bool,
    pub(crate) state: StateCell,
    /// What it waits for, as shown by a debugger.
    pub(crate) waits_for: WaitCell,
    /// The queue that it is in, which is possible even while it is ready.
    pub(crate) wait_queue: Cell<WaitQueue>,
    /// The tick at which it stops waiting.
    pub(crate) wake_tick: Cell<Option<u32>>,
    /// Whether its wait was ended by that tick.
    pub(crate) timed_out: Cell<bool>,
    /// The result of what the keeper has done for it.
    pub(crate) outcome: Cell<Result<u32, Error>>,
    /// The tasks that wait for its end.
    pub(crate) waiters: List<Self, WaitLink>,
    /// Its x87 registers, while they are not loaded.
    pub(crate) x87: Cell<Image>,
    /// Its SSE registers, likewise.
    pub(crate) sse: Cell<sse::Image>,
    run: Link,
    wait: Link,
    timer: Link,
    sibling: Link,
}

impl Record for Task {
    const MAGIC: [u8; 4] = *b"TASK";
    const STRUCTURE: Structure = Structure::Tasks;
    const TABLE: &'static Records<Self> = &TASKS;
}

impl Task {
    /// Returns a task that cannot run yet.
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
            state: StateCell::stopped(),
            waits_for: WaitCell::nothing(),
            wait_queue: Cell::new(WaitQueue::Nowhere),
            wake_tick: Cell::new(None),
            timed_out: Cell::new(false),
            outcome: Cell::new(Ok(0)),
            waiters: List::new(),
            x87: Cell::new(x87::INITIAL),
            sse: Cell::new(sse::INITIAL),
            run: Link::new(),
            wait: Link::new(),
            timer: Link::new(),
            sibling: Link::new(),
        }
    }

    /// Returns where the frame is with which it left ring 3.
    pub(crate) const fn trap_frame(&self) -> PhysAddr {
        PhysAddr(self.kernel_stack.0 + TrapFrame::OFFSET)
    }
}

/// The list of ready tasks, or of zombies.
pub(crate) struct Run;

/// The list of tasks that wait for the same thing; see [`WaitQueue`].
pub(crate) struct WaitLink;

/// The list of tasks that wait for a tick.
pub(crate) struct Timer;

/// The list of a process' tasks.
pub(crate) struct OfProcess;

links!(Task: Run = run, WaitLink = wait, Timer = timer, OfProcess = sibling);
