//! The stub reads its line whatever it does: while the system is stopped no
//! interrupt announces a byte, and a receiver holds only sixteen.

use serde_json::Value;
use std::thread;
use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::host_cli;
use tests::clients::packet::hex;
use tests::clients::rsp::Rsp;
use tests::line::multiplexer::Multiplexer;
use tests::machine::{Machine, Setup};
use wire::rows::{Scope, Table};

/// Longer than any of these runs takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(600);

/// What sixteen bytes take at 115200 baud, in which a processor executes 200
/// million instructions a second.
const MOST_INSTRUCTIONS: u32 = 16 * 10 * (200_000_000 / 115_200);

/// The same in the machine's own time, in which an instruction is a
/// nanosecond: for code that watches the clock and stops in time.
const MOST_NS: u32 = 16 * 10 * (1_000_000_000 / 115_200);

/// Returns the name of each table that a debugger can list.
fn tables() -> impl Iterator<Item = &'static str> {
    let tables = Table::ALL.into_iter();
    let listed = tables.filter(|table| table.scope() != Scope::Number);
    listed.map(Table::name).chain(["regions"])
}

/// Asks for a table piece by piece, as gdb's `info os` does.
fn info_os(rsp: &mut Rsp, table: &str) {
    let mut offset = 0;
    loop {
        let packet = format!("qXfer:osdata:read:{table}:{offset:x},ffb");
        let reply = rsp.ask(&packet);
        // It contains no escapes.
        offset += reply.len() - 1;
        if !reply.starts_with('m') {
            return;
        }
    }
}

/// Asks for a table as gdb's `monitor` does; returns how long it is.
fn monitor(rsp: &mut Rsp, table: &str) -> usize {
    let digits = hex(table.as_bytes());
    let mut reply = rsp.ask(&format!("qRcmd,{digits}"));
    let mut said = 0;
    while reply.starts_with('O') && reply != "OK" {
        said += (reply.len() - 1) / 2;
        reply = rsp.hear();
    }
    assert_eq!(reply, "OK");
    said
}

/// What else is answered in one go, each at its largest.
const PACKETS: [&str; 13] = [
    "?",
    "g",
    "p8",
    "qfThreadInfo",
    "qsThreadInfo",
    "qThreadExtraInfo,190",
    "qXfer:features:read:target.xml:0,ffb",
    "qXfer:memory-map:read::0,ffb",
    "m100000,800",
    "x100000,1000",
    // monitor help, link and translate 0x100000
    "qRcmd,68656c70",
    "qRcmd,6c696e6b",
    "qRcmd,7472616e736c61746520307831303030303020",
];

/// What host-cli asks of a stopped system.
const QUERIES: [&[&str]; 8] = [
    &["processes"],
    &["threads"],
    &["regions"],
    &["frames"],
    &["allocator", "frames"],
    &["who", "0x0000b000"],
    &["checksum", "0x00100000", "64KiB"],
    &["search", "0x00100000", "64KiB", "f1e2d3c4b5a6"],
];

fn crowd() -> Machine {
    let setup = Setup::demo().memory_mib(512).counting_instructions();
    let machine = setup.modules(&["crowd 100 4", "sharer 0 50"]).boot();
    machine.wait_for_line("crowd: crowd: 100 processes", LIMIT);
    machine
}

#[test]
fn nothing_keeps_the_stub_from_its_line_for_sixteen_bytes() {
    let mut machine = crowd();
    let longest = Image::open(&artifacts::kernel())
        .address("stormglass_longest_deaf_cycles");
    let mut rsp = Rsp::connect(machine.endpoint());
    rsp.ask("qSupported:qRelocInsn+");
    let mut failed = Vec::new();
    let mut check = |machine: &mut Machine, what: &str, most: u32| {
        let cycles = machine.monitor.word(longest);
        println!("{cycles:>8} instructions: {what}");
        assert!(cycles > 0, "nothing was counted");
        if cycles > most {
            failed.push(format!("{what}: {cycles}"));
        }
    };
    for table in tables() {
        rsp.write(longest, &[0; 4]);
        info_os(&mut rsp, table);
        check(&mut machine, &format!("info os {table}"), MOST_INSTRUCTIONS);
        rsp.write(longest, &[0; 4]);
        monitor(&mut rsp, table);
        check(&mut machine, &format!("monitor {table}"), MOST_INSTRUCTIONS);
    }
    for packet in PACKETS {
        rsp.write(longest, &[0; 4]);
        rsp.ask(packet);
        check(&mut machine, packet, MOST_INSTRUCTIONS);
    }
    rsp.write(longest, &[0; 4]);
    rsp.ask("qCRC:100000,100000");
    check(&mut machine, "qCRC", MOST_NS);
    // It disconnects without a packet, and the system stays stopped.
    drop(rsp);
    for words in QUERIES {
        let answer = host_cli::json(machine.endpoint(), words);
        assert_eq!(answer.json["running"], false, "{answer:?}");
        assert_eq!(answer.json["error"], Value::Null, "{answer:?}");
        check(&mut machine, &words.join(" "), MOST_NS);
    }
    assert!(failed.is_empty(), "too long: {failed:#?}");
}

/// Ctrl-C ends a long table, and a question meanwhile is answered.
#[test]
fn what_comes_while_a_table_is_made_is_heard() {
    let machine = crowd();
    let shared = Multiplexer::new(machine.endpoint());
    let mut rsp = Rsp::connect(&shared.debugger());
    rsp.ask("qSupported:qRelocInsn+");
    let whole = monitor(&mut rsp, "frames");
    let queries = shared.queries();
    let info = thread::spawn(move || host_cli::json(&queries, &["info"]));
    assert_eq!(monitor(&mut rsp, "frames"), whole);
    let info = info.join().expect("host-cli ends");
    assert_eq!(info.json["running"], false, "{info:?}");
    rsp.say("qRcmd,6672616d6573");
    rsp.interrupt();
    let mut said = 0;
    loop {
        let reply = rsp.hear();
        if reply == "OK" {
            break;
        }
        said += (reply.len() - 1) / 2;
    }
    assert!(said < whole, "{said} of {whole}");
    let info = host_cli::json(&shared.queries(), &["info"]);
    let link = info.member("link");
    for what in ["overruns", "lost", "naks", "cut"] {
        assert_eq!(link[what], 0, "{what}: {link}");
    }
    rsp.order("D");
}
