//! Hands the numbers of `abi` and `layout` to the linker script.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=link.ld");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os != "none") {
        return;
    }
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets this");
    for argument in [
        format!("--defsym=PROGRAM_BASE={:#x}", abi::PROGRAM_BASE),
        format!("--defsym=PAGE_BYTES={:#x}", layout::PAGE_BYTES),
        format!("--script={folder}/link.ld"),
    ] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}
