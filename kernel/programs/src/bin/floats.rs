//! Keeps numbers in all x87 registers while other tasks use the unit, and logs
//! when they are not what they were. For tests of the debugger.
//!
//! Argument: the number in ST(0) (100); each register has one more than the
//! one before it.
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

    /// Between `floats_held` and `floats_released`, the registers hold what
    /// they should, and `first` is at ESP + 16.
    #[unsafe(naked)]
    pub(super) extern "C" fn hold(first: u32, found: &mut [u32; 8]) {
        naked_asm!(
            "push ebx",
            "push esi",
            "push edi",
            "fninit",
            "mov ecx, [esp + 16]",
            "lea eax, [ecx + 8]",
            "2:",
            "dec eax",
            "push eax",
            "fild dword ptr [esp]",
            "pop eax",
            "cmp eax, ecx",
            "jne 2b",
            "mov esi, {rounds}",
            ".global floats_held",
            "floats_held:",
            "mov eax, {give_way}",
            "int {vector}",
            ".global floats_back",
            "floats_back:", // as a rule, another task is the owner
            "fnop", // makes this task the owner of the unit
            "dec esi",
            "jnz floats_held",
            ".global floats_released",
            "floats_released:",
            "mov edi, [esp + 20]",
            "mov ecx, 8",
            "3:",
            "fistp dword ptr [edi]",
            "add edi, 4",
            "dec ecx",
            "jnz 3b",
            "pop edi",
            "pop esi",
            "pop ebx",
            "ret",
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
