//! What becomes of an exception: the debugger may look first, then a fault
//! of ring 3 is handled by the task itself, in ring 0, on its own stack.
//!
//! The exception task does as little as it can: it may have interrupted
//! anything, so it neither allocates nor schedules. It puts a trap frame
//! where an interrupt gate would have put one and lets the task go on in
//! the kernel, as if the fault had come through such a gate.

use crate::cpu;
use crate::debugger::{self, Verdict};
use crate::descriptors::{self, kernel_tss};
use crate::devices::console::{self, print_line, print_task_line};
use crate::devices::{debug_line, interrupts, meter};
use crate::lifecycle::exit;
use crate::machine::eflags::{EFLAGS_CLEAR, INTERRUPTS, VIRTUAL_8086};
use crate::machine::selectors::{KERNEL_CODE, KERNEL_DATA, is_ring3};
use crate::machine::trap_frame::TrapFrame;
use crate::machine::vectors::{
    BREAKPOINT, DEBUG, DOUBLE_FAULT, GENERAL_PROTECTION, INVALID_TSS,
    MACHINE_CHECK, NMI, PAGE_FAULT, name,
};
use crate::machine::{entry_points, registers};
use crate::memory::foreign;
use crate::memory::physical::PhysicalWindow;
use crate::process::{UNFINISHED, service, stack};
use crate::schedule::{self, constraint};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use layout::paging::walk;
use layout::regions::KERNEL_STACK;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use wire::i386::general::{CS, EAX, EBP, EFLAGS, EIP, ESP, SS};

/// Handles exception `vector` in the exception task `task_index`.
pub(crate) fn exception(task_index: usize, vector: u8, code: u32) {
    let cr2 = cpu::page_fault_address();
    let address = VirtAddr(if vector == PAGE_FAULT { cr2 } else { 0 });
    if !descriptors::interrupted_kernel_task(task_index) {
        if vector == NMI {
            // The stub runs, so nothing hangs.
            return;
        }
        if has_left_breakpoint(task_index, vector, code)
            || has_left_stub(task_index, vector)
            || has_left_way(task_index, vector)
        {
            return;
        }
        console::take_over();
        print_line!("panic: ", name(vector), " in an exception task");
        cpu::stop_forever();
    }
    if TAKES_SHORTCUT.load(Ordering::Relaxed) {
        let seen = debugger::exception(vector, code, address, || false);
        if seen == Verdict::Deliver {
            epitaph(vector, code, address);
        }
        return;
    }
    begin(code);
    if vector == DEBUG {
        if STEP_ENDS.swap(false, Ordering::Relaxed) {
            return_to_program();
        }
    } else {
        debugger::end_pass();
    }
    let origin = Origin::of(kernel_tss().cs.into(), kernel_tss().eflags);
    // The kernel does where it halts and where it breathes.
    let lets_in = kernel_tss().eflags & INTERRUPTS != 0;
    if wants_stack(origin, vector, code, address) && has_kernel_stack() {
        return reflect(vector, code, address);
    }
    if origin == Origin::Kernel && has_outgrown(vector, cr2) {
        return overflow(vector, code, VirtAddr(cr2));
    }
    let ruined =
        may_be_of_tables(origin, vector, code) && descriptors::are_ruined();
    // Asked only where it matters: most breakpoints stop nothing, and are to
    // be over soon.
    let of_program = || {
        origin != Origin::Kernel
            && !ruined
            && !is_of_kernel(vector, code)
            && has_kernel_stack()
    };
    match debugger::exception(vector, code, address, of_program) {
        Verdict::Resume => give_way(),
        Verdict::Deliver if of_program() => reflect(vector, code, address),
        Verdict::Deliver if vector == NMI => {
            print_line!("warning: an NMI came and nobody knows of it");
        }
        Verdict::Deliver if ruined => {
            print_line!("warning: the processor's tables are mended");
        }
        Verdict::Deliver => epitaph(vector, code, address),
    }
    if ruined {
        descriptors::mend(task_index);
    }
    let is_trap = matches!(vector, DEBUG | BREAKPOINT);
    if !is_trap && lets_in && !of_program() {
        // The interrupt that could not be delivered is not served.
        interrupts::end_all();
    }
}

/// Returns whether an exception may be the fault of descriptors that were
/// ruined: one that they can cause, but for what a program does by itself.
fn may_be_of_tables(origin: Origin, vector: u8, code: u32) -> bool {
    match vector {
        PAGE_FAULT => is_of_kernel(vector, code),
        DEBUG | BREAKPOINT | NMI => false,
        _ => origin == Origin::Kernel || vector >= DOUBLE_FAULT,
    }
}

/// Returns whether a program cannot have caused an exception, even if it
/// ran when that came.
fn is_of_kernel(vector: u8, code: u32) -> bool {
    /// The error code's bit for what comes from outside a program.
    const EXTERNAL: u32 = 1;
    /// That of a page fault for what ring 3 did. The processor's own use
    /// of its tables, and of the kernel's stack, does not count as that.
    const USER: u32 = 1 << 2;
    match vector {
        NMI | DOUBLE_FAULT | MACHINE_CHECK => true,
        INVALID_TSS..=GENERAL_PROTECTION => code & EXTERNAL != 0,
        PAGE_FAULT => code & USER == 0,
        _ => false,
    }
}

/// Returns whether the running task has the kernel stack that its record
/// says it has: else nothing can go on there.
fn has_kernel_stack() -> bool {
    let Some(task) = schedule::interrupted_task() else { return false };
    let directory = PhysAddr(kernel_tss().cr3);
    let mut window = PhysicalWindow::new();
    let walk = walk(&mut window, directory, KERNEL_STACK.start);
    window.close();
    walk.is_ok_and(|walk| walk.physical() == Some(task.kernel_stack))
}

/// Returns whether an exception task has run into a breakpoint of the
/// debugger's, which is gone then: the task goes on as if there had been
/// none. If it is itself that of breakpoints, the processor cannot enter it
/// once more, and says so.
fn has_left_breakpoint(task_index: usize, vector: u8, code: u32) -> bool {
    let Some(victim) = descriptors::interrupted_exception(task_index) else {
        return false;
    };
    let victim = descriptors::exception_tss(victim);
    let at = match vector {
        BREAKPOINT => victim.eip.wrapping_sub(1),
        GENERAL_PROTECTION if descriptors::names_task_of(code, BREAKPOINT) => {
            victim.eip
        }
        _ => return false,
    };
    if !debugger::lift(VirtAddr(at)) {
        return false;
    }
    victim.eip = at;
    console::interrupt(|| {
        print_line!("the stub ran into the breakpoint at ", VirtAddr(at));
    });
    true
}

/// Returns whether an exception task has faulted in the stub, by what it
/// found in memory: it gives up what it was doing, begins anew, and tells
/// whoever had asked.
fn has_left_stub(task_index: usize, vector: u8) -> bool {
    let Some(victim) = descriptors::interrupted_exception(task_index) else {
        return false;
    };
    if !debugger::give_up() {
        return false;
    }
    // For a page fault in the task of page faults, which cannot be entered
    // once more, this is a double fault.
    let at = begin_anew(victim);
    console::interrupt(|| {
        print_line!("the stub gave an answer up: ", name(vector), " at ", at);
    });
    true
}

/// Whether an exception task has faulted on its way to the stub or back. It
/// begins anew then, and asks the kernel nothing on its way.
static TAKES_SHORTCUT: AtomicBool = AtomicBool::new(false);

/// The error code of the exception under way, or 0, and what CR2 was then.
static CODE: AtomicU32 = AtomicU32::new(0);
static CR2: AtomicU32 = AtomicU32::new(0);

/// Remembers with what an exception task was entered.
pub(crate) fn begin(code: u32) {
    CODE.store(code, Ordering::Relaxed);
    CR2.store(cpu::page_fault_address(), Ordering::Relaxed);
}

/// Makes an exception task that has faulted begin anew, with what it was
/// entered with. Returns where it was.
fn begin_anew(victim: usize) -> VirtAddr {
    let at = VirtAddr(descriptors::exception_tss(victim).eip);
    debugger::clear();
    cpu::set_page_fault_address(CR2.load(Ordering::Relaxed));
    descriptors::restart(victim, CODE.load(Ordering::Relaxed));
    at
}

/// Returns whether an exception task has faulted outside of the stub, in what
/// it does for the kernel: it begins anew and goes straight to the stub. A
/// second fault would be no better.
fn has_left_way(task_index: usize, vector: u8) -> bool {
    let Some(victim) = descriptors::interrupted_exception(task_index) else {
        return false;
    };
    if !debug_line::has_stub() || TAKES_SHORTCUT.swap(true, Ordering::Relaxed) {
        return false;
    }
    let at = begin_anew(victim);
    console::interrupt(|| {
        print_line!(
            "the way to the stub is ruined: ",
            name(vector),
            " at ",
            at
        );
    });
    true
}

/// What has caused an exception.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Kernel,
    Program,
    /// Virtual-8086 mode, which no program is meant to reach. QEMU lets
    /// ring 3 enter it by IRET; its CS looks like any ring's.
    Virtual8086,
}

impl Origin {
    fn of(cs: u32, eflags: u32) -> Self {
        if eflags & VIRTUAL_8086 != 0 {
            Self::Virtual8086
        } else if is_ring3(cs) {
            Self::Program
        } else {
            Self::Kernel
        }
    }
}

fn wants_stack(
    origin: Origin,
    vector: u8,
    code: u32,
    address: VirtAddr,
) -> bool {
    origin == Origin::Program
        && vector == PAGE_FAULT
        && stack::can_grow(code, address)
}

/// Returns whether a fault of ring 0 is the running task's kernel stack that
/// has grown into the guard page, and the task can be given up: it is a
/// program's, and what the kernel was doing for it leaves nothing half done.
fn has_outgrown(vector: u8, address: u32) -> bool {
    let guard = KERNEL_STACK.start.0 - PAGE_BYTES;
    let (esp, cr3) = (kernel_tss().esp, kernel_tss().cr3);
    let is_overflow = matches!(vector, PAGE_FAULT | DOUBLE_FAULT)
        && (guard..KERNEL_STACK.start.0).contains(&address)
        && (guard..=KERNEL_STACK.start.0 + PAGE_BYTES).contains(&esp);
    let Some(task) = schedule::interrupted_task() else { return false };
    let can_go = !task.is_kernel
        && cr3 == task.directory.0
        && UNFINISHED.load(Ordering::Relaxed).is_multiple_of(2)
        && debugger::is_consistent()
        && !foreign::is_open()
        && !service::is_in_use()
        && !console::is_in_use();
    is_overflow && can_go
}

/// Makes a task whose kernel stack is full die, on that stack from its top.
fn overflow(vector: u8, code: u32, address: VirtAddr) {
    // A debugger that is there may look; nobody waits for one to come.
    let looked = debugger::exception(vector, code, address, || true);
    if looked == Verdict::Deliver {
        reflect(DOUBLE_FAULT, code, address);
    }
}

/// Makes the running task go on in [`reflected`], as after a fault in
/// ring 3.
fn reflect(vector: u8, code: u32, address: VirtAddr) {
    let interrupted = registers::from_tss(kernel_tss());
    let mut frame =
        TrapFrame { vector: u32::from(vector), code, ..TrapFrame::default() };
    registers::set_in_frame(&mut frame, &interrupted);
    // The stack's frame comes from the task's record, not from ESP0: what
    // ring 3 can ruin is not trusted.
    let Some(task) = schedule::interrupted_task() else {
        return epitaph(vector, code, address);
    };
    let place = PhysAddr(task.kernel_stack.0 + TrapFrame::OFFSET);
    let mut window = PhysicalWindow::new();
    let written = window.write(place, frame.as_bytes());
    window.close();
    if written.is_err() {
        return epitaph(vector, code, address);
    }
    let mut reflected = interrupted;
    reflected[CS] = KERNEL_CODE.into();
    reflected[SS..].fill(KERNEL_DATA.into());
    reflected[ESP] = KERNEL_STACK.start.0 + TrapFrame::OFFSET;
    reflected[EBP] = 0;
    reflected[EFLAGS] = EFLAGS_CLEAR;
    reflected[EAX] = address.0;
    reflected[EIP] = entry_points::reflection_address();
    registers::set_in_tss(kernel_tss(), &reflected);
}

/// Whether the debug exception under way ends a step over a system call.
static STEP_ENDS: AtomicBool = AtomicBool::new(false);

/// Ends the step in which the running task has made a system call: it stops
/// before the instruction behind the call. Returns if no debugger minds.
pub(crate) fn end_step() {
    STEP_ENDS.store(true, Ordering::Relaxed);
    cpu::debug_exception();
}

/// Lets the running task, which is in the kernel, go on in its program as
/// the return from its system call would.
fn return_to_program() {
    let Some(task) = schedule::interrupted_task() else { return };
    let place = PhysAddr(task.kernel_stack.0 + TrapFrame::OFFSET);
    let mut bytes = [0; TrapFrame::BYTES as usize];
    let mut window = PhysicalWindow::new();
    let read = window.read(place, &mut bytes);
    window.close();
    if read.is_err() {
        return;
    }
    let frame = TrapFrame::from_bytes(bytes);
    registers::set_in_tss(kernel_tss(), &registers::from_frame(&frame));
}

/// Not a vector of the processor: a task of ring 3 is to give up the
/// processor because another alone may run.
const GIVE_WAY: u8 = 0xFF;

/// Makes the interrupted program give up the processor if another task
/// alone may run. What runs in ring 0 does so by itself, before long.
pub(crate) fn give_way() {
    if TAKES_SHORTCUT.load(Ordering::Relaxed) {
        return;
    }
    let origin = Origin::of(kernel_tss().cs.into(), kernel_tss().eflags);
    let only = constraint::only();
    if origin == Origin::Program
        && only.is_some_and(|task| task != schedule::current_id())
        && has_kernel_stack()
    {
        reflect(GIVE_WAY, 0, VirtAddr(0));
    }
}

/// Handles a fault of ring 3 in the task's own context.
pub(crate) extern "C" fn reflected(frame: &mut TrapFrame, address: u32) {
    meter::begin();
    let address = VirtAddr(address);
    let vector = frame.vector as u8;
    let origin = Origin::of(frame.cs, frame.eflags);
    let grown = vector != GIVE_WAY
        && wants_stack(origin, vector, frame.code, address)
        && stack::grow(address.page()).is_ok();
    if vector == DOUBLE_FAULT {
        let (task, eip) = (schedule::current_id(), VirtAddr(frame.eip));
        print_task_line!("kernel stack overflow: task ", task, " at ", eip);
    }
    if !grown && vector != GIVE_WAY {
        exit::die_of(vector, frame, address);
    }
    schedule::preempt();
    meter::end();
}

/// Makes sure that the interrupted task can go on: called before an
/// exception task returns to it.
pub(crate) fn check_return() {
    descriptors::mend_kernel_task();
    if TAKES_SHORTCUT.swap(false, Ordering::Relaxed) {
        return;
    }
    let saved = PhysAddr(kernel_tss().cr3);
    let known = schedule::interrupted_task().map(|task| task.directory);
    if Some(saved) == known || is_loadable(saved) {
        return;
    }
    console::interrupt(|| {
        print_line!("panic: the saved CR3 is wild: ", saved);
    });
    debugger::stop_in_panic();
    if is_loadable(PhysAddr(kernel_tss().cr3)) {
        return;
    }
    let Some(known) = known.filter(|known| is_loadable(*known)) else {
        return epitaph(DOUBLE_FAULT, 0, VirtAddr(0));
    };
    kernel_tss().cr3 = known.0;
    print_line!("warning: CR3 is taken from the task's record: ", known);
}

fn is_loadable(directory: PhysAddr) -> bool {
    let mut window = PhysicalWindow::new();
    let loadable = window.can_be_loaded(directory);
    window.close();
    loadable
}

/// Tells of a fault in the kernel that no debugger was there to see.
fn epitaph(vector: u8, code: u32, address: VirtAddr) {
    console::take_over();
    let tss = kernel_tss();
    let eip = VirtAddr(tss.eip);
    print_line!("panic: ", name(vector), " in the kernel at ", eip);
    print_line!("  error code ", code, ", address ", address);
    print_line!("  task ", schedule::current_id());
    cpu::stop_forever();
}
