//! What a debugger may do, what happens to a system whose debugger has
//! vanished, and what stops a system: `docs/link.md`, in QEMU.
//!
//! QEMU's UART always reports DCD and DSR as up if its line is a socket, so
//! only fakes can show that a falling signal means a loss.

use host_cli::client::{Client, Reply};
use host_cli::link::{self, Address, Interrupt};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli as cli;
use tests::clients::lldb::Lldb;
use tests::clients::rsp::Rsp;
use tests::host::deadline::wait_until;
use tests::line::Endpoint;
use tests::machine::{Machine, Serial, Setup, Stopwatch};
use tests::scenes::attached;
use tests::scenes::text;
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// A busy host takes long to count a second's instructions.
const LONG_LIMIT: Duration = Duration::from_secs(600);

/// Longer than any test takes.
const FOR_EVER_MS: u16 = u16::MAX;

/// Returns a host-cli client of the test's own.
fn client(machine: &Machine) -> Client {
    let address: Address = machine.endpoint().to_string().parse().expect("one");
    let interrupt = Interrupt::default();
    let line = link::open(&address, LIMIT, &interrupt);
    let line = line.unwrap_or_else(|error| panic!("no line: {error}"));
    Client::new(line, address.baud(), LIMIT, interrupt)
}

/// Announces heartbeats.
fn promise(machine: &Machine, every_ms: u16) -> Reply {
    let query = wire::query::Query::Heartbeat { every_ms };
    client(machine).ask(query).unwrap_or_else(|error| panic!("{error}"))
}

/// Stops the system by a gdb with a breakpoint in memory, and kills gdb.
fn gdb_is_killed(machine: &mut Machine) {
    let place = Image::open(&artifacts::kernel()).address("switch_stacks");
    let before = machine.monitor.word(place);
    let mut gdb = attached(machine);
    gdb.command("set breakpoint always-inserted on");
    gdb.command("break *switch_stacks");
    let planted = before & !0xFF | 0xCC;
    assert_eq!(machine.monitor.word(place), planted, "{gdb:?}");
    gdb.crash();
}

#[test]
fn a_system_goes_on_when_its_debugger_has_missed_three_heartbeats() {
    const EVERY_MS: u16 = 100;
    let setup = Setup::demo().word("on-loss=continue");
    let mut machine = setup.counting_instructions().boot();
    gdb_is_killed(&mut machine);
    // gdb has announced no heartbeats, so it does not count as gone.
    let stopped_at = ticks::now(&mut machine);
    let reply = promise(&machine, FOR_EVER_MS);
    assert!(!reply.head.running);
    assert_eq!(ticks::now(&mut machine), stopped_at);
    let mut promised = Stopwatch::start(&mut machine.monitor);
    promise(&machine, EVERY_MS);
    let mut seconds = 0.0;
    wait_until("the system to go on", LONG_LIMIT, || {
        let goes_on = ticks::now(&mut machine) != stopped_at;
        seconds = promised.seconds(&mut machine.monitor);
        goes_on
    });
    let least = 3.0 * f64::from(EVERY_MS) / 1000.0;
    println!("it went on after {seconds:.3} s, not before {least:.3} s");
    assert!(seconds > least * 0.99, "{seconds}");
    text::assert_untouched(&mut machine);
    let info = cli::json(machine.endpoint(), &["info"]);
    assert_eq!(info.json["running"], true, "{}", info.json);
    // Nor is the next debugger, and it finds no breakpoint.
    let mut gdb = attached(&machine);
    assert!(gdb.command("x/i $eip").contains("=>"), "{gdb:?}");
    gdb.command("detach");
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn a_system_waits_for_the_next_debugger_unless_told_otherwise() {
    let mut machine = Setup::demo().boot();
    gdb_is_killed(&mut machine);
    let stopped_at = ticks::now(&mut machine);
    promise(&machine, 10);
    // Many times three heartbeats.
    let waited = ticks::count(&mut machine, |seconds| seconds < 1.0);
    assert_eq!(waited.ticks, 0, "{waited:?}");
    let reply = promise(&machine, 0);
    assert!(!reply.head.running);
    assert_eq!(ticks::now(&mut machine), stopped_at);
    attached(&machine).command("detach");
    text::assert_untouched(&mut machine);
}

#[test]
fn who_may_only_look_stops_nothing_and_changes_nothing() {
    let mut machine = Setup::demo().word("debug-access=inspect").boot();
    let kernel = Image::open(&artifacts::kernel());
    let place = kernel.address("switch_stacks");
    let mut rsp = Rsp::connect(machine.endpoint());
    assert!(rsp.ask("qSupported:swbreak+").contains("PacketSize="));
    let write = format!("M{place:x},1:cc");
    let set = format!("Z0,{place:x},1");
    for refused in [
        "?",
        "g",
        "p8",
        "P8=00000000",
        &write,
        &set,
        "Z2,b000,4",
        "c",
        "s",
        "vCont;c",
        "k",
        "qRcmd,7265736574",
    ] {
        let reply = rsp.ask(refused);
        assert!(reply.starts_with("E."), "{refused}: {reply}");
        assert!(reply.contains("host-cli"), "{refused}: {reply}");
    }
    ticks::wait_for(&mut machine, 1);
    assert!(rsp.ask("qfThreadInfo").starts_with('m'));
    assert!(rsp.ask("qC").starts_with("QC"));
    assert_eq!(rsp.word(place), machine.monitor.word(place));
    rsp.interrupt();
    machine.monitor.command("chardev-send-break serial0");
    assert_eq!(rsp.ask("D"), "OK");
    drop(rsp);
    text::assert_untouched(&mut machine);
    let threads = cli::json(machine.endpoint(), &["threads"]);
    assert_eq!(threads.json["running"], true, "{}", threads.json);
    assert!(!threads.rows("threads").is_empty());
}

#[test]
fn gdb_and_lldb_hear_that_they_may_only_look_and_end_by_themselves() {
    let setup = Setup::demo().word("debug-access=inspect");
    let mut machine = setup.serial(Serial::Tcp).boot();
    let target = machine.endpoint().for_gdb();
    let mut gdb = Gdb::start(&artifacts::kernel());
    for kind in ["remote", "extended-remote"] {
        let said = gdb.command(&format!("target {kind} {target}"));
        let refusal = "E.debug-access=inspect: only host-cli may look here";
        assert!(said.contains(refusal), "{said}");
        // A stopped system would never be resumed.
        ticks::wait_for(&mut machine, 1);
        let said = gdb.command("info threads");
        assert!(said.contains("No threads"), "{said}");
    }
    let mut lldb = Lldb::start(&artifacts::kernel());
    let said = lldb.command(&format!("gdb-remote {target}"));
    assert!(said.contains("error: "), "{said}");
    assert!(said.contains("state was not stopped"), "{said}");
    ticks::wait_for(&mut machine, 1);
    drop((gdb, lldb));
    let threads = cli::json(machine.endpoint(), &["threads"]);
    assert_eq!(threads.json["running"], true, "{}", threads.json);
    text::assert_untouched(&mut machine);
}

/// Returns what host-cli counts on the line.
fn counted(machine: &Machine, what: &str) -> u64 {
    let info = cli::json(machine.endpoint(), &["info"]);
    assert_eq!(info.json["running"], true, "{}", info.json);
    info.member("link")[what].as_u64().expect("a count")
}

#[test]
fn a_break_and_ctrl_c_stop_the_system_for_a_debugger_and_for_nobody_else() {
    let mut machine = Setup::demo().boot();
    machine.monitor.command("chardev-send-break serial0");
    wait_until("the BREAK", LIMIT, || counted(&machine, "breaks") == 1);
    let noise = counted(&machine, "noise");
    let Endpoint::Unix(path) = machine.endpoint() else { panic!("a socket") };
    let mut line = UnixStream::connect(path).expect("QEMU listens");
    line.write_all(b"\x03\x03\x03").expect("QEMU takes it");
    drop(line);
    wait_until("Ctrl-C", LIMIT, || counted(&machine, "noise") >= noise + 3);
    ticks::wait_for(&mut machine, 1);

    let mut gdb = attached(&machine);
    for _ in 0..2 {
        gdb.send("continue");
        gdb.wait_until_continuing();
        ticks::wait_for(&mut machine, 1);
        machine.monitor.command("chardev-send-break serial0");
        let stop = gdb.answer();
        assert!(stop.contains("SIGINT"), "{stop}");
    }
    gdb.command("detach");
    machine.monitor.command("chardev-send-break serial0");
    wait_until("the BREAK", LIMIT, || counted(&machine, "breaks") == 4);
    text::assert_untouched(&mut machine);
}
