//! How the system stops, and how it goes on.

use layout::VirtAddr;

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
    /// This task is to make a step, and no other runs meanwhile; it has been
    /// told so by [`Processor::set_single_step`](super::Processor). If it
    /// cannot run, or gives up the processor in its step, the others go on
    /// until it is back.
    pub step: Option<u32>,
    /// Only this task is to run, until the next stop.
    pub only: Option<u32>,
    /// The fault that stopped the system takes its course: the task dies
    /// of it as it would without a debugger.
    pub deliver_fault: bool,
}
