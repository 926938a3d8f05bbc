//! The boundary to the kernel: the first instruction, the system call, memory
//! that the kernel has mapped, and ports that it permits.

use abi::ProcessData;
use core::arch::{asm, naked_asm};
use core::sync::atomic::AtomicU32;

/// Executes a system call and returns EAX.
///
/// Not inlined: a task that waits in the kernel is here, and a debugger's
/// backtrace begins with these unwinding rules.
///
/// # Safety
///
/// Addresses among the arguments must be of memory that the kernel may read or
/// write, as the call's documentation says.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn system_call(
    number: u32,
    arguments: &[u32; abi::ARGUMENT_REGISTERS.len()],
) -> u32 {
    naked_asm!(
        ".cfi_startproc",
        "push ebx",
        ".cfi_adjust_cfa_offset 4",
        ".cfi_rel_offset ebx, 0",
        "push esi",
        ".cfi_adjust_cfa_offset 4",
        ".cfi_rel_offset esi, 0",
        "push edi",
        ".cfi_adjust_cfa_offset 4",
        ".cfi_rel_offset edi, 0",
        "mov eax, [esp + 16]", // number
        "mov edi, [esp + 20]", // arguments
        "mov ebx, [edi]",
        "mov ecx, [edi + 4]",
        "mov edx, [edi + 8]",
        "mov esi, [edi + 12]",
        "mov edi, [edi + 16]",
        "int {vector}",
        "pop edi",
        ".cfi_adjust_cfa_offset -4",
        ".cfi_restore edi",
        "pop esi",
        ".cfi_adjust_cfa_offset -4",
        ".cfi_restore esi",
        "pop ebx",
        ".cfi_adjust_cfa_offset -4",
        ".cfi_restore ebx",
        "ret",
        ".cfi_endproc",
        vector = const abi::SYSTEM_CALL_VECTOR,
    )
}

pub(super) fn crash() -> ! {
    // SAFETY: the instruction only faults.
    unsafe { asm!("ud2", options(noreturn)) }
}

/// Returns memory of this process.
///
/// # Safety
///
/// The bytes must be mapped for writing, and have no other user.
pub(super) unsafe fn memory(start: u32, len_bytes: usize) -> &'static mut [u8] {
    let first = start as usize as *mut u8;
    // SAFETY: the caller promises exactly that.
    unsafe { core::slice::from_raw_parts_mut(first, len_bytes) }
}

/// Returns memory that this process shares with others.
///
/// # Safety
///
/// This many words must be mapped at `start` for as long as the slice is used.
pub(super) unsafe fn words<'w>(start: u32, count: usize) -> &'w [AtomicU32] {
    let first = start as usize as *const AtomicU32;
    // SAFETY: the caller promises exactly that; atomic words may change.
    unsafe { core::slice::from_raw_parts(first, count) }
}

pub(super) fn read_port(port: u16) -> u8 {
    let value;
    // SAFETY: the processor faults unless the kernel has given the port to this
    // process, and the kernel does not give away the ports of its own devices.
    unsafe {
        asm!("in al, dx", in("dx") port, out("al") value,
            options(nomem, nostack, preserves_flags));
    }
    value
}

pub(super) fn write_port(port: u16, value: u8) {
    // SAFETY: as in `read_port`.
    unsafe {
        asm!("out dx, al", in("dx") port, in("al") value,
            options(nomem, nostack, preserves_flags));
    }
}

pub(super) fn process_data() -> &'static ProcessData {
    let page = ProcessData::ADDRESS.0 as usize as *const ProcessData;
    // SAFETY: the kernel maps the page in each process before its first task
    // runs, writes it once, and never unmaps it.
    unsafe { &*page }
}

/// The first instruction of a process.
///
/// On entry:
/// 1. ESP is the top of this task's stack in ring 3; it holds nothing.
/// 2. CS, SS, DS and ES are flat and of ring 3.
/// 3. All other registers are arbitrary.
///
/// EBP becomes 0 and the return address undefined, so that a backtrace ends
/// here.
#[unsafe(naked)]
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined eip",
        "cld",
        "xor ebp, ebp",
        "call {start}",
        "ud2",
        ".cfi_endproc",
        start = sym start,
    )
}

/// Returns what a thread's function would return to, which it never does: a
/// backtrace ends there.
pub(super) fn thread_end() -> u32 {
    // A return address is behind a call, and so belongs to what is before it.
    thread_start as *const () as usize as u32 + 1
}

#[unsafe(naked)]
extern "C" fn thread_start() -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined eip",
        "nop",
        "ud2",
        ".cfi_endproc",
    )
}

unsafe extern "Rust" {
    /// Defined by [`crate::program`].
    safe fn program_main() -> !;
}

extern "C" fn start() -> ! {
    program_main()
}
