//! How debuggers come and go.

use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use stub::embed::Stop;

#[test]
fn gdb_13_attaches_in_the_order_of_its_packets() {
    let kernel = Kernel::boot();
    let gdb = &kernel.debugger;
    gdb.line.give(b"+");
    let offered = gdb.ask(GDB);
    let words: Vec<_> = offered.split(';').collect();
    for word in [
        "PacketSize=1000",
        "vContSupported+",
        "swbreak+",
        "qXfer:features:read+",
    ] {
        assert!(words.contains(&word), "{offered}");
    }
    for word in ["QStartNoAckMode", "multiprocess"] {
        assert!(!offered.contains(word), "{offered}");
    }
    assert_eq!(gdb.ask("vMustReplyEmpty"), "");
    assert_eq!(gdb.ask("QStartNoAckMode"), "");
    assert_eq!(gdb.ask("Hg0"), "OK");
    let xml = gdb.ask("qXfer:features:read:target.xml:0,ffb");
    assert!(xml.starts_with("l<!DOCTYPE"), "in one piece");
    assert!(xml.ends_with("</target>"));
    assert_eq!(gdb.ask("qTStatus"), "");
    let stop = gdb.ask("?");
    assert!(stop.starts_with("T02thread:1;"), "{stop}");
    assert_eq!(gdb.ask("qfThreadInfo"), "m1,2,3");
    assert_eq!(gdb.ask("qsThreadInfo"), "l");
    assert_eq!(gdb.ask("qAttached"), "1");
    assert_eq!(gdb.ask("Hc-1"), "OK");
    assert_eq!(gdb.ask("qOffsets"), "");
    assert_eq!(gdb.ask("qSymbol::"), "");
    assert_eq!(gdb.ask("vCont?"), "vCont;c;C;s;S;r");
    assert_eq!(gdb.ask("qC"), "QC1");
    let about: String =
        "task 3, ready".bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(gdb.ask("qThreadExtraInfo,3"), about);
    kernel.expect_stopped();
    assert_eq!(gdb.ask("D"), "OK");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn a_stop_names_its_thread_and_brings_the_registers_gdb_asks_for_first() {
    let kernel = Kernel::attached();
    let stop = kernel.debugger.ask("?");
    let mut fields = stop.split(';');
    assert_eq!(fields.next(), Some("T02thread:1"));
    for (number, value) in [(0, "00000100"), (4, "04000100"), (5, "05000100")] {
        let field = format!("{number:02x}:{value}");
        assert_eq!(fields.next(), Some(field.as_str()), "{stop}");
    }
    assert_eq!(fields.next(), Some("08:08000100"));
    assert_eq!(fields.next(), Some("09:09000100"));
}

#[test]
fn nothing_stops_before_a_session() {
    let kernel = Kernel::boot();
    let gdb = &kernel.debugger;
    gdb.line.give(b"\x03\x03garbage");
    assert_eq!(gdb.ask("QStartNoAckMode"), "");
    assert_eq!(gdb.ask("g"), "");
    assert_eq!(gdb.ask("vCont;c"), "");
    assert!(gdb.ask("?").starts_with('E'));
    kernel.expect_stopped();
    // It runs, so it can still trap.
    kernel.trap(Stop::Panic);
    assert!(gdb.ask(GDB).starts_with("PacketSize"));
    assert!(gdb.ask("?").starts_with("T06"));
}

#[test]
fn ids_have_no_process_for_a_client_that_knows_none() {
    let kernel = Kernel::boot();
    let client = &kernel.debugger;
    client.ask("qSupported");
    assert_eq!(client.ask("qfThreadInfo"), "m1,2,3");
    assert!(client.ask("?").starts_with("T02thread:1;"));
    assert_eq!(client.ask("Hg3"), "OK");
    assert_eq!(client.ask("qC"), "QC1");
}

#[test]
fn ids_have_a_process_for_a_client_that_is_not_gdb_and_knows_them() {
    let kernel = Kernel::boot();
    let lldb = &kernel.debugger;
    let offered = lldb.ask("qSupported:xmlRegisters=i386;multiprocess+");
    assert!(offered.split(';').any(|it| it == "multiprocess+"), "{offered}");
    assert_eq!(lldb.ask("qfThreadInfo"), "mp1.1,p1.2,p1.3");
    assert!(lldb.ask("?").starts_with("T02thread:p1.1;"));
    assert_eq!(lldb.ask("qC"), "QCp1.1");
    let xml = lldb.ask("qXfer:features:read:target.xml:0,ffb");
    assert!(xml.starts_with("l<target>"), "{xml}");
    assert_eq!(lldb.ask("vKill;1"), "OK");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn ctrl_c_counts_in_a_session_only() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    // While it is stopped, it is kept for the next resume.
    gdb.line.give(b"\x03");
    gdb.say("vCont;c");
    assert!(gdb.hear().starts_with("T02thread:1;"));
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    gdb.line.give(b"\x03");
    assert!(gdb.hear().starts_with("T02thread:1;"));
    gdb.ask("D");
    assert_eq!(kernel.resumed(), GO_ON);
    gdb.line.give(b"\x03");
    assert!(gdb.ask("?").starts_with('E'));
    kernel.expect_stopped();
}

#[test]
fn ctrl_c_right_behind_a_resume_is_not_lost() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.line.give(b"$vCont;c#a8\x03");
    assert_eq!(char::from(gdb.line.take()), '+');
    assert!(gdb.hear().starts_with("T02"));
}

#[test]
fn kill_lets_the_system_go_on() {
    for (packet, reply) in [("k", None), ("vKill;1", Some("OK"))] {
        let kernel = Kernel::attached();
        kernel.debugger.say(packet);
        if let Some(reply) = reply {
            assert_eq!(kernel.debugger.hear(), reply);
        }
        assert_eq!(kernel.resumed(), GO_ON);
        assert!(kernel.debugger.ask("?").starts_with('E'));
    }
}

#[test]
fn lldb_hears_of_the_end_of_what_it_kills() {
    let kernel = Kernel::attached();
    let lldb = &kernel.debugger;
    lldb.ask("qSupported:xmlRegisters=i386,arm,mips,arc;multiprocess+");
    assert_eq!(lldb.ask("k"), "X09");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn a_new_client_stops_what_the_old_one_left_running() {
    let kernel = Kernel::attached();
    kernel.debugger.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    kernel.debugger.ask("qSupported:swbreak+");
    kernel.expect_stopped();
    assert!(kernel.debugger.ask("?").starts_with("T02thread:1;"));
    assert_eq!(kernel.debugger.ask("D"), "OK");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn tasks_beyond_one_reply_are_listed_in_the_next() {
    let kernel = Kernel::attached();
    let third = kernel.machine.state().tasks[&3].clone();
    for id in 4..=700 {
        let task = stub::embed::Task { id, ..third.task };
        let registers = [id; 16];
        let task = fake_machine::FakeTask { task, registers, ..third.clone() };
        kernel.machine.state().tasks.insert(id, task);
    }
    let mut ids = Vec::new();
    let mut reply = kernel.debugger.ask("qfThreadInfo");
    while let Some(list) = reply.strip_prefix('m') {
        ids.extend(list.split(',').map(str::to_owned));
        reply = kernel.debugger.ask("qsThreadInfo");
    }
    assert_eq!(reply, "l");
    let all: Vec<_> = (1..=700).map(|id| format!("{id:x}")).collect();
    assert_eq!(ids, all);
}

#[test]
fn after_a_kill_there_is_nothing_to_run_and_gdb_can_tell() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask("vRun;"), "E5f");
    assert_eq!(gdb.ask("vKill;1"), "OK");
    assert_eq!(kernel.resumed(), GO_ON);
    // gdb would go on after an empty answer, as far as to `qAttached`, which it
    // then finds contradictory.
    assert_eq!(gdb.ask("vRun;"), "E5f");
    assert_eq!(gdb.ask("qAttached"), "1");
    assert_eq!(gdb.ask("g"), "", "no session");
}
