//! The stub itself faults on what it finds in a corrupt kernel, or the kernel
//! does on the way to the stub: that costs one answer, and nothing more.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;
use tests::scenes::{
    attached, directory_in_record, goes_on, goes_on_alone, in_a_system_call,
};

const LIMIT: Duration = Duration::from_secs(60);

/// The entries that map the first page of the records of tasks, of mailboxes
/// and of attachments of windows, as each directory shows them.
const TASKS: u32 = 0x0201_5000;
const MAILBOXES: u32 = 0x0201_6000;
const ATTACHMENTS: u32 = 0x0201_8000;

const GIVEN_UP: &str = "the stub abandoned an answer: ";

/// Clears an entry, which unmaps its page; returns the old entry.
fn take(gdb: &mut Gdb, place: u32) -> u32 {
    let entry = gdb.number(&format!("*(unsigned *){place:#x}"));
    assert!(entry & 1 != 0, "{place:#x} is in use");
    gdb.command(&format!("set var *(unsigned *){place:#x} = 0"));
    entry
}

fn give_back(gdb: &mut Gdb, place: u32, entry: u32) {
    gdb.command(&format!("set var *(unsigned *){place:#x} = {entry:#x}"));
    assert_eq!(gdb.number(&format!("*(unsigned *){place:#x}")), entry);
}

/// Asserts that host-cli reports that the target has faulted.
fn assert_faults(machine: &Machine, words: &[&str]) {
    let answer = host_cli::json(machine.endpoint(), words);
    let text = format!("{}{}", answer.stderr, answer.json);
    assert_ne!(answer.code, 0, "{text}");
    assert!(text.contains("the target faulted while answering"), "{text}");
}

#[test]
fn a_page_fault_that_a_page_fault_shows_costs_one_answer() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let entry = take(&mut gdb, MAILBOXES);
    // Some task sends, and the system stops there.
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    let shown = "info registers eip esp cr2 cr3";
    let before = gdb.command(shown);
    for _ in 0..3 {
        let said = gdb.command("monitor mailboxes");
        assert!(!said.contains("owner"), "{said}");
        gdb.command("maintenance flush register-cache");
        assert_eq!(gdb.command(shown), before, "the same context");
    }
    assert_eq!(machine.lines(GIVEN_UP).len(), 3, "{}", machine.console());
    let line = machine.wait_for_line(GIVEN_UP, LIMIT);
    // The task of page faults was busy with the first one.
    assert!(line.contains("double fault at 0x00"), "{line}");
    // What is intact is reported, and the next client is served.
    let threads = gdb.command("info threads");
    assert!(threads.contains("sleeper/sleeper"), "{threads}");
    gdb.crash();
    assert_faults(&machine, &["mailboxes"]);
    let answer = host_cli::json(machine.endpoint(), &["threads"]);
    assert_eq!(answer.rows("threads").len(), artifacts::TASKS);
    let mut gdb = attached(&machine);
    assert_eq!(gdb.command(shown), before);
    give_back(&mut gdb, MAILBOXES, entry);
    let said = gdb.command("monitor mailboxes");
    assert!(said.contains("owner"), "{said}");
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_look_on_which_the_stub_faults_stops_nothing() {
    let mut machine = Setup::demo().boot();
    let line = "consumer: consumer reads window 1";
    machine.wait_for_line(line, LIMIT);
    let mut gdb = in_a_system_call(&machine);
    let entry = take(&mut gdb, ATTACHMENTS);
    gdb.command("detach");
    for _ in 0..3 {
        assert_faults(&machine, &["windows"]);
    }
    let line = machine.wait_for_line(GIVEN_UP, LIMIT);
    assert!(line.contains("page fault at 0x00"), "{line}");
    ticks::wait_for(&mut machine, 11);
    let mut gdb = attached(&machine);
    give_back(&mut gdb, ATTACHMENTS, entry);
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_record_with_any_word_wrong_leaves_the_stub_at_work() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let tasks = gdb.command("monitor threads");
    let cr3 = gdb.number("(unsigned)$cr3");
    let place = directory_in_record(&mut gdb, cr3);
    let record = gdb.number(&place) - 64;
    for at in (record..record + 160).step_by(4) {
        let word = gdb.number(&format!("*(unsigned *){at:#x}"));
        gdb.command(&format!("set var *(unsigned *){at:#x} = 0xeeeeeeee"));
        gdb.command("monitor threads");
        gdb.command("info threads");
        gdb.command(&format!("set var *(unsigned *){at:#x} = {word:#x}"));
    }
    assert_eq!(gdb.command("monitor threads"), tasks);
    goes_on(gdb, &machine, &[]);
}

#[test]
fn a_stub_that_faulted_serves_those_who_never_stopped() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let entry = take(&mut gdb, ATTACHMENTS);
    gdb.command("stepi");
    gdb.command("monitor windows");
    give_back(&mut gdb, ATTACHMENTS, entry);
    machine.wait_for_line(GIVEN_UP, LIMIT);
    gdb.command("stepi");
    let windows = gdb.command("monitor windows");
    assert!(windows.contains("attachments"), "{windows}");
    gdb.command("detach");
    goes_on_alone(&machine, &[]);
}

/// Writes bytes where gdb may write; returns the previous ones.
fn overwrite(gdb: &mut Gdb, at: u32, bytes: &[u8]) -> Vec<u8> {
    let mut write = |at: u32, byte: u8| {
        let place = format!("*(unsigned char *){at:#x}");
        let before = gdb.number(&place);
        gdb.command(&format!("set var {place} = {byte}"));
        assert_eq!(gdb.number(&place), u32::from(byte), "{place}");
        u8::try_from(before).expect("it is a byte")
    };
    (at..).zip(bytes).map(|(at, byte)| write(at, *byte)).collect()
}

/// Asserts that gdb is where the kernel has jumped to 0 in task 8, and sees
/// its registers, its stack and its memory.
fn assert_at_zero(gdb: &mut Gdb, stop: &str, esp: u32) {
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert_eq!(gdb.number("$_thread"), 8);
    assert_eq!(gdb.number("(unsigned)$eip"), 0);
    assert_eq!(gdb.number("(unsigned)$esp"), esp);
    let stack = gdb.command("x/4xw $esp");
    assert!(stack.starts_with("0xfc000"), "{stack}");
    let same = gdb.command("compare-sections .rodata");
    assert!(same.contains("matched"), "{same}");
}

#[test]
fn a_kernel_that_has_lost_the_records_of_its_tasks_shows_where_it_faults() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    let entry = take(&mut gdb, TASKS);
    let stop = gdb.command("continue");
    assert!(stop.contains("SIGSEGV"), "{stop}");
    assert_eq!(gdb.number("$_thread"), 8);
    // The context is the kernel's, which was about to read its task's record.
    let record = gdb.number("(unsigned)$cr2");
    assert!((0x0540_0000..0x0540_1000).contains(&record), "{record:#x}");
    let calls = gdb.command("backtrace");
    assert!(calls.contains("kernel::system_call::"), "{calls}");
    let same = gdb.command("compare-sections .text");
    assert!(same.contains("matched"), "{same}");
    let shown = "info registers eip esp cr2 cr3";
    let before = gdb.command(shown);
    // The next debugger sees the same.
    gdb.crash();
    let mut gdb = attached(&machine);
    assert_eq!(gdb.command(shown), before);
    give_back(&mut gdb, TASKS, entry);
    goes_on(gdb, &machine, &[]);
    assert!(machine.lines("panic: ").is_empty());
}

#[test]
fn a_fault_on_the_way_to_the_stub_leads_straight_to_it() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    gdb.command("monitor write-protect off");
    let kernel = Image::open(&artifacts::kernel());
    let way = kernel.address("<kernel::fault::cause::Exception>::needs_stack");
    // No process may die of what is tried here.
    gdb.command("handle SIGSEGV nopass");
    // What the kernel looks at first, whatever the exception: `ud2`.
    let before = overwrite(&mut gdb, way, &[0x0F, 0x0B]);
    let [eip, esp] =
        ["$eip", "$esp"].map(|it| gdb.number(&format!("(unsigned){it}")));
    for round in 1..=3 {
        gdb.command("set $eip = 0");
        let stop = gdb.command("continue");
        assert_at_zero(&mut gdb, &stop, esp);
        let lines = machine.lines("the path to the stub is corrupt: ");
        assert_eq!(lines.len(), round, "{lines:?}");
        let place = format!("invalid opcode at {way:#010x}");
        assert!(lines[round - 1].ends_with(&place), "{lines:?}");
    }
    // Steps and breakpoints take the same path.
    gdb.command(&format!("set $eip = {eip:#x}"));
    let said = gdb.command("stepi");
    assert_ne!(gdb.number("(unsigned)$eip"), eip, "{said}");
    gdb.command("break kernel::system_call::dispatch thread 8");
    let stop = gdb.command("continue");
    assert!(stop.contains("Thread 8 hit Breakpoint"), "{stop}");
    gdb.command("delete");
    overwrite(&mut gdb, way, &before);
    goes_on(gdb, &machine, &[]);
    assert!(machine.lines("panic: ").is_empty());
}

#[test]
fn a_panic_in_the_stub_costs_one_answer() {
    let machine = Setup::demo().boot();
    let mut gdb = in_a_system_call(&machine);
    gdb.command("monitor write-protect off");
    let kernel = Image::open(&artifacts::kernel());
    // Where Rust's panic is said to be: the name of a file, its length, a
    // line and a column, at the far end of an unused stack.
    let place = kernel.address("exception_stacks");
    let words = [place + 16, 7, 42, 1];
    let words: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    let location =
        overwrite(&mut gdb, place, &[&words, &b"ruin.rs"[..]].concat());
    // What looks up a command unwraps nothing instead, with that place in
    // ECX or on the stack, as the compiler may want it.
    let help = kernel.address("stub::monitor::command");
    let call = kernel.address("core::option::unwrap_failed");
    let offset = call.wrapping_sub(help + 15);
    let code = [
        &[0xB9][..],
        &place.to_le_bytes(),
        &[0x68],
        &place.to_le_bytes(),
        &[0xE8],
        &offset.to_le_bytes(),
    ];
    let code = overwrite(&mut gdb, help, &code.concat());
    let shown = "info registers eip esp cr2 cr3";
    let before = gdb.command(shown);
    for round in 1..=3 {
        let said = gdb.command("monitor help");
        assert!(!said.contains("reset"), "{said}");
        let panics = machine.lines("panic: ");
        assert_eq!(panics.len(), round, "{}", machine.console());
        assert!(panics[round - 1].ends_with(" at ruin.rs:42"), "{panics:?}");
        assert_eq!(machine.lines(GIVEN_UP).len(), round);
        gdb.command("maintenance flush register-cache");
        assert_eq!(gdb.command(shown), before, "the same context");
    }
    overwrite(&mut gdb, help, &code);
    overwrite(&mut gdb, place, &location);
    let said = gdb.command("monitor help");
    assert!(said.contains("reset"), "{said}");
    goes_on(gdb, &machine, &[]);
}
