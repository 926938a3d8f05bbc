//! What the commands print, word for word.
//!
//! The files under `golden/` are compared; with `UPDATE=1` in the
//! environment they are rewritten.

use crate::kernel::Kernel;
use crate::program::{Run, finish};
use std::path::Path;

/// Runs `host-cli` with the words of `line` and compares what it prints.
#[track_caller]
fn prints(file: &str, code: i32, line: &str) {
    let words: Vec<_> = line.split(' ').collect();
    let peer = Kernel::new().peer();
    let mut command = peer.program(&words);
    // As on a terminal.
    command.env("COLUMNS", "80");
    let Run { code: got, stdout, stderr } = finish(command);
    assert_eq!(got, Some(code), "{stdout}{stderr}");
    assert_eq!(stderr, "");
    let text = without_times(&stdout);
    if file.ends_with(".json") {
        same(file, &text);
    } else {
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        same(file, &format!("$ host-cli {line}\n{text}"));
    }
}

#[track_caller]
fn same(file: &str, text: &str) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let path = directory.join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(&path).expect("a golden file");
    assert_eq!(golden, text, "{file} differs; UPDATE=1 rewrites it");
}

/// Returns `text` with the one number that no two runs share replaced.
fn without_times(text: &str) -> String {
    let text = replace(text, "round trip ", " ms", "2.418");
    replace(&text, "\"round_trip_us\": ", ",", "2418")
}

fn replace(text: &str, before: &str, after: &str, with: &str) -> String {
    let Some((head, rest)) = text.split_once(before) else {
        return text.to_owned();
    };
    let (number, tail) = rest.split_once(after).expect("a number's end");
    number.parse::<f64>().expect("a number");
    format!("{head}{before}{with}{after}{tail}")
}

#[test]
fn images_are_the_files_that_run() {
    prints("images.txt", 0, "images");
    prints("images.json", 0, "--json images");
}

#[test]
fn interrupts_are_the_controllers_lines_and_the_timer() {
    prints("interrupts.txt", 0, "interrupts");
    prints("interrupts.json", 0, "--json interrupts");
}

#[test]
fn info_shows_the_stub_and_the_state_of_the_line() {
    prints("info.txt", 0, "info");
    prints("info.json", 0, "--json info");
}

#[test]
fn layout_prints_the_table_and_what_is_mapped_outside_it() {
    prints("layout.txt", 0, "layout");
    prints("layout.json", 0, "--json layout");
}

#[test]
fn translate_shows_entries_flags_and_the_physical_address() {
    prints("translate.txt", 0, "translate 0x0d00_1234");
    prints("translate.json", 0, "--json translate 0x0d00_1234");
}

#[test]
fn checksum_goes_over_all_that_is_asked_for() {
    prints("checksum.txt", 0, "checksum 0xb000 256");
    prints("checksum.json", 0, "--json checksum 0xb000 256");
}

#[test]
fn search_finds_a_match_across_two_slices() {
    prints("search.txt", 0, "search 0xb000 4KiB --most 3 --text glass");
    prints("search.json", 0, "--json search 0xb000 4KiB 2323_c1c1");
    prints("search-none.txt", 1, "search 0x100000 4KiB ffff00ff00");
}

#[test]
fn translate_explains_the_walk() {
    prints("translate-explain.txt", 0, "translate 0x0d001234 --explain");
    prints(
        "translate-explain-unmapped.txt",
        1,
        "translate 0x0d003000 --process 2 --explain",
    );
    prints("translate-explain-window.txt", 0, "translate 0x020340d0 --explain");
    prints(
        "translate-explain-directory.txt",
        0,
        "translate 0x020080d0 --explain",
    );
    prints(
        "translate-explain-no-table.txt",
        1,
        "translate 0x02010000 --explain",
    );
}

#[test]
fn translate_says_at_which_level_an_unmapped_address_ends() {
    prints("translate-table.txt", 1, "translate 0x0d003004");
    prints("translate-table.json", 1, "--json translate 0x0d003004");
    prints("translate-directory.json", 1, "--json translate 64MiB --task 4");
}

#[test]
fn regions_prints_runs_by_row() {
    prints("regions.txt", 0, "regions");
    prints("regions.json", 0, "--json regions --process 2");
}

#[test]
fn regions_of_all_are_those_of_each_task() {
    let regions = |words: &[&str]| {
        let run =
            Kernel::new().peer().run(&[&["--json", "regions"], words].concat());
        assert_eq!(run.code, Some(0), "{run:?}");
        run.json()["regions"].as_array().cloned().expect("rows")
    };
    let each = ["1", "2", "3", "4", "5", "6"];
    let each: Vec<_> =
        each.iter().flat_map(|id| regions(&["--task", id])).collect();
    assert_eq!(regions(&["--all"]), each);
}

#[test]
fn processes_are_listed() {
    prints("processes.txt", 0, "processes");
    prints("processes.json", 0, "--json processes");
}

#[test]
fn threads_are_listed_with_what_they_wait_for() {
    prints("threads.txt", 0, "threads");
    prints("threads.json", 0, "--json threads");
}

#[test]
fn mailboxes_are_listed_and_one_with_its_messages() {
    prints("mailboxes.txt", 0, "mailboxes");
    prints("mailboxes.json", 0, "--json mailboxes");
    prints("mailboxes-one.txt", 0, "mailboxes 1");
    prints("mailboxes-one.json", 0, "--json mailboxes 0x1");
    prints("mailboxes-empty.json", 0, "--json mailboxes 3");
}

#[test]
fn who_shows_the_owner_and_every_mapping() {
    prints("who.txt", 0, "who 0x00de_0123");
    prints("who.json", 0, "--json who 0x00de0000");
    prints("who-global.json", 0, "--json who 0x00140000");
    prints("who-unmapped.txt", 1, "who 0x00e00000");
    prints("who-device.json", 1, "--json who 0xfee00000");
}

#[test]
fn frames_are_counted_by_owner_and_kind() {
    prints("frames.txt", 0, "frames");
    prints("frames.json", 0, "--json frames");
}

#[test]
fn an_allocators_runs_are_listed() {
    prints("allocator.txt", 0, "allocator process:2");
    prints("allocator.json", 0, "--json allocator frames");
    prints("allocator-global.txt", 0, "allocator global");
}

#[test]
fn windows_are_listed_and_one_with_its_frames() {
    prints("windows.txt", 0, "windows");
    prints("windows.json", 0, "--json windows");
    prints("windows-one.txt", 0, "windows 2");
    prints("windows-one.json", 0, "--json windows 2");
}

#[test]
fn ports_are_listed_by_number_with_their_owners() {
    prints("ports.txt", 0, "ports");
    prints("ports.json", 0, "--json ports");
}

#[test]
fn descriptors_are_decoded_with_what_they_are_for() {
    prints("descriptors.txt", 0, "descriptors");
    prints("descriptors.json", 0, "--json descriptors");
}

#[test]
fn the_log_is_printed_with_ticks() {
    prints("log.txt", 0, "log");
    prints("log.json", 0, "--json log");
}

#[test]
fn memory_is_printed_in_hexadecimal() {
    prints("read.txt", 0, "read 0xb010 72");
    prints("read.json", 0, "--json read 0xb000 0x20");
    prints("read-physical.json", 0, "--json read 0x700000 4 --physical");
}

#[test]
fn registers_are_named_with_their_bits() {
    prints("regs.txt", 0, "regs");
    prints("regs.json", 0, "--json regs --task 4");
    prints("regs-all.txt", 0, "regs --all");
    prints("regs-all.json", 0, "--json regs --all --task 4");
}

#[test]
fn a_stopped_system_gives_the_same_answers() {
    let mut kernel = Kernel::new();
    kernel.running = false;
    let run = kernel.peer().run(&["--json", "info"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    same("info-stopped.json", &without_times(&run.stdout));
}

#[test]
fn what_does_not_exist_gets_the_answer_no() {
    for (line, speaks_of) in [
        ("--json translate 0 --task 99", "no task 99"),
        ("--json translate 0 --process 99", "no process 99"),
        ("--json regions --task 0", "no task 0"),
        ("--json read 0xb000 4 --task 99", "no task 99"),
        ("--json regs --task 99", "no task 99"),
        ("--json mailboxes 2", "no mailbox 2"),
        ("--json mailboxes 9", "no mailbox 9"),
        ("--json windows 1", "no shared window 1"),
        ("--json windows 9", "no shared window 9"),
        ("--json allocator process:9", "no process 9"),
    ] {
        let words: Vec<_> = line.split(' ').collect();
        let run = Kernel::new().peer().run(&words);
        run.fails(1, speaks_of);
        let document = run.json();
        assert_eq!(document["error"]["code"], "no_answer", "{line}");
        let member =
            document.as_object().and_then(|object| object.values().next_back());
        assert_eq!(member, Some(&serde_json::Value::Null), "{line}");
    }
}

#[test]
fn colour_is_for_terminals_or_on_request() {
    let plain = Kernel::new().peer().run(&["threads"]);
    assert!(!plain.stdout.contains('\x1b'));
    let never = Kernel::new().peer().run(&["--color", "never", "threads"]);
    assert_eq!(plain.stdout, never.stdout);
    let always = Kernel::new().peer().run(&["--color=always", "threads"]);
    assert!(always.stdout.contains("\x1b[1m"));
}

#[test]
fn a_row_is_a_line_unless_a_terminal_shows_it() {
    for (line, rows) in [("threads", 6), ("windows", 3), ("log", 3)] {
        let wide = Kernel::new().peer().run(&[line]);
        assert_eq!(wide.code, Some(0), "{wide:?}");
        let headings = usize::from(line != "log");
        assert_eq!(wide.stdout.lines().count(), rows + headings, "{wide:?}");
        let long = |line: &str| line.chars().count() > 80;
        assert!(wide.stdout.lines().any(long), "{wide:?}");
    }
}

#[test]
fn verbose_shows_what_the_questions_cost() {
    let run = Kernel::new().peer().run(&["-v", "threads"]);
    assert!(run.stderr.contains("paused for at most 84 us"), "{run:?}");
    // Threads and mailboxes: two questions.
    assert!(run.stderr.contains("262 us were taken"), "{run:?}");
}
