//! Why the system stopped, and how it resumes.

use layout::VirtAddr;

/// Why the system has stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// An `int3` was executed; EIP points after it.
    Breakpoint,
    /// A single step has finished.
    Step,
    /// One or more debug registers matched: EIP points at the instruction for a
    /// breakpoint, after it for a watchpoint.
    DebugRegister {
        /// Which ones: the low four bits of DR6 (B0 to B3).
        hits: u8,
    },
    /// The processor raised a fault; EIP points at the instruction.
    Fault {
        /// The vector: 0 to 31.
        vector: u8,
        /// The error code, or 0 if the fault has none.
        code: u32,
        /// The linear address from CR2 for a page fault; otherwise 0.
        address: VirtAddr,
    },
    /// The kernel panicked.
    Panic,
    /// The kernel was told to wait before its first task.
    Wait,
    /// A debugger asked the system to stop.
    Interrupt,
}

/// What to do about a breakpoint, a watchpoint or a finished step before any
/// debugger is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HitAction {
    /// Resume with the registers as they are now: a condition was false, and
    /// the instruction under the breakpoint has been emulated.
    Continue,
    /// Let the current task execute one instruction and trap. It must keep the
    /// processor until then; interrupts are disabled in its EFLAGS. If it
    /// faults instead, call
    /// [`Session::end_step_over`](crate::Session::end_step_over) first.
    Step,
    /// Pass the stop to [`Session::stopped`](crate::Session::stopped).
    Report(Stop),
}

/// How to resume after a stop.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Resume {
    /// This task must execute one instruction while no other task runs;
    /// [`Processor::set_single_step`](super::Processor) has been called for it.
    /// If it cannot run, or gives up the processor during the step, the others
    /// run until it can continue.
    pub step: Option<u32>,
    /// Only this task may run until the next stop.
    pub only: Option<u32>,
    /// Deliver the fault that stopped the system: the task dies as it would
    /// without a debugger.
    pub deliver_fault: bool,
}
