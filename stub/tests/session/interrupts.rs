//! Ctrl-C at any moment: a 0x03 between two frames stops the system, at once
//! or when it is next resumed, and only once.

use crate::debugger::{GDB, frame};
use crate::kernel::{GO_ON, Kernel};
use fake_machine::{KERNEL, SHARED};
use stub::embed::{Received, Stop};

/// What gdb does when it judges a condition by itself: it is told of the hit,
/// looks, steps over the breakpoint, and lets the system run until the next.
enum Move {
    Ask(String),
    /// Resumes the system, which traps with this EIP.
    Run(&'static str, u32, Stop),
}

fn judging() -> Vec<Move> {
    let ask = |text: &str| Move::Ask(text.to_owned());
    vec![
        ask(&format!("Z0,{SHARED:x},1")),
        Move::Run("vCont;c", SHARED + 1, Stop::Breakpoint),
        ask("g"),
        ask(&format!("m{KERNEL:x},20")),
        ask(&format!("z0,{SHARED:x},1")),
        Move::Run("vCont;s:p1.1", SHARED + 2, Stop::Step),
        ask(&format!("Z0,{SHARED:x},1")),
        Move::Run("vCont;c", SHARED + 1, Stop::Breakpoint),
        ask(&format!("z0,{SHARED:x},1")),
        Move::Run("vCont;s:p1.1", SHARED + 2, Stop::Step),
        Move::Run("vCont;r1000,1010:1;c", SHARED + 4, Stop::Step),
        Move::Run("vCont;s:p1.1", SHARED + 5, Stop::Step),
    ]
}

/// A client that sends 0x03 at the border number `at`.
struct Client<'k> {
    kernel: &'k Kernel,
    at: usize,
    borders: usize,
    /// Whether a stop is to come.
    waits: bool,
    interrupted: usize,
}

impl Client<'_> {
    /// Comes to a border between frames.
    fn border(&mut self) {
        if self.borders == self.at {
            self.kernel.debugger.line.give(b"\x03");
            self.waits = true;
        }
        self.borders += 1;
    }

    fn send(&mut self, packet: &str) {
        self.border();
        self.kernel.debugger.line.give(&frame(packet.as_bytes()));
        self.border();
        let ack = char::from(self.kernel.debugger.line.take());
        assert_eq!(ack, '+', "{packet}");
    }

    fn hear(&mut self) -> String {
        let reply = self.kernel.debugger.hear_silently();
        self.border();
        self.kernel.debugger.line.give(b"+");
        self.border();
        reply
    }

    fn ask(&mut self, packet: &str) {
        self.send(packet);
        let reply = self.hear();
        assert!(!reply.starts_with('T'), "{packet}: {reply}");
    }

    fn run(&mut self, packet: &str, eip: u32, stop: Stop) {
        self.send(packet);
        self.border();
        if self.waits {
            let report = self.hear();
            assert!(report.starts_with("T02"), "{packet}: {report}");
            self.interrupted += 1;
            self.waits = false;
            self.send(packet);
        }
        // It runs, or is about to.
        self.kernel.trap_at(eip, stop);
        let report = self.hear();
        assert!(report.starts_with("T05"), "{packet}: {report}");
    }
}

/// Plays the script with a 0x03 at one border; returns how many there are.
fn play(at: usize) -> usize {
    let kernel = Kernel::attached();
    let (borders, waits, interrupted) = (0, false, 0);
    let mut client =
        Client { kernel: &kernel, at, borders, waits, interrupted };
    for step in judging() {
        match step {
            Move::Ask(packet) => client.ask(&packet),
            Move::Run(packet, eip, stop) => client.run(packet, eip, stop),
        }
    }
    // Until the next resume, and no longer.
    let borders = client.borders;
    client.run("vCont;c", SHARED + 9, Stop::Step);
    let expected = usize::from(at < borders);
    assert_eq!(client.interrupted, expected, "at border {at}");
    assert!(!client.waits, "at border {at}");
    borders
}

#[test]
fn at_whatever_border_it_comes_it_stops_the_system_once() {
    let borders = play(usize::MAX);
    assert!(borders > 50, "{borders}");
    for at in 0..borders {
        play(at);
    }
}

#[test]
fn a_step_that_is_interrupted_before_it_begins_is_not_made() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for packet in ["vCont;s:p1.2", "vCont;c:p1.2"] {
        gdb.line.give(b"\x03");
        gdb.say(packet);
        // The task that was to run alone.
        assert!(gdb.hear().starts_with("T02thread:2;"), "{packet}");
        kernel.expect_stopped();
        assert!(!kernel.machine.state().tasks[&2].steps, "{packet}");
    }
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn those_that_come_together_stop_it_once() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    // While it is stopped, and mixed with a BREAK.
    gdb.line.give(b"\x03\x03");
    gdb.line.give_events([Received::Break]);
    assert_eq!(gdb.ask("qC"), "QC1");
    gdb.say("vCont;c");
    assert!(gdb.hear().starts_with("T02"));
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    // While it runs, the second is for the next resume.
    gdb.line.give(b"\x03\x03");
    assert!(gdb.hear().starts_with("T02"));
    assert_eq!(gdb.ask("qC"), "QC1");
    gdb.say("vCont;c");
    assert!(gdb.hear().starts_with("T02"));
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn a_resume_that_is_refused_leaves_it_pending() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    gdb.line.give(b"\x03");
    assert!(gdb.ask("vCont;s:9").starts_with('E'));
    assert!(gdb.ask("vCont;c:1;c:2").starts_with('E'));
    gdb.say("vCont;c");
    assert!(gdb.hear().starts_with("T02"));
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn it_is_gone_when_its_session_ends() {
    let kernel = Kernel::attached();
    let gdb = &kernel.debugger;
    for farewell in ["D", "k", "vKill;1"] {
        gdb.line.give(b"\x03");
        gdb.say(farewell);
        assert_eq!(kernel.resumed(), GO_ON, "{farewell}");
        gdb.line.give(b"+");
        gdb.line.taken();
        gdb.ask(GDB);
    }
    // The next debugger has not asked for it.
    gdb.line.give(b"\x03");
    gdb.ask("qSupported");
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    gdb.expect_silence();
}
