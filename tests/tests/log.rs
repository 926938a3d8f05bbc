//! The log: every line of the console, even after the kernel has died.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::host::process::ends_within;
use tests::machine::{Machine, Setup};

const LIMIT: Duration = Duration::from_secs(60);

/// The texts of the log, whose numbers must have no gaps and whose ticks
/// must not go back.
fn texts(machine: &Machine) -> Vec<String> {
    let answer = host_cli::json(machine.endpoint(), &["log"]);
    let mut tick = 0;
    let mut texts = Vec::new();
    for (number, row) in (0_u64..).zip(answer.rows("log")) {
        assert_eq!(row["number"].as_u64(), Some(number), "{}", answer.json);
        let then = row["tick"].as_u64().expect("a tick is a number");
        assert!(then >= tick, "{row} after tick {tick}");
        tick = then;
        texts.push(row["text"].as_str().expect("it is text").to_owned());
    }
    texts
}

/// The console's lines, without an incomplete last one.
fn lines(machine: &Machine) -> Vec<String> {
    let console = machine.console();
    let whole = console.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(str::to_owned).collect()
}

/// Asserts that the log of a system that has stopped is what its console
/// says. The stop may have cut the last line short on one of them.
fn assert_same(texts: &[String], machine: &Machine) {
    let lines = lines(machine);
    let common = texts.len().min(lines.len());
    assert_eq!(texts[..common], lines[..common]);
    assert!(texts.len().abs_diff(lines.len()) <= 1, "{texts:?} {lines:?}");
}

/// Leaves the system stopped by a debugger that went away, where no task is
/// in the middle of a line.
fn stop(machine: &Machine) {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("break kernel::system_call::dispatch");
    let stop = gdb.command("continue");
    assert!(stop.contains("hit Breakpoint 1"), "{stop}");
    gdb.crash();
}

#[test]
fn it_holds_the_lines_of_the_console_in_their_order() {
    // An unknown word is reported before memory is set up.
    let machine = Setup::demo().word("demo=null").word("colour=blue").boot();
    machine.wait_for_line("killed: process ", LIMIT);
    stop(&machine);
    let texts = texts(&machine);
    assert!(texts.len() > 10, "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("colour=blue")));
    assert_same(&texts, &machine);
}

#[test]
fn it_survives_a_fault_of_the_kernel() {
    let machine = Setup::demo().boot();
    let before = texts(&machine);
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("break kernel::process::mailbox::send");
    let stop = gdb.command("continue");
    assert!(stop.contains("Breakpoint 1, kernel::process"), "{stop}");
    gdb.command("delete");
    gdb.command("set $eip = 0");
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert!(stop.contains("0x00000000 in "), "{stop}");
    let info_of = |machine: &Machine| {
        let answer = host_cli::json(machine.endpoint(), &["info"]);
        (answer.json["running"].clone(), answer.json["stop"].clone())
    };
    gdb.crash();
    let (running, stop) = info_of(&machine);
    assert_eq!(running, false, "{stop}");
    let after = texts(&machine);
    assert_eq!(after[..before.len()], before, "{stop}");
    assert_same(&after, &machine);
}

#[test]
fn it_tells_of_the_fault_that_ended_the_kernel() {
    let machine = Setup::demo().boot();
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("break kernel::process::mailbox::send");
    let stop = gdb.command("continue");
    assert!(stop.contains("Breakpoint 1, kernel::process"), "{stop}");
    gdb.command("delete");
    gdb.command("set $eip = 0");
    // gdb continues and leaves: no debugger is there to see the fault.
    gdb.command("detach");
    drop(gdb);
    let stopped = "stopped: attach a debugger";
    machine.wait_for_line(stopped, LIMIT);
    let texts = texts(&machine);
    assert_same(&texts, &machine);
    let last = texts.last().expect("there are lines");
    assert!(last.starts_with(stopped), "{last}");
}

/// A host-cli that follows the log, which is killed when it is dropped.
struct Follower {
    child: Child,
    said: std::path::PathBuf,
}

impl Follower {
    fn start(machine: &Machine, scratch: &Path) -> Self {
        let said = scratch.join("said");
        let file = File::create(&said).expect("a file can be made");
        let child = Command::new(artifacts::directory().join("host-cli"))
            .env_remove("HOST_CLI_TARGET")
            .env_remove("HOST_CLI_IMAGE")
            .args(["-t", &machine.endpoint().to_string()])
            .args(["log", "--follow"])
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(Stdio::null())
            .spawn()
            .expect("host-cli was built");
        Self { child, said }
    }

    /// The texts that it has printed; each line is a tick and a text, or
    /// the rest of the one before it.
    fn texts(&self) -> Vec<String> {
        let said = fs::read_to_string(&self.said).expect("it is text");
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mut texts: Vec<String> = Vec::new();
        for line in whole.lines() {
            let (tick, text) = line.split_at(10);
            match texts.last_mut() {
                Some(last) if tick.trim().is_empty() => {
                    *last = format!("{last} {text}");
                }
                _ => texts.push(text.to_owned()),
            }
        }
        texts
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It may have exited by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn following_it_prints_what_comes_until_ctrl_c() {
    // A guardian keeps printing that all is well.
    let modules = ["sleeper", "guardian 1"];
    let machine = Setup::demo().modules(&modules).boot();
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let mut follower = Follower::start(&machine, scratch.path());
    let old = lines(&machine);
    wait_until("the lines that there were", LIMIT, || {
        follower.texts().starts_with(&old)
    });
    let known = lines(&machine).len();
    for more in 1..=3 {
        wait_until("new lines on the console", LIMIT, || {
            lines(&machine).len() >= known + more
        });
        let new = lines(&machine);
        wait_until("the new lines in the log", LIMIT, || {
            follower.texts().starts_with(&new)
        });
    }
    let pid = Pid::from_child(&follower.child);
    kill_process(pid, Signal::INT).expect("our own child can be signalled");
    assert!(ends_within(&mut follower.child, LIMIT), "it ends at Ctrl-C");
    let status = follower.child.wait().expect("it is our own child");
    assert_eq!(status.code(), Some(130));
    // Nothing twice, nothing left out.
    let said = follower.texts();
    wait_until("the console to have as much", LIMIT, || {
        lines(&machine).len() >= said.len()
    });
    assert_eq!(said, lines(&machine)[..said.len()]);
    // The line is free for other clients.
    let texts = texts(&machine);
    assert!(texts.len() >= said.len(), "{texts:?}");
}
