//! The ways into the kernel: exception tasks, interrupts, system calls.

mod frame;

pub(crate) use frame::TrapFrame;

use crate::debugger::debug_registers;
use crate::descriptors::{self, KERNEL_DATA};
use crate::interrupts::{FIRST_VECTOR, LINES};
use crate::memory::bootstrap;
use crate::process::{exit, schedule, x87};
use crate::processor;
use crate::{clock, debugger, fault, interrupts, meter, system_call};
use abi::SYSTEM_CALL_VECTOR;
use core::arch::global_asm;
use core::mem::offset_of;
use core::ops::Range;
use layout::VirtAddr;

/// By which vector an exception task is entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vector {
    /// One of the processor's.
    Fixed(u8),
    /// That of the serial port that the debugger is on.
    DebugLine,
}

/// A task that the processor switches to by itself.
pub(crate) struct Exception {
    pub(crate) vector: Vector,
    /// Whether ring 3 may cause it by an `int` instruction.
    pub(crate) open_to_ring3: bool,
}

const fn exception(vector: u8) -> Exception {
    Exception { vector: Vector::Fixed(vector), open_to_ring3: false }
}

/// EFLAGS.TF: trap after the next instruction.
pub(crate) const TRAP: u32 = 1 << 8;
/// EFLAGS.IF: let interrupts in.
pub(crate) const INTERRUPTS: u32 = 1 << 9;

/// The debug exception.
pub(crate) const DEBUG: u8 = 1;

/// The breakpoint exception, of `int3`.
pub(crate) const BREAKPOINT: u8 = 3;

/// The x87 unit is not available: the one that is no task, because each
/// task's return would make it unavailable again.
const DEVICE_NOT_AVAILABLE: u8 = 7;

/// The page fault.
pub(crate) const PAGE_FAULT: u8 = 14;

/// Every exception task, in the order of their TSSes and stacks, which is
/// that of the entries in the assembly below.
pub(crate) const EXCEPTIONS: [Exception; 18] = [
    exception(0),
    exception(DEBUG),
    exception(2),
    Exception { vector: Vector::Fixed(BREAKPOINT), open_to_ring3: true },
    Exception { vector: Vector::Fixed(4), open_to_ring3: true },
    exception(5),
    exception(6),
    exception(8),
    exception(10),
    exception(11),
    exception(12),
    exception(13),
    exception(PAGE_FAULT),
    exception(16),
    exception(17),
    exception(18),
    exception(19),
    Exception { vector: Vector::DebugLine, open_to_ring3: false },
];

/// The size of each exception task's stack. The stub needs the most.
const STACK_BYTES: usize = 16 * 1024;

global_asm!(
    ".section .bss.exception_stacks, \"aw\", @nobits",
    ".align 16",
    ".global exception_stacks",
    "exception_stacks: .skip {count} * {stack_bytes}",
    ".text",
    // The processor has just switched here through a task gate:
    //  1. interrupts are off, the directory is the kernel's, all segments
    //     are flat;
    //  2. ESP is the top of this task's stack, or one error code below it;
    //  3. the interrupted registers stand in the TSS that the link names,
    //     and NT is set, so that IRET goes back there.
    // The stack is empty again at IRET. The next entry goes on behind it.
    ".section .text.exception_tasks, \"ax\"",
    ".macro exception_task index, has_code",
    "exception_entry_\\@:",
    "cld",
    "xor eax, eax",
    ".if \\has_code",
    "pop eax",
    ".endif",
    "push eax",
    "push \\index",
    "call {exception}",
    "add esp, 8",
    "iretd",
    "jmp exception_entry_\\@",
    ".pushsection .rodata",
    ".long exception_entry_\\@",
    ".popsection",
    ".endm",
    // An exception task begins anew, after a fault of its own. EBX is its
    // index, EAX the error code, the stack is empty.
    ".global exception_again",
    "exception_again:",
    "cld",
    "push eax",
    "push ebx",
    "call {exception}",
    "add esp, 8",
    "iretd",
    "jmp dword ptr [exception_entries + 4 * ebx]",
    ".pushsection .rodata",
    ".align 4",
    ".global exception_entries",
    "exception_entries:",
    ".popsection",
    "exception_task 0, 0", // #DE
    "exception_task 1, 0", // #DB
    "exception_task 2, 0", // NMI
    "exception_task 3, 0", // #BP
    "exception_task 4, 0", // #OF
    "exception_task 5, 0", // #BR
    "exception_task 6, 0", // #UD
    "exception_task 7, 1", // #DF
    "exception_task 8, 1", // #TS
    "exception_task 9, 1", // #NP
    "exception_task 10, 1", // #SS
    "exception_task 11, 1", // #GP
    "exception_task 12, 1", // #PF
    "exception_task 13, 0", // #MF
    "exception_task 14, 1", // #AC
    "exception_task 15, 0", // #MC
    "exception_task 16, 0", // #XM
    "exception_task 17, 0", // the debug UART
    ".text",
    // An interrupt gate has been passed:
    //  1. interrupts are off, CS and, if ring 3 ran, SS and ESP are ring
    //     0's; the other registers are those of what ran;
    //  2. the stack holds EIP, CS, EFLAGS and, from ring 3, ESP and SS.
    ".macro interrupt vector",
    "interrupt_entry_\\vector:",
    "push 0",
    "push \\vector",
    "jmp interrupt_common",
    ".pushsection .rodata",
    ".long interrupt_entry_\\vector",
    ".popsection",
    ".endm",
    ".pushsection .rodata",
    ".align 4",
    ".global interrupt_entry_points",
    "interrupt_entry_points:",
    ".popsection",
    "interrupt 7",
    ".irp line, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47",
    "interrupt \\line",
    ".endr",
    "interrupt 128",
    "interrupt_common:",
    // For debuggers, at the return from the call below: the caller is
    // what was interrupted, and its registers stand in the trap frame.
    ".cfi_sections .debug_frame",
    ".cfi_startproc",
    ".cfi_signal_frame",
    ".cfi_def_cfa esp, {frame_bytes} + 4",
    ".cfi_offset eax, {eax} - {frame_bytes}",
    ".cfi_offset ecx, {ecx} - {frame_bytes}",
    ".cfi_offset edx, {edx} - {frame_bytes}",
    ".cfi_offset ebx, {ebx} - {frame_bytes}",
    ".cfi_offset esp, {esp} - {frame_bytes}",
    ".cfi_offset ebp, {ebp} - {frame_bytes}",
    ".cfi_offset esi, {esi} - {frame_bytes}",
    ".cfi_offset edi, {edi} - {frame_bytes}",
    ".cfi_offset eip, {eip} - {frame_bytes}",
    "cld",
    "pushad",
    ".byte 0x1e, 0x06, 0x0f, 0xa0, 0x0f, 0xa8", // push ds, es, fs, gs
    "mov eax, {kernel_data}",
    "mov ds, eax",
    "mov es, eax",
    "push esp",
    "call {interrupt}",
    "add esp, 4",
    ".global return_from_trap",
    "return_from_trap:",
    ".byte 0x0f, 0xa9, 0x0f, 0xa1, 0x07, 0x1f", // pop gs, fs, es, ds
    "popad",
    "add esp, 8",
    "iretd",
    ".cfi_endproc",
    // `fault` has made ring 0 run here, on the stack of the task that
    // faulted in ring 3: ESP is at its trap frame, EAX is the address that
    // it could not reach.
    ".global reflected_entry",
    "reflected_entry:",
    ".cfi_startproc",
    ".cfi_undefined eip",
    "mov ecx, esp",
    "push eax",
    "push ecx",
    "call {reflected}",
    "add esp, 8",
    "jmp return_from_trap",
    ".cfi_endproc",
    count = const EXCEPTIONS.len(),
    stack_bytes = const STACK_BYTES,
    exception = sym exception_entered,
    interrupt = sym interrupt_entered,
    reflected = sym fault::reflected,
    kernel_data = const KERNEL_DATA,
    frame_bytes = const TrapFrame::BYTES,
    eax = const offset_of!(TrapFrame, eax),
    ecx = const offset_of!(TrapFrame, ecx),
    edx = const offset_of!(TrapFrame, edx),
    ebx = const offset_of!(TrapFrame, ebx),
    esp = const offset_of!(TrapFrame, esp),
    ebp = const offset_of!(TrapFrame, ebp),
    esi = const offset_of!(TrapFrame, esi),
    edi = const offset_of!(TrapFrame, edi),
    eip = const offset_of!(TrapFrame, eip),
);

unsafe extern "C" {
    static exception_stacks: u8;
    static exception_entries: [u32; EXCEPTIONS.len()];
    static interrupt_entry_points: [u32; 2 + LINES as usize];
    static exception_again: u8;
    static return_from_trap: u8;
    static reflected_entry: u8;
}

/// Returns where the exception task `index` begins, and its stack's top.
pub(crate) fn exception_entry(index: usize) -> (u32, u32) {
    let stacks = (&raw const exception_stacks).addr();
    let top = stacks + (index + 1) * STACK_BYTES;
    // SAFETY: the assembly above fills the table and nothing changes it.
    let entries = unsafe { &exception_entries };
    (entries[index], top as u32)
}

/// Returns where the stacks of all exception tasks stand.
pub(crate) fn all_exception_stacks() -> Range<u32> {
    let start = (&raw const exception_stacks).addr();
    let end = start + EXCEPTIONS.len() * STACK_BYTES;
    start as u32..end as u32
}

/// Returns where an exception task begins anew.
pub(crate) fn again_address() -> u32 {
    (&raw const exception_again).addr() as u32
}

/// Returns where a trap frame is taken from the stack.
pub(crate) fn return_address() -> u32 {
    (&raw const return_from_trap).addr() as u32
}

/// Returns where a reflected fault goes on in ring 0.
pub(crate) fn reflection_address() -> u32 {
    (&raw const reflected_entry).addr() as u32
}

/// A vector that enters through an interrupt gate.
pub(crate) struct InterruptEntry {
    pub(crate) vector: u8,
    pub(crate) eip: u32,
    pub(crate) open_to_ring3: bool,
}

/// Returns every vector that enters through an interrupt gate.
pub(crate) fn interrupt_entries() -> impl Iterator<Item = InterruptEntry> {
    // SAFETY: as in `exception_entry`.
    let entries = unsafe { &interrupt_entry_points };
    let lines = FIRST_VECTOR..FIRST_VECTOR + LINES;
    [DEVICE_NOT_AVAILABLE]
        .into_iter()
        .chain(lines)
        .chain([SYSTEM_CALL_VECTOR])
        .zip(entries)
        .map(|(vector, eip)| InterruptEntry {
            vector,
            eip: *eip,
            open_to_ring3: vector == SYSTEM_CALL_VECTOR,
        })
}

extern "C" fn exception_entered(index: u32, code: u32) {
    let index = index as usize;
    debug_registers::disable();
    bootstrap::mend_directory();
    match EXCEPTIONS.get(index).map(|exception| exception.vector) {
        Some(Vector::Fixed(vector)) => fault::exception(index, vector, code),
        Some(Vector::DebugLine) | None => debugger::line_interrupted(),
    }
    if descriptors::interrupted_kernel_task(index) {
        fault::check_return();
        debug_registers::enable();
    }
}

extern "C" fn interrupt_entered(frame: &mut TrapFrame) {
    meter::begin();
    let steps = frame.steps_over_call();
    match frame.vector as u8 {
        DEVICE_NOT_AVAILABLE if processor::current().has_x87() => {
            x87::not_available();
        }
        DEVICE_NOT_AVAILABLE => {
            let at = VirtAddr(frame.eip);
            exit::die_of(DEVICE_NOT_AVAILABLE, frame, at)
        }
        SYSTEM_CALL_VECTOR => system_call::dispatch(frame),
        vector => line_interrupted(vector.wrapping_sub(FIRST_VECTOR)),
    }
    if frame.is_from_ring3() {
        schedule::preempt();
    }
    meter::end();
    if steps && frame.steps_over_call() {
        fault::end_step();
    }
}

fn line_interrupted(line: u8) {
    if interrupts::is_spurious(line) {
        return;
    }
    if line == clock::LINE {
        clock::tick();
        schedule::tick();
    }
    interrupts::end(line);
}
