//! Hands each program's range of addresses to the linker script, and asks for
//! build ids, by which debuggers know a program's file.

use layout::images::IMAGE_BYTES;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=link.ld");
    println!("cargo::rerun-if-changed=src/bin");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os != "none") {
        return;
    }
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets this");
    for argument in [
        format!("--defsym=IMAGE_BYTES={IMAGE_BYTES:#x}"),
        format!("--defsym=PAGE_BYTES={:#x}", layout::PAGE_BYTES),
        format!("--script={folder}/link.ld"),
        "--build-id=sha1".to_owned(),
        // No segment is shared by code and constants, and none is empty.
        "-zseparate-code".to_owned(),
        "-zmax-page-size=0x1000".to_owned(),
    ] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    for name in programs(&folder) {
        let start = abi::image_start(&name).unwrap_or_else(|| {
            panic!(
                "src/bin/{name}.rs has no range of addresses: \
                 add it to kernel/abi/src/images.rs"
            )
        });
        println!(
            "cargo::rustc-link-arg-bin={name}=--defsym=IMAGE_START={:#x}",
            start.0
        );
    }
}

fn programs(folder: &str) -> Vec<String> {
    let files = fs::read_dir(format!("{folder}/src/bin"));
    let files = files.expect("programs are there").flatten();
    let names = files.filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        Some(name.strip_suffix(".rs")?.to_owned())
    });
    names.collect()
}
