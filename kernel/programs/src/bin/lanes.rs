//! Keeps numbers in all SSE registers while other tasks use them, and logs when
//! they are not what they were. For tests of the debugger, on a processor that
//! has them.
//!
//! Argument: the number in XMM0 (100), in each of its four parts; each register
//! has one more than the one before it. MXCSR says to round up.
#![cfg_attr(target_os = "none", no_std, no_main)]

use programs::{counts, kernel, log};

programs::program!(main);

const FIRST: u32 = 100;
const REGISTERS: usize = 8;

#[inline(never)]
fn main() {
    let [first] = counts::from_arguments(kernel::arguments(), [FIRST]);
    let mut has_reported = false;
    loop {
        let found = hold(first);
        for (due, found) in (first..).zip(found) {
            if found != due {
                log!("{found} where {due} was due");
            }
        }
        if !has_reported {
            log!("{first} is held");
            has_reported = true;
        }
    }
}

/// Loads the registers, gives way to other tasks for a while, and returns what
/// the registers hold then.
fn hold(first: u32) -> [u32; REGISTERS] {
    let mut found = [0; REGISTERS];
    unit::hold(first, &mut found);
    found
}

#[cfg(target_os = "none")]
mod unit {
    use abi::{Call, SYSTEM_CALL_VECTOR};
    use core::arch::naked_asm;

    /// How often it gives way.
    const ROUNDS: u32 = 200;
    /// MXCSR with every exception masked, and rounding up.
    const ROUNDS_UP: u32 = 0x5F80;

    /// Between `lanes_held` and `lanes_released`, the registers hold what
    /// they should.
    #[unsafe(naked)]
    pub(super) extern "C" fn hold(first: u32, found: &mut [u32; 8]) {
        naked_asm!(
            "push ebx",
            "push esi",
            "push edi",
            "push {rounds_up}",
            "ldmxcsr [esp]",
            "pop eax",
            "mov ecx, [esp + 16]",
            // Four copies of a number on the stack, and from there.
            ".irp register, 0, 1, 2, 3, 4, 5, 6, 7",
            "push ecx",
            "push ecx",
            "push ecx",
            "push ecx",
            "movups xmm\\register, [esp]",
            "add esp, 16",
            "inc ecx",
            ".endr",
            "mov esi, {rounds}",
            ".global lanes_held",
            "lanes_held:",
            "mov eax, {give_way}",
            "int {vector}",
            ".global lanes_back",
            "lanes_back:", // as a rule, another task is the owner
            "movaps xmm0, xmm0", // makes this task the owner
            "dec esi",
            "jnz lanes_held",
            ".global lanes_released",
            "lanes_released:",
            "mov edi, [esp + 20]",
            ".irp register, 0, 1, 2, 3, 4, 5, 6, 7",
            "sub esp, 16",
            "movups [esp], xmm\\register",
            // The highest part, which only all of it can have kept.
            "mov eax, [esp + 12]",
            "add esp, 16",
            "mov [edi], eax",
            "add edi, 4",
            ".endr",
            "pop edi",
            "pop esi",
            "pop ebx",
            "ret",
            rounds_up = const ROUNDS_UP,
            rounds = const ROUNDS,
            give_way = const Call::Yield as u32,
            vector = const SYSTEM_CALL_VECTOR,
        );
    }
}

#[cfg(not(target_os = "none"))]
mod unit {
    pub(super) extern "C" fn hold(_first: u32, _found: &mut [u32; 8]) {}
}
