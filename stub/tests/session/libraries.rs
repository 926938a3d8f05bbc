//! `qXfer:libraries:read`, as gdb and lldb want it.

use crate::debugger::{Debugger, GDB, LLDB, LLDB_23};
use crate::kernel::Kernel;

/// Reads the whole list in pieces of `most` bytes.
fn list(debugger: &Debugger, most: usize) -> String {
    let mut all = String::new();
    loop {
        let range = format!("{:x},{most:x}", all.len());
        let reply = debugger.ask(format!("qXfer:libraries:read::{range}"));
        let (kind, piece) = reply.split_at(1);
        all += piece;
        match kind {
            "l" => return all,
            "m" => assert!(!piece.is_empty(), "it would never end"),
            _ => panic!("{reply}"),
        }
    }
}

#[test]
fn gdb_gets_programs_as_segments_below_its_sysroot() {
    let kernel = Kernel::boot();
    let offer = kernel.debugger.ask(GDB);
    assert!(offer.contains(";qXfer:libraries:read+"), "{offer}");
    let all = list(&kernel.debugger, 0xFFB);
    assert_eq!(
        all,
        "<library-list>\
         <library name=\"/one\"><segment address=\"0x40000000\"/></library>\
         <library name=\"/&quot;two&quot; &amp; &lt;more&gt;\">\
         <segment address=\"0x40400000\"/></library>\
         </library-list>",
        "neither the kernel nor images that overlap"
    );
    for most in [1, 7, 100] {
        assert_eq!(list(&kernel.debugger, most), all);
    }
}

#[test]
fn lldb_is_told_once_and_gets_sections_and_the_kernel() {
    let kernel = Kernel::boot();
    kernel.debugger.ask(LLDB_23);
    let stop = kernel.debugger.ask("?");
    assert!(stop.contains(";library:1;"), "{stop}");
    let again = kernel.debugger.ask("?");
    assert!(!again.contains("library"), "{again}");
    let all = list(&kernel.debugger, 0xFFB);
    let begins = "<library-list><library name=\"kernel\">\
                  <section address=\"0x100000\"/></library>\
                  <library name=\"one\">\
                  <section address=\"0x40000000\"/></library>";
    assert!(all.starts_with(begins), "{all}");
    // A new session is told again.
    kernel.debugger.ask(LLDB_23);
    assert!(kernel.debugger.ask("?").contains(";library:1;"));
}

#[test]
fn an_older_lldb_is_not_told() {
    let kernel = Kernel::boot();
    let offer = kernel.debugger.ask(LLDB);
    assert!(!offer.contains("libraries"), "{offer}");
    let stop = kernel.debugger.ask("?");
    assert!(!stop.contains("library"), "{stop}");
}

#[test]
fn gdb_is_told_by_its_own_question() {
    let kernel = Kernel::boot();
    kernel.debugger.ask(GDB);
    let stop = kernel.debugger.ask("?");
    assert!(!stop.contains("library"), "{stop}");
}

#[test]
fn bad_questions_are_errors() {
    let kernel = Kernel::attached();
    for rest in ["", ":", ":0", ":0,", ":x,1", "0,10", ":0,10:"] {
        let reply = kernel.debugger.ask(format!("qXfer:libraries:read:{rest}"));
        assert!(reply.starts_with('E'), "{rest}: {reply}");
    }
}
