//! The kernel's entries, in assembly. `entry_points` has their addresses.

use crate::fault;
use crate::machine::entry_points::STACK_BYTES;
use crate::machine::selectors::KERNEL_DATA;
use crate::machine::trap_frame::TrapFrame;
use crate::machine::vectors::{
    DEVICE_NOT_AVAILABLE, EXCEPTIONS, FIRST_VECTOR, IRQS,
};
use crate::trap::{exception_entered, interrupt_entered};
use abi::SYSTEM_CALL_VECTOR;
use core::arch::global_asm;
use core::mem::offset_of;

// The IRQs' vectors, as in the `.irp` below.
const _: () = assert!(FIRST_VECTOR == 32 && IRQS == 16);

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
    //  3. the interrupted registers are in the TSS that the link names,
    //     and NT is set, so that IRET returns there.
    // The stack is empty again at IRET. The next entry continues after it.
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
    // Restarts an exception task after a fault of its own. EBX is its index,
    // EAX the error code; the stack is empty.
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
    // The processor has just come here through an interrupt gate:
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
    "interrupt {not_available}",
    ".irp line, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47",
    "interrupt \\line",
    ".endr",
    "interrupt {system_call}",
    "interrupt_common:",
    // For debuggers that unwind through the call below: the caller is the
    // interrupted code, and its registers are in the trap frame.
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
    // `fault` has made ring 0 run here, on the stack of the task that faulted
    // in ring 3: ESP points to its trap frame, EAX is the faulting address.
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
    not_available = const DEVICE_NOT_AVAILABLE,
    system_call = const SYSTEM_CALL_VECTOR,
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
