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

/// The crates, modules and functions that exception tasks may execute. The test
/// `stub_size` finds what is missing.
const STUB_PATHS: [&str; 30] = [
    "core",
    "crc",
    "gdbstub",
    "layout",
    "stub",
    "uart",
    "wire",
    "x86",
    "abi::process_data",
    "structures::change",
    "structures::eslof::node",
    "structures::log_ring",
    "structures::queue",
    "kernel::cpu",
    "kernel::debugger",
    "kernel::descriptors",
    "kernel::devices",
    "kernel::fault",
    "kernel::machine",
    "kernel::memory::address_space",
    "kernel::memory::bootstrap",
    "kernel::memory::frame_list",
    "kernel::memory::frame_records",
    "kernel::memory::label",
    "kernel::memory::physical",
    "kernel::process::stack::can_grow",
    "kernel::records",
    "kernel::schedule::constraint",
    "kernel::schedule::round_robin::interrupted_task",
    "kernel::trap::exception_entered",
];

/// Returns the part of a mangled symbol that stands for a path: each name
/// preceded by its length.
fn mangled(path: &str) -> String {
    path.split("::").map(|name| format!("{}{name}", name.len())).collect()
}

/// Text, read-only data and data are on pages of their own, so that each has
/// its own rights. What the stub executes is contiguous, so that the stub can
/// refuse a breakpoint that would stop itself. The image is identity-mapped: it
/// is linked at the physical address where Multiboot loads it.
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
            .iter()
            .map(|path| format!("        *(.text.*{}*)\n", mangled(path)))
            .collect::<String>(),
        last = KERNEL.last().0,
    )
}
