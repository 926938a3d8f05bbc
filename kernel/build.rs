//! Writes the linker script, so that its numbers come from `layout`.

use layout::regions::KERNEL;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return;
    }
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let script = out.join("kernel.ld");
    fs::write(&script, linker_script()).expect("cargo's folder is writable");
    println!("cargo::rustc-link-arg-bins=-T{}", script.display());
    println!("cargo::rustc-link-arg-bins=--build-id=sha1");
}

/// What the symbols of all that exception tasks run through contain.
const STUB_PATHS: &str = "stub debugger wire layout 4core \
    3log 12process_data uart 3crc 3x86 managed 8physical \
    13address_space 7records 6Change 5queue 5clock 10interrupts 11descriptors \
    5fault 10constraint 10debug_line 15debug_registers 12stop_request 7vectors 12entry_points exception_ent all_exception_stacks 9TrapFrame \
    reflection_address 7console 3vga current_task current_id can_grow 5Label \
    8log_ring 10frame_list 10from_bytes";

/// Text, read-only data and data on pages of their own, so that each has
/// its own rights. What the stub runs through stands together, so that it
/// can refuse a breakpoint that would stop itself. The image is identity
/// mapped: it is linked at the physical address where Multiboot puts it.
fn linker_script() -> String {
    format!(
        "ENTRY(_start)
PHDRS {{
    text PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
    note PT_NOTE FLAGS(4);
}}
SECTIONS {{
    . = {start:#x};
    .text : ALIGN(4K) {{
        KEEP(*(.multiboot))
        stub_start = .;
{stub}        *(.text.exception_tasks)
        *compiler_builtins*(.text .text.*)
        stub_end = .;
        *(.text .text.*)
        . = ALIGN(4K);
    }} :text
    kernel_text_end = .;
    .rodata : ALIGN(4K) {{ *(.rodata .rodata.*) }} :rodata
    .eh_frame : {{ KEEP(*(.eh_frame .eh_frame.*)) }} :rodata
    .note.gnu.build-id : {{
        build_id_start = .;
        KEEP(*(.note.gnu.build-id))
        build_id_end = .;
    }} :rodata :note
    . = ALIGN(4K);
    kernel_rodata_end = .;
    .data : ALIGN(4K) {{ *(.data .data.*) }} :data
    .bss : {{ *(.bss .bss.* COMMON) . = ALIGN(4K); }} :data
    kernel_end = .;
    ASSERT(kernel_end <= {last:#x} + 1, \"the kernel outgrew its row\")
    /DISCARD/ : {{ *(.comment) *(.note.GNU-stack) *(.eh_frame_hdr) }}
}}
",
        start = KERNEL.start.0,
        stub = STUB_PATHS
            .split(' ')
            .map(|path| format!("        *(.text.*{path}*)\n"))
            .collect::<String>(),
        last = KERNEL.last().0,
    )
}
