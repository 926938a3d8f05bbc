//! `./x run` keeps its promises to the tools that rely on it.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tests::artifacts;
use tests::clients::host_cli;
use tests::host::process;

/// Long enough to build and boot.
const READY_LIMIT: Duration = Duration::from_secs(300);

/// `./x run` in the foreground of a terminal of its own.
struct Run {
    child: Child,
    output: mpsc::Receiver<String>,
}

impl Run {
    fn start(arguments: &[&str]) -> Self {
        // The time of a build must not count against the boot.
        artifacts::directory();
        let mut child = artifacts::x()
            .arg("run")
            .args(arguments)
            .env("CARGO_TERM_QUIET", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("./x can be started");
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            let mut line = String::new();
            let _ = reader.read_line(&mut line);
            let _ = sender.send(line);
            let mut rest = String::new();
            let _ = reader.read_to_string(&mut rest);
            let _ = sender.send(rest);
        });
        Self { child, output }
    }

    /// Returns TARGET of the line `ready TARGET`.
    fn target(&self) -> String {
        let line = self.output.recv_timeout(READY_LIMIT);
        let line = line.expect("`./x run` says something in time");
        let target = line.strip_prefix("ready ").map(str::trim_end);
        target.unwrap_or_else(|| panic!("not ready: {line:?}")).to_owned()
    }

    /// Sends SIGTERM and returns what was printed after the first line.
    fn end(&mut self) -> String {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).expect("it can be signalled");
        let limit = Duration::from_secs(20);
        assert!(process::ends_within(&mut self.child, limit), "it ends");
        self.output.recv_timeout(limit).expect("its output ends")
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // A failed test must not leave a machine running.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

fn assert_answers(target: &str) {
    let ended = host_cli::run(&["-t", target, "threads"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn it_prints_one_line_and_ends_its_machine_on_sigterm() {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let path = |name| scratch.path().join(name).display().to_string();
    let serial = format!("unix:{}", path("serial"));
    let monitor = format!("unix:{}", path("monitor"));
    let mut run = Run::start(&[
        "--serial",
        &serial,
        "--monitor",
        &monitor,
        "--memory",
        "32",
    ]);
    assert_eq!(run.target(), serial);
    assert_answers(&serial);
    assert!(monitor_says(Path::new(&path("monitor")), "QEMU"));

    assert_eq!(run.end(), "", "nothing but the one line");
    let gone = UnixStream::connect(path("monitor"));
    assert!(gone.is_err(), "the machine has ended");
}

/// Returns whether the human monitor at `socket` greets with `word`.
fn monitor_says(socket: &Path, word: &str) -> bool {
    let mut stream = UnixStream::connect(socket).expect("it listens");
    let limit = Some(Duration::from_secs(20));
    stream.set_read_timeout(limit).expect("a limit can be set");
    let mut greeting = String::new();
    let mut chunk = [0; 64];
    while !greeting.contains("(qemu)") {
        let read = stream.read(&mut chunk).expect("it greets in time");
        assert_ne!(read, 0, "the monitor has closed after {greeting:?}");
        greeting += &String::from_utf8_lossy(&chunk[..read]);
    }
    greeting.contains(word)
}

#[test]
fn its_target_may_be_a_socket_of_its_own_a_port_or_a_terminal() {
    let port = free_port();
    let tcp = format!("tcp:127.0.0.1:{port}");
    let mut run = Run::start(&["--serial", &tcp]);
    assert_eq!(run.target(), tcp);
    assert_answers(&tcp);
    run.end();

    for (arguments, kind) in
        [(&["--serial", "pty"][..], "pty:"), (&[], "unix:")]
    {
        let mut run = Run::start(arguments);
        let target = run.target();
        assert!(target.starts_with(kind), "{target}");
        assert_answers(&target);
        run.end();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0");
    let address = listener.and_then(|listener| listener.local_addr());
    address.expect("a port is free").port()
}

#[test]
fn with_wait_it_is_ready_when_the_stub_waits() {
    let mut run = Run::start(&["--append", "wait"]);
    let target = run.target();
    let ended = host_cli::run(&["-t", &target, "--json", "info"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("\"running\": false"), "{ended:?}");
    run.end();
}

#[test]
fn what_it_does_not_know_is_refused() {
    for arguments in [
        &["--serial", "semaphore:hill"][..],
        &["--colour", "blue"],
        &["--bochs", "--monitor", "unix:/tmp/monitor"],
        &["--bochs", "--serial", "unix:/tmp/serial"],
        &["--memory"],
    ] {
        let limit = Duration::from_secs(300);
        let ended =
            process::run(artifacts::x().arg("run").args(arguments), limit);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(ended.stdout, "", "{ended:?}");
        let last = ended.stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with("x: "), "{ended:?}");
    }
}

#[test]
fn it_boots_an_image_with_the_words_it_is_given() {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let serial = format!("unix:{}/serial", scratch.path().display());
    let words = "demo=full wait";
    let mut run =
        Run::start(&["--iso", "--serial", &serial, "--append", words]);
    assert_eq!(run.target(), serial);
    let ended = host_cli::run(&["-t", &serial, "--json", "info"]);
    assert!(ended.stdout.contains("\"running\": false"), "{ended:?}");
    assert_eq!(run.end(), "");
    assert!(UnixStream::connect(&serial[5..]).is_err(), "it has ended");
}

#[test]
fn bochs_is_reached_at_a_port_or_a_terminal() {
    let port = free_port();
    let tcp = format!("tcp:127.0.0.1:{port}");
    let mut run =
        Run::start(&["--bochs", "--serial", &tcp, "--append", "wait"]);
    assert_eq!(run.target(), tcp);
    // One client after another.
    for _ in 0..2 {
        assert_answers(&tcp);
    }
    assert_eq!(run.end(), "");
    let gone = std::net::TcpStream::connect(&tcp[4..]);
    assert!(gone.is_err(), "all of it has ended");

    let mut run = Run::start(&["--bochs"]);
    let target = run.target();
    assert!(target.starts_with("pty:"), "{target}");
    for _ in 0..2 {
        assert_answers(&target);
    }
    run.end();
}

#[test]
fn an_image_is_made_for_people_to_boot() {
    let ended = process::run(artifacts::x().arg("iso"), READY_LIMIT);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let path = ended.stdout.lines().last().expect("it names one");
    let image = std::fs::read(path).expect("it is there");
    // ISO 9660: the first volume descriptor is in sector 16.
    assert_eq!(image.get(0x8001..0x8006), Some(&b"CD001"[..]), "{path}");

    // The menu's first entry starts by itself.
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let serial = format!("unix:{}/serial", scratch.path().display());
    let mut machine = Command::new("qemu-system-i386")
        .args(["-accel", "tcg", "-display", "none", "-nodefaults"])
        .args(["-vga", "std", "-m", "64", "-cdrom", path])
        .args(["-serial", &format!("{serial},server=on,wait=off")])
        .stdin(Stdio::null())
        .spawn()
        .expect("qemu-system-i386 is installed");
    let started = Instant::now();
    let mut said = String::new();
    while !said.contains("workers") && started.elapsed() < READY_LIMIT {
        let ask = ["-t", &*serial, "--timeout", "1000", "processes"];
        said = host_cli::run(&ask).stdout;
    }
    let killed = machine.kill().and_then(|()| machine.wait());
    killed.expect("our own child can be killed");
    assert!(said.contains("workers"), "the demo system runs: {said:?}");
}

#[test]
fn it_is_ready_wherever_the_kernel_prints() {
    for words in ["console=vga", "console=com1", "console=vga wait"] {
        let mut run = Run::start(&["--append", words]);
        assert_answers(&run.target());
        run.end();
    }
}

/// A pipe that closes early ends the shell by a signal, which runs no trap but
/// its own.
#[test]
fn a_tour_that_nobody_reads_to_its_end_leaves_nothing() {
    artifacts::directory();
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "\"$0\" demo | head -n 1"])
        .arg(artifacts::x().get_program());
    shell.env("TMPDIR", scratch.path());
    let ended = process::run(&mut shell, READY_LIMIT);
    assert!(ended.stdout.starts_with("The demo system runs at "), "{ended:?}");

    let mut left = scratch.path().read_dir().expect("it is still there");
    assert!(left.next().is_none(), "files are left");
    let ours = scratch.path().as_os_str().as_encoded_bytes();
    let runs = std::fs::read_dir("/proc").expect("it is Linux").flatten();
    for process in runs {
        let line = std::fs::read(process.path().join("cmdline"));
        let line = line.unwrap_or_default();
        let is_ours = line.windows(ours.len()).any(|part| part == ours);
        assert!(!is_ours, "{}", String::from_utf8_lossy(&line));
    }
}
