//! `./x` on a system that lacks something: it names everything at once and
//! removes nothing, whoever calls it. The system is a folder of programs that
//! answer as Debian's or Ubuntu's do.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tests::artifacts;
use tests::host::process::{self, Ended};

const LIMIT: Duration = Duration::from_secs(60);
/// What `./x` itself needs of a system; all of it is essential in Debian.
const ESSENTIAL: [&str; 11] = [
    "cat", "cut", "dirname", "env", "grep", "ls", "mktemp", "rm", "sed",
    "sort", "tr",
];
/// `apt-cache` on Debian, which has a new Rust beside its own.
const DEBIAN: &str = "case $1 in
    madison) echo 'gcc | 12' ;;
    policy) echo '  Candidate: 1.96.0+dfsg1-1~deb12u2' ;;
    esac";
/// On Ubuntu, which has several by version.
const UBUNTU: &str = "case $1 in
    madison) echo 'gcc | 13' ;;
    policy) ;;
    search) echo 'rustc-1.75 - old'; echo 'rustc-1.97 - Rust'
        echo 'rustc-1.91 - Rust' ;;
    esac";
/// On a system whose newest Rust is too old.
const OLD: &str = "case $1 in
    madison) echo 'gcc | 12' ;;
    policy) echo '  Candidate: 1.85.0' ;;
    esac";

/// A system with nothing but what is essential, and these programs.
struct System {
    bin: TempDir,
}

impl System {
    fn new(apt_cache: &str, user: u32) -> Self {
        let bin = tempfile::tempdir().expect("a directory can be made");
        let system = Self { bin };
        for name in ESSENTIAL {
            let there = Path::new("/usr/bin").join(name);
            symlink(there, system.path(name)).expect("it can be linked");
        }
        system.program("apt-cache", apt_cache);
        system.program("id", &format!("echo {user}"));
        let log = system.path("apt-get.log");
        // It installs nothing, so that `./x` ends where it would begin.
        let apt_get = format!("echo \"$*\" >>{}; exit 100", log.display());
        system.program("apt-get", &apt_get);
        if host_has_rust() {
            // `./x` would put the host's /usr/bin, with all that is there,
            // before this system's programs.
            system.install_rust();
        }
        system
    }

    /// Installs a Rust that is new enough, with its source.
    fn install_rust(&self) {
        let sysroot = self.path("sysroot");
        let source = sysroot.join("lib/rustlib/src/rust/library");
        fs::create_dir_all(&source).expect("folders can be made");
        fs::write(source.join("Cargo.lock"), "").expect("a file");
        self.program("cargo", "exit 1");
        let rustc = format!(
            "case $1 in
            --version) echo 'rustc 1.97.0 (abcdef012 2026-07-01)' ;;
            --print) echo {} ;;
            esac",
            sysroot.display()
        );
        self.program("rustc", &rustc);
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.bin.path().join(name)
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        let may_run = fs::Permissions::from_mode(0o755);
        fs::set_permissions(path, may_run).expect("our own file");
    }

    /// Runs `./x` to its end.
    fn run(&self, words: &[&str]) -> Ended {
        let mut command = Command::new("/bin/sh");
        command.arg(artifacts::root().join("x")).args(words);
        command.env_clear().env("PATH", self.bin.path());
        process::run(&mut command, LIMIT)
    }

    /// Runs `./x`, which fails, and returns its last sentence.
    fn x(&self, words: &[&str]) -> String {
        let Ended { code, stderr, .. } = self.run(words);
        assert_eq!(code, Some(1), "{stderr}");
        let last = stderr.lines().last().unwrap_or_default();
        last.strip_prefix("x: ").unwrap_or_else(|| panic!("{stderr}")).into()
    }

    /// What `apt-get` was asked to do.
    fn asked(&self) -> String {
        fs::read_to_string(self.path("apt-get.log")).unwrap_or_default()
    }
}

/// `./x` may find a Rust of the host's in /usr/bin: then it misses none.
fn host_has_rust() -> bool {
    Path::new("/usr/bin/cargo").exists()
        || fs::read_dir("/usr/lib").is_ok_and(|mut all| {
            all.any(|it| {
                it.is_ok_and(|it| {
                    it.file_name().to_string_lossy().starts_with("rust-1.")
                })
            })
        })
}

#[test]
fn who_is_not_root_is_told_all_that_is_missing_and_what_to_type() {
    let system = System::new(DEBIAN, 1000);
    for (words, packages) in [
        (&["demo"][..], "gdb qemu-system-x86 gcc libc6-dev binutils"),
        (&["run"], "qemu-system-x86 gcc libc6-dev binutils"),
        (
            &["test"],
            "gdb qemu-system-x86 lldb grub-common grub-pc-bin xorriso mtools \
             bochs bochs-term seabios vgabios socat gcc libc6-dev binutils",
        ),
    ] {
        let said = system.x(words);
        // What the host has at an absolute path is not missing.
        for package in packages.split(' ') {
            let file = match package {
                "grub-pc-bin" => "/usr/lib/grub/i386-pc",
                "seabios" => "/usr/share/seabios/bios.bin",
                "vgabios" => "/usr/share/vgabios/vgabios.bin",
                _ => "",
            };
            let there = !file.is_empty() && Path::new(file).exists();
            let words = said.split([' ', ';']);
            let named = words.filter(|word| *word == package).count();
            assert!(named == if there { 0 } else { 2 }, "{package}: {said}");
        }
        let command = "; run: sudo apt-get install -y --no-remove ";
        assert!(said.contains(command), "{said}");
        if !host_has_rust() {
            assert!(
                said.ends_with("rustc-web cargo-web rust-web-src"),
                "{said}"
            );
        }
    }
    assert_eq!(system.asked(), "", "nothing is installed");
}

#[test]
fn root_installs_it_in_one_go_and_removes_nothing() {
    let system = System::new(DEBIAN, 0);
    let said = system.x(&["demo"]);
    assert!(said.contains("could not install: gdb qemu-system-x86"), "{said}");
    assert!(said.contains("remove nothing"), "{said}");
    let asked = system.asked();
    let installs = asked.lines().filter(|it| it.starts_with("install "));
    for install in installs.clone() {
        assert!(install.contains(" --no-remove "), "{install}");
    }
    assert_eq!(installs.count(), 1, "{asked}");
}

#[test]
fn a_system_without_debians_rust_is_offered_what_it_has() {
    if host_has_rust() {
        return;
    }
    let said = System::new(UBUNTU, 1000).x(&["demo"]);
    let newest = "rustc-1.97 cargo-1.97 rust-1.97-src";
    assert!(said.ends_with(newest), "{said}");

    let said = System::new(OLD, 1000).x(&["demo"]);
    let rust = "run: rustup toolchain install stable --component rust-src; ";
    assert!(said.contains(rust), "{said}");
    let rest = "run: sudo apt-get install -y --no-remove \
                --no-install-recommends gdb qemu-system-x86";
    assert!(said.contains(rest), "{said}");
}

#[test]
fn a_users_own_rust_is_left_alone() {
    if host_has_rust() {
        return;
    }
    // Too old: it stays, and a packaged one goes ahead of it.
    let system = System::new(DEBIAN, 1000);
    system.program("cargo", "exit 1");
    system.program("rustc", "echo 'rustc 1.85.0 (4d91de4e4 2025-02-17)'");
    let log = system.path("rustup.log");
    system.program("rustup", &format!("echo \"$*\" >>{}", log.display()));
    let said = system.x(&["demo"]);
    assert!(said.contains("rustc-web"), "{said}");
    assert!(!log.exists(), "rustup was not asked for anything");

    // New enough: it lacks the library's source, which rustup can add.
    system.program("rustc", "echo 'rustc 1.97.0 (abcdef012 2026-07-01)'");
    system.x(&["demo"]);
    let asked = fs::read_to_string(&log).unwrap_or_default();
    assert!(asked.lines().all(|it| it == "component add rust-src"), "{asked}");
    assert!(!asked.is_empty());
}

#[test]
fn newer_debuggers_that_cannot_be_had_are_no_failure() {
    for user in [0, 1000] {
        let Ended { code, stdout, stderr } =
            System::new(DEBIAN, user).run(&["test", "newer"]);
        assert_eq!(code, Some(0), "{stderr}");
        let said = "x: newer debuggers are passed over: ";
        assert!(stdout.starts_with(said), "{stdout}{stderr}");
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
    }
}
