//! What an embedding kernel implements: its machine, and its line.
//!
//! The stub calls these with interrupts off, from a stack and an address
//! space of its own, at moments when the kernel may be in any state. So an
//! implementation takes no lock, allocates nothing, follows no pointer that
//! it has not checked, and does not panic.

mod rows;

pub(crate) use rows::{Group, TextRows};
pub use rows::{NoRows, RowSink};

use core::fmt;
use core::ops::RangeInclusive;
use layout::paging::Tables;
use layout::{PhysAddr, VirtAddr};
use wire::i386;
use wire::rows::Table;

/// There is no memory at this physical address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoMemory(pub PhysAddr);

impl fmt::Display for NoMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no memory at physical address {}", self.0)
    }
}

impl core::error::Error for NoMemory {}

/// The values of [`i386::GENERAL`], in that order.
pub type GeneralRegisters = [u32; i386::GENERAL.len()];

/// The values of [`i386::SYSTEM`], in that order.
pub type SystemRegisters = [u32; i386::SYSTEM.len()];

/// A task as the stub needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Task {
    /// Its id, from 1.
    pub id: u32,
    /// Its process' id, from 1.
    pub process: u32,
    /// Its page directory, as it would stand in CR3.
    pub directory: PhysAddr,
}

impl Task {
    /// Returns the values of [`i386::TASK`], in that order.
    pub(crate) const fn ids(&self) -> [u32; i386::TASK.len()] {
        [self.process, self.id]
    }
}

/// What the kernel tells of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Its name and version.
    pub kernel: &'static str,
    /// The image's build id; empty if it has none.
    pub build_id: &'static [u8],
    /// Timer interrupts so far.
    pub ticks: u32,
    /// Timer interrupts a second.
    pub ticks_per_second: u32,
    /// Frames of memory.
    pub frames: u32,
    /// Frames that nobody uses.
    pub free_frames: u32,
}

/// The kernel and the processor under it.
///
/// Physical memory is read through [`Tables::table`] and the two methods
/// here; linear addresses are the stub's to walk.
pub trait Machine: Tables<Error = NoMemory> {
    /// Copies from physical memory. `at` and `into` lie in one page.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `at`.
    fn read_physical(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory>;

    /// Copies to physical memory. `at` and `from` lie in one page.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory at `at`.
    fn write_physical(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory>;

    /// Unmaps whatever the three methods above have mapped for themselves.
    /// Called before each reply leaves.
    fn close_window(&mut self);

    /// Returns whether a breakpoint at `address` would stop the stub itself.
    fn is_stub_code(&self, address: VirtAddr) -> bool;

    /// Returns the id of the task that has, or had, the processor.
    fn current_task(&mut self) -> u32;

    /// Returns the task with this id.
    fn task(&mut self, id: u32) -> Option<Task>;

    /// Returns the lowest id above `id` that a task has.
    fn task_after(&mut self, id: u32) -> Option<u32>;

    /// Returns the id of some task of a process, the same one each time.
    fn task_of_process(&mut self, process: u32) -> Option<u32>;

    /// Returns a task's registers: for the current task those at the stop,
    /// for another those with which it goes on in its own program.
    fn general_registers(&mut self, task: u32) -> Option<GeneralRegisters>;

    /// Changes one of a task's registers, by its index in
    /// [`i386::GENERAL`]; returns whether that was possible.
    fn set_general_register(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> bool;

    /// Returns the control and debug registers as `task` has them.
    fn system_registers(&mut self, task: u32) -> Option<SystemRegisters>;

    /// Arranges that `task` traps after its next instruction, or no longer
    /// does; returns whether that was possible.
    fn set_single_step(&mut self, task: u32, on: bool) -> bool;

    /// Returns whether a task waits for something, so that it could not run
    /// though the processor were free.
    fn is_blocked(&mut self, task: u32) -> bool;

    /// Says what DR0 to DR3 and DR7 are to be while the system runs. While
    /// the stub runs, and while a task makes a step, DR7 is to enable none.
    fn set_debug_registers(&mut self, addresses: [u32; 4], control: u32);

    /// Returns whether interrupts themselves write to some of these
    /// addresses, so that they cannot be watched.
    fn is_written_by_interrupts(
        &self,
        addresses: RangeInclusive<VirtAddr>,
    ) -> bool;

    /// Writes a task's name and what it does, for gdb's thread list.
    ///
    /// # Errors
    ///
    /// Fails only if `out` does.
    fn describe_task(
        &mut self,
        task: u32,
        out: &mut dyn fmt::Write,
    ) -> fmt::Result;

    /// Pushes the rows of `table` with ids from `from` on, in order, until
    /// `sink` takes no more. `of` is what the table's description says.
    ///
    /// # Errors
    ///
    /// Fails if `of` does not exist or the table is not offered.
    fn rows(
        &mut self,
        table: Table,
        of: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows>;

    /// Returns false while a structure that rows come from is being changed.
    fn is_consistent(&mut self) -> bool;

    /// Returns a number that changes when rows come or go.
    fn generation(&mut self) -> u32;

    /// Returns what the kernel tells of itself.
    fn facts(&mut self) -> Facts;

    /// Starts the machine anew, as its reset button does.
    fn reset(&mut self);

    /// Returns a clock in microseconds that wraps around.
    fn now_us(&mut self) -> u32;
}

/// What a receiver holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received {
    /// A byte.
    Byte(u8),
    /// A byte that the receiver knows to be damaged.
    Damaged,
    /// A BREAK: the line was held low for longer than a byte lasts.
    Break,
}

/// Where a serial line is, and what drives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Port {
    /// Its number, as in COM1.
    pub number: u8,
    /// The UART, as people know it, such as `16550A`.
    pub uart: &'static str,
}

/// The serial line: a 16550 or what does as one.
pub trait Line {
    /// Returns what has arrived next.
    fn receive(&mut self) -> Option<Received>;

    /// Returns how many bytes the transmitter takes now: 0 if it is busy,
    /// up to 16 if it has a FIFO.
    fn room(&mut self) -> usize;

    /// Gives a byte to the transmitter, which has room for it.
    fn send(&mut self, byte: u8);

    /// Says for which events the line interrupts, and raises one anew if
    /// its cause is there already.
    fn set_interrupts(&mut self, receive: bool, transmit: bool);

    /// Returns which line it is.
    fn port(&self) -> Port;

    /// Returns the speed in bits a second.
    fn baud(&self) -> u32;

    /// Returns how many times the receiver lost bytes.
    fn overruns(&self) -> u32;

    /// Returns the signals by which the other end shows that it is there,
    /// such as DCD and DSR, a bit each; 0 where none is wired.
    fn peer_signals(&mut self) -> u8;
}

/// What debuggers may do.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Access {
    /// Everything.
    #[default]
    Full,
    /// Look, but neither stop the system nor change it.
    Inspect,
}

/// What happens when a debugger vanishes while the system is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum OnLoss {
    /// It stays stopped for the next one.
    #[default]
    Stop,
    /// It goes on, without the breakpoints.
    Continue,
}

/// Why the system has stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// An int3 has run; EIP is behind it.
    Breakpoint,
    /// A single step is done.
    Step,
    /// Debug registers have hit: breakpoints, with EIP at the instruction,
    /// or watchpoints, with EIP behind it.
    DebugRegister {
        /// Which, as the low four bits of DR6 have it.
        hits: u8,
    },
    /// The processor refused an instruction; EIP is at it.
    Fault {
        /// The vector: 0 to 31.
        vector: u8,
        /// The error code, or 0.
        code: u32,
        /// For a page fault the address, as in CR2; else 0.
        address: VirtAddr,
    },
    /// The kernel found an invariant broken.
    Panic,
    /// The kernel was told to wait before its first task.
    Wait,
    /// A debugger asked for it.
    Interrupt,
}

/// What becomes of a breakpoint before anyone is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passage {
    /// The system goes on, as the registers say.
    Goes,
    /// The current task makes a step and traps. It must not lose the
    /// processor meanwhile; interrupts are off in its EFLAGS. If it faults
    /// instead, [`Session::end_pass`](crate::Session::end_pass) is to be
    /// called first.
    Steps,
    /// This is for [`Session::stopped`](crate::Session::stopped).
    Stops(Stop),
}

/// How to go on after a stop.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Resume {
    /// This task is to make a step, and no other runs meanwhile;
    /// [`Machine::set_single_step`] has been called for it. If it cannot
    /// run, or gives up the processor in its step, the others go on until
    /// it is back.
    pub step: Option<u32>,
    /// Only this task is to run, until the next stop.
    pub only: Option<u32>,
    /// The fault that stopped the system takes its course: the task dies
    /// of it as it would without a debugger.
    pub deliver_fault: bool,
}
