//! Tables as gdb's `info os` reads them, and as `monitor` prints them.

use crate::debugger::{Debugger, unhex};
use crate::kernel::Kernel;
use crate::monitor::monitor;
use fake_machine::{KERNEL, LONE, SHARED};

/// Returns a table as gdb reads it, in pieces of at most `most` bytes.
pub(crate) fn osdata(gdb: &Debugger, name: &str, most: usize) -> String {
    let mut all = String::new();
    loop {
        let offset = all.len();
        let packet = format!("qXfer:osdata:read:{name}:{offset:x},{most:x}");
        let reply = gdb.ask(packet);
        let (kind, piece) = reply.split_at(1);
        all += piece;
        assert!(piece.len() <= most, "{reply}");
        match kind {
            "l" => return all,
            "m" => assert!(!piece.is_empty(), "it would never end"),
            _ => panic!("{reply}"),
        }
    }
}

#[test]
fn the_types_are_listed_and_an_unknown_one_is_empty() {
    let kernel = Kernel::boot();
    let gdb = &kernel.debugger;
    let features = gdb.ask(crate::debugger::GDB);
    assert!(features.contains(";qXfer:osdata:read+"), "{features}");
    let types = osdata(gdb, "", 0xFFB);
    assert!(types.contains("<osdata type=\"types\">"), "{types}");
    assert!(types.contains("<column name=\"Type\">threads</column>"));
    assert!(types.ends_with("</osdata>"));
    assert_eq!(osdata(gdb, "rivers", 0xFFB), "");
    assert!(osdata(gdb, "windows", 0xFFB).ends_with("\"windows\"></osdata>"));
    assert!(!types.contains(">ports<"), "the kernel does not have it");
    assert_eq!(osdata(gdb, "ports", 0xFFB), "");
}

#[test]
fn pieces_of_any_size_make_the_same_table() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let all = osdata(gdb, "processes", 0xFFB);
    assert_eq!(all.matches("<item>").count(), 40);
    assert!(all.contains(
        "<item><column name=\"id\">39</column>\
         <column name=\"name\">a process with quite a long name</column>\
         <column name=\"image\"></column>\
         <column name=\"tasks\">39, 9</column>\
         <column name=\"pages\">1048576</column></item>"
    ));
    for most in [1, 7, 100, 0x1_0000] {
        assert_eq!(osdata(gdb, "processes", most), all);
    }
}

#[test]
fn a_table_is_read_in_order_or_from_its_beginning() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let ask = |name: &str, offset: usize| {
        gdb.ask(format!("qXfer:osdata:read:{name}:{offset:x},100"))
    };
    let pieces: Vec<_> = (0..3).map(|n| ask("processes", n * 0x100)).collect();
    assert_eq!(ask("processes", 0x200), pieces[2], "the last one again");
    assert_eq!(ask("processes", 0x100), "E16", "one before");
    assert_eq!(ask("processes", 0x400), "E16", "one that is not its turn");
    assert_eq!(ask("threads", 0x300), "E16", "of another table");
    assert_eq!(ask("processes", 0), pieces[0]);
    gdb.say("vCont;c");
    kernel.resumed();
    gdb.line.give(b"\x03");
    gdb.hear();
    assert_eq!(ask("processes", 0x100), "E16", "of another moment");
    for bad in ["", "processes", "processes:", "processes:0", "processes:0,x"] {
        let reply = gdb.ask(format!("qXfer:osdata:read:{bad}"));
        assert_eq!(reply, "E16", "{bad}");
    }
}

#[test]
fn messages_say_in_which_mailbox_they_are() {
    let kernel = Kernel::attached();
    let all = osdata(&kernel.debugger, "messages", 50);
    let rows: Vec<_> = all.split("<item>").skip(1).collect();
    assert_eq!(rows.len(), 3, "{all}");
    for (row, mailbox) in rows.iter().zip([7, 9, 9]) {
        let start = format!("<column name=\"mailbox\">{mailbox}</column>");
        assert!(row.starts_with(&start), "{row}");
    }
    assert!(rows[0].contains("\"data\">3c26</column>"), "{all}");
}

#[test]
fn names_cannot_break_out_of_the_markup() {
    let kernel = Kernel::attached();
    let all = osdata(&kernel.debugger, "log", 0xFFB);
    assert!(all.contains("a &lt;b&gt; &amp; c?[2J</column>"), "{all}");
    let text = monitor(&kernel.debugger, "log");
    assert!(text.contains("a <b> & c?[2J\n"), "{text}");
}

#[test]
fn regions_are_those_of_the_selected_task() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let starts = |all: &str| {
        [KERNEL, SHARED, LONE].map(|at| all.contains(&format!("{at:#010x}")))
    };
    assert_eq!(starts(&osdata(gdb, "regions", 0xFFB)), [true; 3]);
    gdb.ask("Hg3");
    let all = osdata(gdb, "regions", 0xFFB);
    assert_eq!(starts(&all), [true, true, false]);
    assert!(all.contains("<column name=\"task\">3</column>"), "{all}");
    assert!(all.contains("<column name=\"row\">process space</column>"));
    assert_eq!(starts(&monitor(gdb, "regions 1")), [true; 3]);
}

#[test]
fn long_tables_are_printed_in_several_packets() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let text = monitor(gdb, "pro");
    assert!(text.len() > 2048, "{}", text.len());
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 41);
    assert_eq!(
        lines[0],
        "  id  name                  image  tasks                   pages"
    );
    assert_eq!(
        lines[40],
        "  39  a process with quite a long name  39, 9            1048576"
    );
    assert_eq!(monitor(gdb, "windows"), "no windows\n");
}

#[test]
fn printing_ends_when_the_debugger_wants_something_else() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say(crate::monitor::packet("processes"));
    let first = gdb.hear_silently();
    gdb.line.give(b"-");
    assert_eq!(gdb.hear_silently(), first, "it was damaged");
    // gdb's user has pressed Ctrl-C: what follows is another question.
    assert_eq!(gdb.ask("qC"), "QC1");
    gdb.expect_silence();

    gdb.say(crate::monitor::packet("processes"));
    assert_eq!(gdb.hear_silently(), first);
    gdb.line.give(b"\x03+");
    assert_eq!(gdb.hear(), "OK");
    gdb.expect_silence();
    assert!(unhex(&first[1..]).starts_with(b"  id  name"));
}
