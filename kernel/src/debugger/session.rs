//! The stub's session: what it makes of an exception, and of its line.

use crate::debugger::machine::KernelMachine;
use crate::debugger::progress::{at_work, end_recovery};
use crate::debugger::{resumption, tasks};
use crate::devices::console::{self, print_line};
use crate::devices::found_port::Found;
use crate::devices::serial::{self, SerialPort};
use crate::devices::stop_request::{self, Reason};
use crate::devices::{debug_irq, interrupts};
use crate::machine::debug_registers;
use crate::machine::vectors::{BREAKPOINT, DEBUG, NMI};
use crate::memory::{bootstrap, physical};
use crate::schedule::{self, constraint};
use core::cell::UnsafeCell;
use layout::VirtAddr;
use structures::command_line::{CommandLine, Debug};
use stub::Session;
use stub::embed::{HitAction, Line, Resume, Stop};
use uart::Unusable;

/// What is to happen with an exception.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The interrupted program goes on, by what its registers say.
    Resume,
    /// The fault takes its course.
    Deliver,
}

type KernelSession = Session<KernelMachine, SerialPort>;

/// The stub's state; none without `debug=`.
struct SessionCell(UnsafeCell<Option<KernelSession>>);

// SAFETY: there is one processor, and the cell is used by exception tasks
// only, and by `initialise` before there are any. They do not interrupt each
// other while they are in the stub, but for one case: the stub runs into an
// int3 that a debugger has planted on its own path. Then `lift` changes the
// entry of that breakpoint, which was planted before the stub was entered,
// while the interrupted task holds a reference: at an int3 in code that
// does not know of it, so no access to the entry is half done.
unsafe impl Sync for SessionCell {}

static SESSION: SessionCell = SessionCell(UnsafeCell::new(None));

/// Starts the stub on the serial port that `debug` names, as the rest of
/// the command line wants it.
///
/// # Errors
///
/// Fails if there is no such port.
pub(crate) fn initialise(
    debug: Debug,
    command_line: &CommandLine,
) -> Result<(), Unusable> {
    let number = debug.port.number();
    let mut port = serial::open(number, debug.baud)?;
    Found::at(number, &port).report("debugger");
    port.set_interrupts(true, false);
    let machine = KernelMachine::new(bootstrap::kernel_directory());
    // SAFETY: no exception task can run the stub before the line is.
    let session = unsafe { &mut *SESSION.0.get() };
    let session = session.insert(Session::new(machine, port));
    session.set_policy(command_line.access, command_line.on_loss);
    let irq = serial::irq_of(number);
    debug_irq::set(irq);
    interrupts::unmask(irq);
    Ok(())
}

/// Serves the line; called by its exception task.
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

/// Shows an exception to the debugger, if that is its business. Of one of
/// ring 3 that is so only while there is a debugger.
pub(crate) fn exception(
    vector: u8,
    code: u32,
    address: VirtAddr,
    from_ring3: impl FnOnce() -> bool,
) -> Verdict {
    let Some(session) = session() else { return Verdict::Deliver };
    let waits = stop_request::take(Reason::Wait);
    let panicked = stop_request::take(Reason::Panic);
    // Whatever came instead, nothing is left for a later one.
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
        console::interrupt(|| print_line!("an NMI stops the system"));
    }
    verdict(at_work(|| serve(session, stop)))
}

fn verdict(resume: Resume) -> Verdict {
    if resume.deliver_fault { Verdict::Deliver } else { Verdict::Resume }
}

/// Forgets what an exception task was about to do when it faulted.
pub(crate) fn clear() {
    // If it has found an invariant broken, that has been told.
    stop_request::clear();
    physical::clear();
}

/// Takes out the breakpoint at `address`, for good: the stub itself has run
/// into it. Returns whether there was one.
pub(crate) fn lift(address: VirtAddr) -> bool {
    // The stub is in the middle of something else: it has planted this
    // breakpoint long before.
    let lifted = session().and_then(|session| session.lift(address));
    lifted.is_some_and(|(at, original)| physical::poke(at, original))
}

/// Shows what an exception task has found broken, until a debugger lets the
/// system go on.
pub(crate) fn stop_in_panic() {
    if let Some(session) = session() {
        at_work(|| serve(session, Stop::Panic));
    }
}

/// Stops the system until a debugger lets it go on.
fn serve(session: &mut KernelSession, stop: Stop) -> Resume {
    if !session.is_open() && stop != Stop::Wait {
        console::interrupt(|| {
            print_line!("stopped: attach a debugger to the debug line");
        });
    }
    let resume = session.stopped(stop);
    resumption::begin(resume);
    resume
}

/// Returns why a debug exception has come.
fn debug_exception() -> Stop {
    let current = schedule::current_id().max(1);
    if !constraint::is_step_of(current) {
        // A program's own, or left over from before a switch of tasks.
        tasks::end_step_of_current();
    }
    match debug_registers::take_hits() {
        0 => Stop::Step,
        hits => Stop::DebugRegister { hits },
    }
}

/// Ends a step over a breakpoint of which the debugger is told nothing, if
/// there is one, because a fault has come instead of its end.
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
