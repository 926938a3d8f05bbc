//! Memory looked through on the target, and read in binary.

use crate::debugger::{Debugger, GDB};
use crate::kernel::Kernel;
use fake_machine::{KERNEL, LONE, SHARED, STACK};

/// Returns the packet that searches for `pattern`.
fn search(at: u32, len: u32, pattern: &[u8]) -> Vec<u8> {
    let mut packet = format!("qSearch:memory:{at:x};{len:x};").into_bytes();
    for &byte in pattern {
        if b"$#}*".contains(&byte) {
            packet.extend([b'}', byte ^ 0x20]);
        } else {
            packet.push(byte);
        }
    }
    packet
}

fn put(gdb: &Debugger, at: u32, text: &str) {
    let digits = text.bytes().map(|byte| format!("{byte:02x}"));
    let digits: String = digits.collect();
    let len = text.len();
    assert_eq!(gdb.ask(format!("M{at:x},{len:x}:{digits}")), "OK");
}

#[test]
fn a_pattern_is_found_wherever_it_stands() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    // Across pages, and where one look ends and the next begins.
    for offset in [0, 1, 0xBFE, 0xC00, 0xC03, 0xFFC, 0xFFF, 0x1FF9] {
        put(gdb, KERNEL + offset, "needle$");
        let found = gdb.ask(search(KERNEL, 0x2000, b"needle$"));
        assert_eq!(found, format!("1,{:x}", KERNEL + offset));
        let short = search(KERNEL, offset + 6, b"needle$");
        assert_eq!(gdb.ask(short), "0", "one byte too few at {offset:#x}");
        put(gdb, KERNEL + offset, "-------");
    }
    assert_eq!(gdb.ask(search(KERNEL, 0x2000, b"needle$")), "0");
}

#[test]
fn a_search_is_of_the_selected_task_and_goes_on_behind_holes() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let all = STACK - SHARED + 0x1000;
    assert_eq!(
        gdb.ask(search(SHARED, all, &[0x55, 0x55])),
        format!("1,{LONE:x}")
    );
    put(gdb, STACK + 5, "far");
    let far = search(SHARED, all, b"far");
    assert_eq!(gdb.ask(&far), format!("1,{:x}", STACK + 5));
    gdb.ask("Hg3");
    assert_eq!(gdb.ask(&far), "0");
    let hole = gdb.ask(search(0x4000_0000, 0x1000_0000, b"x"));
    assert_eq!(hole, "nothing is mapped there");
}

#[test]
fn what_takes_too_long_says_where_to_go_on() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.ask("?");
    kernel.machine.slow_down(400_000);
    let late = gdb.ask(search(KERNEL, 0x2000, b"needle"));
    assert!(
        late.starts_with("not found within 1.5 s; continue from 0x001"),
        "{late}"
    );
    assert_eq!(gdb.ask(format!("qCRC:{KERNEL:x},2000")), "E1b");
}

#[test]
fn sums_are_those_that_gdb_computes() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    put(gdb, KERNEL, "123456789");
    // The check value of CRC-32/MPEG-2.
    assert_eq!(gdb.ask(format!("qCRC:{KERNEL:x},9")), "C376e6e7");
    // A breakpoint is not to be seen.
    assert_eq!(gdb.ask(format!("Z0,{KERNEL:x},1")), "OK");
    assert_eq!(gdb.ask(format!("qCRC:{KERNEL:x},9")), "C376e6e7");
    assert_eq!(gdb.ask(format!("qCRC:{LONE:x},1001")), "E0e", "a hole");
    assert_eq!(gdb.ask(format!("qCRC:{:x},2", u32::MAX)), "E0e");
}

#[test]
fn bad_questions_are_errors() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for bad in
        ["", "1", "1;2", "1;2;", "x;2;a", "1;2;}", "1;0;a", "1;100000000;a"]
    {
        let reply = gdb.ask(format!("qSearch:memory:{bad}"));
        assert_eq!(reply, "E16", "{bad}");
    }
    let long = search(KERNEL, 0x2000, &[b'a'; 1025]);
    assert_eq!(gdb.ask(long), "E16");
    for bad in ["", "1", "1,x", "1,0"] {
        assert_eq!(gdb.ask(format!("qCRC:{bad}")), "E16", "{bad}");
    }
}

#[test]
fn another_packet_ends_a_search() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.say(search(0, u32::MAX, b"needle"));
    assert_eq!(gdb.ask("qC"), "QC1");
    gdb.expect_silence();
}

#[test]
fn binary_reads_end_where_others_do() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let features = gdb.ask(GDB);
    assert!(features.contains(";binary-upload+"), "{features}");
    assert_eq!(gdb.ask(format!("x{LONE:x},0")), "b", "a probe");
    assert_eq!(gdb.ask(format!("x{:x},10", LONE + 0xFFC)), "bUUUU");
    assert_eq!(gdb.ask(format!("x{:x},10", LONE + 0x1000)), "E0e");
    assert_eq!(gdb.ask("x1"), "E16");
    assert_eq!(gdb.ask(format!("x{LONE:x},1001")), "E16");
    put(gdb, LONE, "a*}#$");
    let text = gdb.ask(format!("x{LONE:x},5"));
    assert_eq!(text, "ba}\x0a}]}\x03}\x04");
    // A whole page of one byte is a run.
    gdb.say(format!("x{:x},f00", LONE + 0x100));
    let reply = gdb.hear();
    assert_eq!(reply.len() - 1, 0xF00);
    assert!(reply.bytes().skip(1).all(|byte| byte == 0x55));
}

#[test]
fn the_memory_map_has_the_rows_of_the_table() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let map = gdb.ask("qXfer:memory-map:read::0,ffb");
    let ram = |start: u32, len: u32| {
        format!(
            "<memory type=\"ram\" start=\"{start:#x}\" length=\"{len:#x}\"/>"
        )
    };
    assert!(map.starts_with("l<memory-map>"), "{map}");
    assert!(map.contains(&ram(0x1000, 0x6000)), "{map}");
    // What lies side by side is one.
    assert!(map.contains(&ram(0x10_0000, 0xFFF0_0000)), "{map}");
    assert!(map.ends_with("</memory-map>"), "{map}");
    assert_eq!(gdb.ask("qXfer:memory-map:read:x:0,ffb"), "E16");
}
