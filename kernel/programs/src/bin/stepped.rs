//! Loops over a few instructions that are hard to single-step, each with a
//! symbol: `step_0` and so on. For tests of the debugger.
#![cfg_attr(target_os = "none", no_std, no_main)]

programs::program!(main);

#[inline(never)]
fn main() {
    loop {
        round::go();
    }
}

#[cfg(target_os = "none")]
mod round {
    use abi::{Call, SYSTEM_CALL_VECTOR};
    use core::arch::naked_asm;

    /// How long the blocking call blocks.
    const SLEEP_MS: u32 = 50;

    /// What `popf` loads: only the bit that is always set, and IF.
    const EFLAGS: u32 = 0x202;

    /// Executes one instruction of each kind.
    #[unsafe(naked)]
    pub(super) extern "C" fn go() {
        naked_asm!(
            "push ebx",
            "push esi",
            "push edi",
            "sub esp, 16",
            ".global step_0",
            "step_0: pushfd",
            "step_1: pop edx", // must not have TF
            "step_2: pushfw",
            "step_3: pop dx",
            "step_4: push {eflags}",
            "step_5: popfd",
            "step_6: mov eax, {give_way}",
            "step_7: int {vector}",
            "step_8: mov eax, {sleep}",
            "step_9: mov ebx, {sleep_ms}",
            "step_10: int {vector}",
            "step_11: mov ebx, ss",
            "step_12: mov ss, ebx", // shadows the next one
            "nop",
            "step_13: mov esi, esp",
            "step_14: lea edi, [esp + 8]",
            "step_15: mov ecx, 3",
            "step_16: rep movsb",
            "step_17: cld",
            "step_18: pause",
            "step_19: .byte 0x2E, 0xF3, 0x90", // the same, with a prefix
            "step_20: add esp, 16",
            "pop edi",
            "pop esi",
            "pop ebx",
            "ret",
            eflags = const EFLAGS,
            give_way = const Call::Yield as u32,
            sleep = const Call::Sleep as u32,
            sleep_ms = const SLEEP_MS,
            vector = const SYSTEM_CALL_VECTOR,
        );
    }
}

#[cfg(not(target_os = "none"))]
mod round {
    pub(super) fn go() {
        panic!("no processor to step")
    }
}
