//! How much of the kernel's image each feature of the stub takes, and what is
//! left without any.

use crate::artifacts;
use crate::measurements::stub_size::StubSize;
use std::fmt::Write;
use std::process::Command;

/// The stub's features, and what each is.
pub const FEATURES: [(&str, &str); 6] = [
    ("conditions", "conditions and commands of breakpoints, `dprintf`"),
    ("hardware", "breakpoints and watchpoints in debug registers"),
    ("live", "host-cli's queries"),
    ("monitor", "gdb's `monitor`"),
    ("search", "`find`, `compare-sections`"),
    ("tables", "`info os`; tables of `monitor` and host-cli"),
];

/// Returns every feature but `left_out`, as cargo wants them.
#[must_use]
pub fn all_but(left_out: &str) -> String {
    let names = FEATURES.iter().map(|(name, _)| *name);
    let names: Vec<_> = names.filter(|name| *name != left_out).collect();
    names.join(",")
}

/// Returns the page about it. Builds the kernel once for each feature.
///
/// # Panics
///
/// Panics if the kernel cannot be built.
#[must_use]
pub fn page() -> String {
    let mut page = String::new();
    write(&mut page).expect("a string takes all");
    page
}

fn write(page: &mut String) -> std::fmt::Result {
    let all = built_with(&all_but(""));
    let none = built_with("");
    let difference = |more: u64, less: u64| more as i64 - less as i64;
    writeln!(page, "# What each feature of the stub takes\n")?;
    writeln!(page, "Printed by building the kernel without each:\n")?;
    writeln!(page, "    cargo run -q -p tests --example stub_features\n")?;
    writeln!(page, "Text is counted as in [stub-size.md](stub-size.md). A")?;
    writeln!(page, "row says how much less there is without the feature;")?;
    writeln!(page, "what several share goes with the last of them.\n")?;
    writeln!(page, "| feature | what it is | text | memory |")?;
    writeln!(page, "|---|---|---|---|")?;
    for (name, what) in FEATURES {
        let without = built_with(&all_but(name));
        let (text, memory) = (
            difference(all.text_bytes().into(), without.text_bytes().into()),
            difference(all.session_bytes(), without.session_bytes()),
        );
        writeln!(page, "| `{name}` | {what} | {text} | {memory} |")?;
    }
    for (size, what) in [(&all, "all of them"), (&none, "none of them")] {
        let (text, memory) = (size.text_bytes(), size.session_bytes());
        writeln!(page, "| | the stub with {what} | {text} | {memory} |")?;
    }
    writeln!(page, "\nThe smallest, by crate:\n")?;
    writeln!(page, "| crate | bytes |\n|---|---|")?;
    for (name, bytes) in &none.text {
        writeln!(page, "| `{name}` | {bytes} |")?;
    }
    writeln!(page, "\n24 KiB are wanted. What is above that is gdbstub's")?;
    writeln!(page, "state machine: most of it is counted as the stub's,")?;
    writeln!(page, "into whose `Exchange::gdbstub` it is inlined.")
}

/// Builds the kernel with these features of the stub, in a folder of its
/// own, and measures it.
fn built_with(features: &str) -> StubSize {
    let root = artifacts::root();
    let target = root.join("target/stub-features");
    let status = Command::new("cargo")
        .current_dir(root.join("kernel"))
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["build", "-q", "--profile", "kernel", "-p", "kernel"])
        .args(["--no-default-features", "--features", features])
        .arg("--target-dir")
        .arg(&target)
        .status();
    assert!(status.is_ok_and(|status| status.success()), "{features}");
    StubSize::of(&target.join("i686-kernel/kernel/kernel"))
}
