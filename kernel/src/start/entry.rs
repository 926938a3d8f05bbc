//! From the boot loader to Rust.
//!
//! Spec: Multiboot Specification 0.6.96, "OS image format" and "Machine
//! state".

use crate::cpu;
use crate::devices::vga;
use crate::machine::{boot, processor};
use crate::start;
use core::arch::global_asm;

const HEADER_MAGIC: u32 = 0x1BAD_B002;
/// What the loader leaves in EAX.
const LOADER_MAGIC: u32 = 0x2BAD_B002;
/// Modules on page boundaries, and a memory map.
const HEADER_FLAGS: u32 = 0b11;
const STACK_BYTES: usize = 64 * 1024;

// The loader enters with: protected mode, paging off, interrupts off, flat
// segments, EAX the loader's magic, EBX the boot information. ESP is not
// set. `boot_main` gets both as arguments and never returns.
global_asm!(
    ".section .multiboot, \"a\"",
    ".align 4",
    ".long {magic}, {flags}, -({magic} + {flags})",
    ".section .bss.boot_stack, \"aw\", @nobits",
    ".align 16",
    "boot_stack: .skip {stack_bytes}",
    ".text",
    ".global _start",
    "_start:",
    "cli",
    "cld",
    "mov esp, offset boot_stack + {stack_bytes}",
    "xor ebp, ebp",
    "push ebx",
    "push eax",
    "call {main}",
    magic = const HEADER_MAGIC,
    flags = const HEADER_FLAGS,
    stack_bytes = const STACK_BYTES,
    main = sym boot_main,
);

extern "C" fn boot_main(magic: u32, information: u32) -> ! {
    // Checked before the first instruction that a 386 lacks.
    if !processor::identify().suffices() {
        vga::Screen::new().put_all(b"Stormglass needs a 486 or better.");
        cpu::stop_forever()
    }
    let from_loader = magic == LOADER_MAGIC;
    boot::receive(from_loader.then_some(information));
    start::main(from_loader)
}
