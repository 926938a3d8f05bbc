//! The stub's session: how it handles exceptions and its UART.

use crate::cpu;
use crate::debugger::machine::KernelMachine;
use crate::debugger::progress::{at_work, end_recovery};
use crate::debugger::resumption;
use crate::descriptors::kernel_tss;
use crate::devices::console::print_interrupting;
use crate::devices::detected_port::DetectedPort;
use crate::devices::serial::{self, SerialPort};
use crate::devices::stop_request::{self, Reason};
use crate::devices::{debug_irq, interrupts};
use crate::machine::debug_registers;
use crate::machine::eflags::TRAP;
use crate::machine::selectors::is_ring3;
use crate::machine::vectors::{BREAKPOINT, DEBUG, NMI};
use crate::memory::{bootstrap, physical};
use crate::schedule::{self, constraint};
use core::cell::UnsafeCell;
use layout::VirtAddr;
use structures::command_line::{CommandLine, Debug};
use stub::Session;
use stub::embed::{HitAction, Resume, SerialLine, Stop};
use uart::Unusable;

/// How to continue after an exception.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The interrupted program continues, with its registers as they now are.
    Resume,
    /// The fault is delivered to the program.
    Deliver,
}

type KernelSession = Session<KernelMachine, SerialPort>;

/// The stub's state; none without `debug=`.
struct SessionCell(UnsafeCell<Option<KernelSession>>);

// SAFETY: there is one processor, and the cell is used by exception tasks only,
// and by `initialise` before there are any. They do not interrupt each other
// while they are in the stub, with one exception: the stub may hit an int3 that
// a debugger has planted in code that it executes. Then `lift` changes the
// entry of that breakpoint, which was planted before the stub was entered,
// while the interrupted task holds a reference: at an int3 in code that does
// not use the entry, so no access to it is half done.
unsafe impl Sync for SessionCell {}

static SESSION: SessionCell = SessionCell(UnsafeCell::new(None));

/// Starts the stub on the serial port that `debug` names, with the policy of
/// the command line.
///
/// # Errors
///
/// Fails if there is no such port.
pub(crate) fn initialise(
    debug: Debug,
    command_line: &CommandLine,
) -> Result<(), Unusable> {
    let number = debug.port;
    let mut port = serial::open(number, debug.baud)?;
    DetectedPort::at(number, &port).report("debugger");
    port.set_interrupts(true, false);
    let machine = KernelMachine::new(bootstrap::kernel_directory());
    // SAFETY: no exception task can run the stub before its IRQ is unmasked.
    let session = unsafe { &mut *SESSION.0.get() };
    let session = session.insert(Session::new(machine, port));
    session.set_policy(command_line.access, command_line.on_loss);
    let irq = serial::irq_of(number);
    debug_irq::set(irq);
    interrupts::unmask(irq);
    Ok(())
}

/// Serves the debug UART; called by its exception task.
pub(crate) fn on_debug_irq() {
    let recovers = end_recovery();
    let resume = session().and_then(|session| {
        at_work(|| match recovers {
            true => session.recover(None),
            false => session.on_interrupt(),
        })
    });
    if let Some(resume) = resume {
        resumption::begin(resume);
    }
    interrupts::end(debug_irq::number());
}

/// Reports an exception to the debugger, if it concerns the debugger. One from
/// ring 3 does so only while a debugger is attached.
pub(crate) fn exception(
    vector: u8,
    code: u32,
    address: VirtAddr,
    from_ring3: impl FnOnce() -> bool,
) -> Verdict {
    let Some(session) = session() else { return Verdict::Deliver };
    let waits = stop_request::take(Reason::Wait);
    let panicked = stop_request::take(Reason::Panic);
    // Whatever the cause, no request may remain for a later exception.
    stop_request::clear();
    let recovers = end_recovery();
    let stop = match vector {
        BREAKPOINT if panicked => Stop::Panic,
        BREAKPOINT if waits => Stop::Wait,
        _ if !session.is_open() && !recovers && from_ring3() => {
            return Verdict::Deliver;
        }
        BREAKPOINT => Stop::Breakpoint,
        DEBUG => debug_exception(),
        vector => Stop::Fault { vector, code, address },
    };
    if recovers {
        let resume = at_work(|| session.recover(Some(stop)));
        let resume = resume.unwrap_or_default();
        resumption::begin(resume);
        return verdict(resume);
    }
    let action = at_work(|| session.judge_hit(stop));
    constraint::set_passing(action == HitAction::Step);
    let HitAction::Report(stop) = action else { return Verdict::Resume };
    if !session.is_open() && vector == NMI {
        print_interrupting!("an NMI stops the system");
    }
    verdict(at_work(|| serve(session, stop)))
}

fn verdict(resume: Resume) -> Verdict {
    if resume.deliver_fault { Verdict::Deliver } else { Verdict::Resume }
}

/// Discards what an exception task was doing when it faulted.
pub(crate) fn clear() {
    // If it has found an invariant broken, that has been reported.
    stop_request::clear();
    physical::clear();
}

/// Removes the breakpoint at `address` for good, because the stub itself has
/// hit it. Returns whether there was one.
pub(crate) fn lift(address: VirtAddr) -> bool {
    // The stub was interrupted in the middle of something else; it planted this
    // breakpoint long before.
    let lifted = session().and_then(|session| session.lift(address));
    lifted.is_some_and(|(at, original)| physical::poke(at, original))
}

/// Reports a broken invariant found by an exception task, and stops the system
/// until a debugger resumes it.
pub(crate) fn stop_in_panic() {
    if let Some(session) = session() {
        at_work(|| serve(session, Stop::Panic));
    }
}

/// Stops the system for good, because nothing can continue: it stops again
/// whenever a debugger resumes it. Without a stub it halts.
pub(crate) fn stop_for_good() -> ! {
    let Some(session) = session() else { cpu::stop_forever() };
    loop {
        let recovers = end_recovery();
        invite(session, Stop::Panic);
        at_work(|| match recovers {
            true => session.recover(Some(Stop::Panic)),
            false => Some(session.stopped(Stop::Panic)),
        });
    }
}

/// Stops the system until a debugger resumes it.
fn serve(session: &mut KernelSession, stop: Stop) -> Resume {
    invite(session, stop);
    let resume = session.stopped(stop);
    resumption::begin(resume);
    resume
}

/// Says how to continue if no debugger is attached.
fn invite(session: &KernelSession, stop: Stop) {
    if !session.is_open() && stop != Stop::Wait {
        print_interrupting!("stopped: attach a debugger to the debug line");
    }
}

/// Returns the cause of a debug exception.
fn debug_exception() -> Stop {
    let current = schedule::current_id().max(1);
    let in_program = is_ring3(kernel_tss().cs.into());
    if !constraint::is_step_of(current) && !in_program {
        // Left over from before a task switch. That of a program is its own.
        kernel_tss().eflags &= !TRAP;
    }
    match debug_registers::take_hits() {
        0 => Stop::Step,
        hits => Stop::DebugRegister { hits },
    }
}

/// Ends a step over a breakpoint, if there is one, because a fault has come
/// instead of its end.
pub(crate) fn end_step_over() {
    if constraint::end_passing()
        && let Some(session) = session()
    {
        session.end_step_over();
    }
}

fn session() -> Option<&'static mut KernelSession> {
    if !debug_irq::has_stub() {
        return None;
    }
    // SAFETY: the caller is an exception task; see `SessionCell`.
    unsafe { (*SESSION.0.get()).as_mut() }
}
