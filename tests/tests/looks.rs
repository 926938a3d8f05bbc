//! Every look at a running system: what it costs the system, that it works
//! while a debugger waits, and that it is answered in the middle of a change.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli::{self, Answer};
use tests::clients::questions::{QUESTIONS, Question};
use tests::host::deadline::wait_until;
use tests::line::Endpoint;
use tests::line::multiplexer::Multiplexer;
use tests::machine::Setup;
use tests::scenes::text;

/// Longer than any of these runs takes on a slow machine.
const LIMIT: Duration = Duration::from_secs(600);

/// The longest pause in microseconds that a question may cause at worst, on a
/// processor that executes 250 million instructions a second.
const WORST_US: u64 = 1000;

/// And in half of the cases: a question about one address or one task takes
/// almost no time.
fn median_us(question: &Question) -> u64 {
    match question.command() {
        "info" | "translate" | "regs" => 100,
        _ => WORST_US,
    }
}

/// Asks, and accepts that the answer is no.
fn look(target: &Endpoint, words: &[impl AsRef<str>]) -> Answer {
    let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    let answer = host_cli::json(target, &words);
    let text = format!("{words:?}: {} {}", answer.stderr, answer.json);
    assert!(matches!(answer.code, 0 | 1), "{text}");
    let error = &answer.json["error"];
    assert!(error.is_null() || error["code"] == "no_answer", "{text}");
    answer
}

#[test]
fn a_look_at_a_hundred_processes_holds_nobody_up_for_long() {
    let setup = Setup::demo().memory_mib(128).instructions_of_4_ns();
    let machine = setup.modules(&["crowd 100 4", "sharer 0 50"]).boot();
    machine.wait_for_line("crowd: crowd: 100 processes", LIMIT);
    let target = machine.endpoint();
    println!("µs: median and worst pause, median of all that was taken");
    let mut failed = Vec::new();
    for question in QUESTIONS {
        let words = question.words(300, 60);
        // One of each task would be many looks by itself.
        let times = if words.contains(&"--all".to_owned()) { 1 } else { 15 };
        let answers: Vec<_> =
            (0..times).map(|_| look(target, &words)).collect();
        let [pauses, stolen] = ["pause_us", "stolen_us"].map(|member| {
            let all = answers.iter().map(|answer| {
                assert_eq!(answer.json["running"], true, "{words:?}");
                answer.json[member].as_u64().expect("a number")
            });
            let mut all: Vec<_> = all.collect();
            all.sort_unstable();
            all
        });
        let [median, worst] =
            [pauses[pauses.len() / 2], pauses[pauses.len() - 1]];
        let taken = stolen[stolen.len() / 2];
        let name = words.join(" ");
        println!("{median:>6} {worst:>6} {taken:>8}  {name}");
        if median > median_us(&question) || worst > WORST_US {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "too long: {failed:?}");
}

#[test]
fn every_look_is_answered_beside_a_gdb_that_waits() {
    let machine = Setup::demo().boot();
    let _all = host_cli::whole_demo(machine.endpoint());
    let shared = Multiplexer::new(machine.endpoint());
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&shared.debugger().for_gdb());
    // Reached every 500 ms: a stop while host-cli asks.
    gdb.command("break kernel::schedule::round_robin::sleep thread 8");
    gdb.command("continue");
    gdb.command("delete");
    gdb.send("continue");
    for question in QUESTIONS {
        let words = question.words(8, 7);
        let answer = look(&shared.queries(), &words);
        assert_eq!(answer.json["running"], true, "{words:?}");
    }
    gdb.interrupt();
    let said = gdb.answer();
    assert!(said.contains("SIGINT"), "{said}");
    let answer = look(&shared.queries(), &["translate", "0x00100000"]);
    assert_eq!(answer.json["running"], false);
    gdb.command("detach");
}

#[test]
fn a_checksum_is_gdbs_own_and_a_search_finds_what_memory_holds() {
    let mut machine = Setup::demo().boot();
    let target = machine.endpoint().clone();
    let image = Image::open(&artifacts::kernel());
    let start = image.address("switch_stacks") & !0xfff;
    let dump = machine.dump();
    let bytes = &dump.0[start as usize..][..3 * 4096];
    let start_text = format!("{start:#010x}");
    let answer = look(&target, &["checksum", &start_text, "12KiB"]);
    let checksum = &answer.member("checksum")["crc32"];
    assert_eq!(host_cli::address(checksum), text::checksum(bytes));

    // Bytes that occur once, across a page boundary.
    let pattern = &bytes[4096 - 6..][..12];
    let first = bytes.windows(12).position(|place| place == pattern);
    let first = first.expect("it does stand there") as u32 + start;
    let digits: String =
        pattern.iter().map(|byte| format!("{byte:02x}")).collect();
    let answer = look(&target, &["search", &start_text, "12KiB", &digits]);
    let found = answer.rows("found");
    assert_eq!(found.len(), 1);
    assert_eq!(host_cli::address(&found[0]), first);
}

/// gdb stops inside a change of each kind of the kernel's own records, by a
/// watchpoint on what counts them, and steps further into it. Every question
/// there is answered, and the answer says that it is not consistent.
#[test]
fn a_stop_amid_any_change_is_told_and_every_look_is_answered() {
    let modules =
        ["source", "relay", "sink", "cycler 1000000", "sharer 1000000 1"];
    let mut machine = Setup::demo().modules(&modules).boot();
    machine.wait_for_line("cycler: goes ", LIMIT);
    let shared = Multiplexer::new(machine.endpoint());
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&shared.debugger().for_gdb());
    // Some of the children end by a fault.
    gdb.command("handle SIGILL SIGSEGV SIGBUS SIGFPE nostop noprint pass");
    // One for each structure: an odd number means a change in progress.
    gdb.command("set language rust");
    let counts = gdb.number("&structures::change::COUNTS");
    let structures = gdb.number("sizeof(structures::change::COUNTS) / 4");
    gdb.command("set language c");
    assert!(structures >= 12, "{structures}");
    for name in 0..structures {
        let counter = counts + 4 * name;
        gdb.command(&format!("watch *(unsigned *){counter:#x}"));
        let mut changes = 0;
        while changes % 2 == 0 {
            let said = gdb.command("continue");
            assert!(said.contains("watchpoint"), "{name}: {said}");
            changes = machine.monitor.word(counter);
        }
        gdb.command("delete");
        let mut amid = 0;
        for steps in [0, 20] {
            if steps > 0 {
                gdb.command(&format!("stepi {steps}"));
            }
            if machine.monitor.word(counter) != changes {
                break;
            }
            amid += 1;
            for question in QUESTIONS {
                let words = question.words(3, 2);
                let answer = look(&shared.queries(), &words);
                let json = &answer.json;
                assert_eq!(json["running"], false, "{name}: {words:?}");
                assert_eq!(json["consistent"], false, "{name}: {words:?}");
            }
            for table in ["processes", "messages", "frames", "regions", "log"] {
                let said = gdb.command(&format!("monitor {table}"));
                assert!(said.lines().count() > 0, "{name}: {table}");
                assert!(!said.contains("rotocol error"), "{name}: {said}");
            }
        }
        println!("{name}: {amid} stops amid change {changes}");
        assert!(amid > 0, "{name}");
    }
    gdb.command("detach");
    // Without gdb again, and soon between two changes.
    wait_until("a moment between changes", LIMIT, || {
        look(&shared.queries(), &["mailboxes"]).json["consistent"] == true
    });
}
