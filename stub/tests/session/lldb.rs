//! lldb, which asks for memory without saying whose.

use crate::debugger::{Debugger, LLDB};
use crate::kernel::{GO_ON, Kernel};
use crate::monitor::packet;
use fake_machine::{KERNEL, LONE, SHARED, STACK};
use stub::embed::Stop;

/// Starts a kernel that lldb has stopped in task 1 of process 1.
fn attached() -> Kernel {
    let kernel = Kernel::boot();
    let lldb = &kernel.debugger;
    lldb.ask(LLDB);
    assert_eq!(lldb.ask("QThreadSuffixSupported"), "OK");
    kernel
}

/// Asks for the registers of every task, as lldb does at a stop.
fn look_at_all(lldb: &Debugger) {
    for task in 1..=3 {
        lldb.ask(format!("p8;thread:{task:04x};"));
        lldb.ask(format!("Hg{task}"));
    }
}

#[test]
fn memory_is_that_of_the_task_that_stopped_whatever_was_selected() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    look_at_all(lldb);
    assert_eq!(lldb.ask(format!("m{STACK:x},1")), "01");
    assert_eq!(lldb.ask(format!("M{STACK:x},1:77")), "OK");
    assert_eq!(lldb.ask(format!("X{SHARED:x},1:w")), "OK");
    let bytes = |task, at| kernel.machine.byte(task, at);
    let of_all = |at| [bytes(1, at), bytes(2, at), bytes(3, at)];
    assert_eq!(of_all(STACK), [0x77, 2, 3]);
    assert_eq!(of_all(SHARED), [b'w', b'w', 2]);
    assert_eq!(lldb.ask(format!("Z0,{:x},1", SHARED + 1)), "OK");
    assert_eq!(of_all(SHARED + 1), [0xCC, 0xCC, 9]);
}

#[test]
fn the_next_stop_s_task_is_next() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    lldb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    kernel.machine.state().current = 3;
    kernel.trap(Stop::Breakpoint);
    assert!(lldb.hear().starts_with("T05thread:p1.3;"));
    look_at_all(lldb);
    lldb.ask("Hg1");
    assert_eq!(lldb.ask(format!("m{STACK:x},1")), "03");
    assert_eq!(lldb.ask(format!("m{LONE:x},1")), "E0e", "process 1 has it");
}

#[test]
fn the_stacks_of_other_tasks_are_not_available() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    for register in ["4", "5"] {
        let ask = |task| lldb.ask(format!("p{register};thread:{task};"));
        assert_eq!(ask(1), format!("0{register}000100"));
        assert_eq!(ask(2), "E12");
        let write = format!("P{register}=00000000;thread:2;");
        assert!(lldb.ask(write).starts_with('E'));
    }
    assert_eq!(lldb.ask("p8;thread:2;"), "08000200");
    let all = lldb.ask("g;thread:2;");
    assert_eq!(&all[24..56], "03000200xxxxxxxxxxxxxxxx06000200");
    assert!(!lldb.ask("g;thread:1;")[..128].contains('x'));
    // lldb puts back all that it has saved, with made-up bytes for these.
    let saved = all.replacen("xxxxxxxxxxxxxxxx", "cccccccccccccccc", 1);
    let changed = format!("11111111{}", &saved[8..]);
    assert_eq!(lldb.ask(format!("G{changed};thread:2;")), "OK");
    let registers = kernel.machine.state().tasks[&2].registers;
    assert_eq!(registers[0], 0x1111_1111);
    assert_eq!(registers[4..6], [0x2_0004, 0x2_0005]);
}

#[test]
fn a_packet_that_names_a_task_is_about_its_memory() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    assert_eq!(lldb.ask(format!("m{STACK:x},1;thread:3;")), "03");
    assert_eq!(lldb.ask(format!("x{STACK:x},1;thread:2")), "b\x02");
    assert_eq!(lldb.ask(format!("M{STACK:x},1:77;thread:3;")), "OK");
    assert_eq!(kernel.machine.byte(3, STACK), 0x77);
    assert_eq!(lldb.ask(format!("Z0,{SHARED:x},1;thread:3;")), "OK");
    assert_eq!(kernel.machine.byte(3, SHARED), 0xCC);
    assert_ne!(kernel.machine.byte(1, SHARED), 0xCC);
    assert_eq!(lldb.ask(format!("z0,{SHARED:x},1;thread:3;")), "OK");
    assert_eq!(lldb.ask(format!("m{STACK:x},1")), "01", "for one packet");
    assert_eq!(lldb.ask(format!("m{STACK:x},1;thread:9;")), "E03");
    for suffix in ["thread:", "thread:p1", "thread:3;x", "task:3;"] {
        let reply = lldb.ask(format!("m{STACK:x},1;{suffix}"));
        assert_eq!(reply, "E16", "{suffix}");
    }
    // Data that looks like a suffix is data.
    let text = ";thread:3;";
    let len = text.len();
    assert_eq!(lldb.ask(format!("X{SHARED:x},{len:x}:{text}")), "OK");
    assert_eq!(kernel.machine.byte(1, SHARED + 9), b';');
    assert_eq!(lldb.ask("g;thread"), "");
}

#[test]
fn another_task_is_pinned_by_a_stop_and_nothing_runs() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    let choose = |words: &str| {
        assert!(lldb.ask(packet(words)).starts_with('O'), "{words}");
        assert_eq!(lldb.hear(), "OK");
    };
    choose("task 3");
    assert_eq!(lldb.ask(format!("m{STACK:x},1")), "01", "not before a stop");
    for (task, resume) in [(3, "vCont;c"), (2, "c"), (3, "vCont;c:p1.3")] {
        choose(&format!("task {task}"));
        let stop = lldb.ask(resume);
        let start = format!("T02thread:p1.{task};00:");
        assert!(stop.starts_with(&start), "{stop}");
        kernel.expect_stopped();
        assert_eq!(lldb.ask(format!("m{STACK:x},1")), format!("0{task}"));
        let esp = lldb.ask(format!("p4;thread:{task};"));
        assert_eq!(esp, format!("04000{task}00"));
        assert_eq!(lldb.ask("p4;thread:1;"), "E12");
    }
    // lldb would overlook it while it steps over a breakpoint.
    choose("task 2");
    lldb.say("vCont;s:1");
    assert_eq!(kernel.resumed().step, Some(1));
    kernel.trap(Stop::Step);
    assert!(lldb.hear().starts_with("T05thread:p1.1;"));
    assert!(lldb.ask("vCont;c").starts_with("T02thread:p1.2;"));
    for words in ["task", "task 9", "task 1 2"] {
        choose(words);
    }
    lldb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    lldb.line.give(b"\x03");
    assert!(lldb.hear().starts_with("T02thread:p1.1;"), "the current one");
    assert_eq!(lldb.ask(format!("m{STACK:x},1")), "01");
}

#[test]
fn gdb_selects_a_task_and_is_trusted() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    let said = crate::monitor::monitor(gdb, "task 3");
    assert_eq!(said, "this debugger selects a task itself: select a thread\n");
    assert_eq!(gdb.ask(format!("m{KERNEL:x},1;thread:3;")), "E16");
    gdb.ask("Hg3");
    assert_eq!(gdb.ask(format!("m{STACK:x},1")), "03");
    assert_eq!(gdb.ask("p4"), "04000300");
    // The next debugger may be gdb again.
    let kernel = attached();
    kernel.debugger.ask(crate::debugger::GDB);
    kernel.debugger.ask("Hg3");
    assert_eq!(kernel.debugger.ask(format!("m{STACK:x},1")), "03");
}

#[test]
fn tasks_have_their_names() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    let task = |id: u32, more: &str| {
        format!(
            "{{\"tid\":{id},\"name\":\"task {id}, ready\",\
             \"registers\":{{\"8\":\"08000{id}00\"{more}}}"
        )
    };
    let all = [task(1, "},\"signal\":2"), task(2, "}"), task(3, "}")];
    // A closing brace is an escape, so it is escaped itself.
    let all = format!("[{}]", all.join(",")).replace('}', "}]");
    assert_eq!(lldb.ask("jThreadsInfo"), all);
    lldb.ask(packet("task 3"));
    assert_eq!(lldb.hear(), "OK");
    lldb.ask("vCont;c");
    let all = lldb.ask("jThreadsInfo");
    assert!(all.ends_with("\"08000300\"}],\"signal\":2}]]"), "{all}");
    assert_eq!(all.matches("signal").count(), 1, "{all}");
}

#[test]
fn what_is_mapped_and_what_is_not_tile_the_addresses() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    kernel.machine.state().protect(1, LONE);
    let hex = |text: &str| {
        let digits = text.bytes().map(|byte| format!("{byte:02x}"));
        digits.collect::<String>()
    };
    let space = hex("process space");
    let ask = |address: u64| lldb.ask(format!("qMemoryRegionInfo:{address:x}"));
    assert_eq!(ask(0), "start:0;size:100000;");
    let shared =
        format!("start:d000000;size:1000;permissions:rwx;name:{space};");
    assert_eq!(ask(SHARED.into()), shared);
    assert_eq!(ask(u64::from(SHARED) + 0xFFF), shared);
    let lone = format!("start:d010000;size:1000;permissions:rx;name:{space};");
    assert_eq!(ask(LONE.into()), lone);
    let kernel_pages = ask(u64::from(KERNEL));
    assert!(
        kernel_pages.starts_with("start:100000;size:2000;permissions:rwx;")
    );
    let (mut at, mut mapped) = (0, 0);
    while at != u64::MAX {
        let reply = ask(at);
        let field = |name: &str| {
            let all = reply.split(';').find_map(|it| it.strip_prefix(name));
            u64::from_str_radix(all.expect(name), 16).expect(&reply)
        };
        assert_eq!(field("start:"), at, "{reply}");
        mapped += u32::from(reply.contains("permissions"));
        at += field("size:");
    }
    assert_eq!(mapped, 5);
    assert_eq!(ask(1 << 32), "start:100000000;size:fffffffeffffffff;");
    assert_eq!(lldb.ask("qMemoryRegionInfo:"), "E16");
}

#[test]
fn reasons_follow_error_numbers_where_that_is_understood() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    assert_eq!(lldb.ask("m0,4"), "E0e");
    assert_eq!(lldb.ask("QEnableErrorStrings"), "OK");
    let refused = lldb.ask("m0,4");
    let (number, text) = refused.split_once(';').expect("a text");
    assert_eq!(number, "E0e");
    assert_eq!(crate::debugger::unhex(text), b"no memory there");
    assert!(lldb.ask("P29=00000000").starts_with("E5f;"), "no E.text");
    assert_eq!(lldb.ask("p4;thread:2;"), "E12", "it asks for many");
    lldb.ask(LLDB);
    assert_eq!(lldb.ask("m0,4"), "E0e", "each says so itself");
}

#[test]
fn a_short_answer_of_the_monitor_is_text() {
    let kernel = attached();
    let lldb = &kernel.debugger;
    let said = lldb.ask(packet("frobnicate"));
    let digits = said.strip_prefix('O').expect("text for the console");
    let text = crate::debugger::unhex(digits);
    assert_eq!(text, b"no command `frobnicate`: try `monitor help`\n");
    assert_eq!(lldb.hear(), "OK");
    assert_eq!(lldb.ask(format!("m{STACK:x},1")), "01");
}
