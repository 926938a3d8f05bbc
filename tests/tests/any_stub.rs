//! Any kernel behind any stub: one of another shape, behind QEMU's own, and
//! ours behind QEMU's own; the witness is QEMU's monitor.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tests::clients::host_cli::{self, address};
use tests::host::deadline::wait_until;
use tests::host::process;
use tests::line::Endpoint;
use tests::machine::Setup;
use tests::machine::monitor::Monitor;
use tests::scenes::outside::Outside;
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// A machine that runs the foreign kernel.
struct Foreign {
    qemu: Child,
    monitor: Monitor,
    directory: TempDir,
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// Builds the foreign kernel.
fn image(directory: &Path, pse: bool, wp: bool) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign/kernel.s");
    let (object, image) =
        (directory.join("kernel.o"), directory.join("kernel"));
    let mut assemble = Command::new("as");
    assemble.arg("--32");
    for (name, value) in [("PSE", pse), ("WP", wp)] {
        assemble.arg("--defsym").arg(format!("{name}={}", u8::from(value)));
    }
    assemble.arg(source).arg("-o").arg(&object);
    let mut link = Command::new("ld");
    link.args(["-m", "elf_i386", "-Ttext", "0x100000", "-o"]);
    link.arg(&image).arg(&object);
    for command in [&mut assemble, &mut link] {
        let ran = process::run(command, LIMIT);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    image
}

impl Foreign {
    fn boot(pse: bool, wp: bool) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let image = image(directory.path(), pse, wp);
        let of = |name: &str| directory.path().join(name);
        let listens = |name: &str| {
            format!("unix:{},server=on,wait=off", of(name).display())
        };
        let mut command = Command::new("qemu-system-i386");
        command.args(["-accel", "tcg", "-m", "16", "-display", "none"]);
        command.arg("-kernel").arg(image);
        command.arg("-qmp").arg(listens("qmp"));
        command.arg("-gdb").arg(listens("gdb"));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let qemu = command.spawn().expect("QEMU is installed");
        let mut monitor = Monitor::connect(&of("qmp"));
        wait_until("the foreign kernel", LIMIT, || {
            let said = monitor.command("info registers");
            said.contains("EBX=0000600d") && said.contains("CR3=00200000")
        });
        Self { qemu, monitor, directory }
    }

    fn stub(&self) -> Endpoint {
        Endpoint::Unix(self.directory.path().join("gdb"))
    }
}

/// A page: its frame, whether it may be written, and by ring 3.
type Pages = BTreeMap<u32, (u32, bool, bool)>;

/// Returns what host-cli says is mapped.
fn told(regions: &[Value]) -> Pages {
    let mut pages = Pages::new();
    for region in regions {
        let (start, first) =
            (address(&region["start"]), address(&region["physical"]));
        let count = region["pages"].as_u64().expect("a number") as u32;
        for page in 0..count {
            let rights = [&region["writable"], &region["user"]];
            let [writable, user] =
                rights.map(|right| right.as_bool().expect("a flag"));
            let frame = first + (page << 12);
            pages.insert(start + (page << 12), (frame, writable, user));
        }
    }
    pages
}

/// Returns what QEMU says is mapped: the rights by `info mem`, the frames by
/// `info tlb`.
fn of_qemu(monitor: &mut Monitor) -> Pages {
    let hex = |text: &str| {
        let digits = text.trim_end_matches(':');
        u64::from_str_radix(digits, 16).expect("digits")
    };
    let mut frames = BTreeMap::new();
    for line in monitor.command("info tlb").lines() {
        let mut words = line.split_whitespace();
        let (Some(page), Some(frame), Some(flags)) =
            (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let (page, frame) = (hex(page) as u32, hex(frame) as u32);
        let is_large = flags.as_bytes().get(2) == Some(&b'P');
        for offset in 0..if is_large { 1024 } else { 1 } {
            frames.insert(page + (offset << 12), frame + (offset << 12));
        }
    }
    let mut pages = Pages::new();
    for line in monitor.command("info mem").lines() {
        let mut words = line.split_whitespace();
        let (Some(range), _, Some(rights)) =
            (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let (from, to) = range.split_once('-').expect("a range");
        for page in hex(from) >> 12..hex(to) >> 12 {
            let page = (page << 12) as u32;
            let (user, writable) = (rights.contains('u'), rights.contains('w'));
            pages.insert(page, (frames[&page], writable, user));
        }
    }
    pages
}

#[test]
fn a_foreign_kernel_is_shown_as_qemu_shows_it() {
    for (pse, wp) in [(true, false), (false, false), (true, true)] {
        let mut machine = Foreign::boot(pse, wp);
        let stub = machine.stub();
        let expected = of_qemu(&mut machine.monitor);
        assert!(expected.len() > 500, "{} pages", expected.len());
        // Through the stub's own mode, and through the kernel's window.
        for option in [&[][..], &["--recursive-slot", "1023"]] {
            let asked = [&["regions"], option].concat();
            let answer = host_cli::json(&stub, &asked);
            let told = told(answer.rows("regions"));
            let differs = expected.iter().find(|(page, it)| {
                told.get(page).is_none_or(|other| other != *it)
            });
            assert_eq!(differs, None, "{asked:?}, PSE {pse}, WP {wp}");
            assert_eq!(told.len(), expected.len(), "{asked:?}");
        }
        let info = host_cli::json(&stub, &["info"]);
        assert_eq!(info.member("machine")["recursive_slot"], 1023);
        let status = machine.monitor.command("info status");
        assert!(status.contains("running"), "{status}");
    }
}

#[test]
fn memory_and_registers_of_a_foreign_kernel_are_what_qemu_says() {
    let mut machine = Foreign::boot(true, false);
    let stub = machine.stub();
    let registers = host_cli::json(&stub, &["regs"]);
    let registers = registers.member("registers");
    let said = machine.monitor.command("info registers");
    for (group, name) in [
        ("general", "eip"),
        ("general", "esp"),
        ("general", "ebx"),
        ("system", "cr0"),
        ("system", "cr3"),
        ("system", "cr4"),
    ] {
        let value = address(&registers[group][name]);
        let shown = format!("{}={value:08x}", name.to_uppercase());
        assert!(said.contains(&shown), "{shown} in {said}");
    }
    let read = host_cli::json(&stub, &["read", "0x300000", "4"]);
    let word = machine.monitor.word(0x0025_0000);
    let data = format!("{:08x}", word.swap_bytes());
    assert_eq!(read.member("read")["data"], data);
    let found = ["search", "0", "0xffffffff", "--text", "Hey!"];
    let found = host_cli::json(&stub, &found);
    // In its own code, whose immediate value it is.
    let at = address(&found.rows("found")[0]);
    assert!((0x0010_0000..0x0010_1000).contains(&at), "{at:#x}");
    let who = ["who", "0x250000", "--directory", "0x201000"];
    let who = host_cli::json(&stub, &who);
    let spaces: Vec<_> = who
        .rows("mappings")
        .iter()
        .map(|row| (address(&row["directory"]), address(&row["address"])))
        .collect();
    let both = [0x0020_0000, 0x0020_1000];
    let expected: Vec<_> = both
        .into_iter()
        .flat_map(|space| [(space, 0x0030_0000), (space, 0xC025_0000)])
        .collect();
    assert_eq!(spaces, expected);
    let direct = ["translate", "0x300000", "--direct-map", "0xc0000000"];
    let walked = host_cli::json(&stub, &direct);
    assert_eq!(walked.member("translation")["physical"], "0x00250000");
}

/// Our own kernel says of itself what is computed from outside.
#[test]
fn both_ways_to_our_kernel_agree() {
    // One program that never rests: nothing changes, and it nearly always
    // runs. What else may run is the idle kernel, in a space of no task.
    let mut machine = Setup::demo().modules(&["busy"]).boot();
    machine.wait_for_line("ready: 1 program", LIMIT);
    let line = machine.endpoint().clone();
    let outside = Outside::of(&mut machine);
    let stub = Endpoint::Unix(outside.socket());
    let busy = ["regions", "--process", "2"];
    let expected = told(host_cli::json(&line, &busy).rows("regions"));
    wait_until("the task's space, seen from outside", LIMIT, || {
        let computed = host_cli::json(&stub, &["regions"]);
        told(computed.rows("regions")) == expected
    });
    for place in ["0xb000", "0x00100000", "0x02008020", "0x30000000"] {
        let seen = |target, task: &[&str]| {
            let asked = [&["translate", place], task].concat();
            let answer = host_cli::json(target, &asked);
            let mut walked = answer.json["translation"].clone();
            for ours in ["task", "process", "row"] {
                walked[ours] = Value::Null;
            }
            (answer.code, walked)
        };
        let inside = seen(&line, &["--process", "2"]);
        wait_until("the same walk from outside", LIMIT, || {
            seen(&stub, &[]) == inside
        });
    }
    let words = ["checksum", "0x100000", "8KiB"];
    let sums = [&line, &stub].map(|target| {
        host_cli::json(target, &words).member("checksum").clone()
    });
    assert_eq!(sums[0], sums[1]);
    ticks::wait_for(&mut machine, 1);
}
