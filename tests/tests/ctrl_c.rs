//! Ctrl-C at any moment stops the system, once: before, in and after each
//! resume, while a debugger judges a condition by itself, and before it has
//! acknowledged a stop.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::clients::packet::{Heard, Listener, expand, framed};
use tests::host::random::Random;
use tests::line::Endpoint;
use tests::machine::{Machine, Setup};
use tests::scenes::{attached, goes_on, goes_on_alone};

/// The longest that anything takes.
const LIMIT: Duration = Duration::from_secs(60);

const SEED: u64 = 0x5160_0012;

/// How often a client of ours interrupts, and how often gdb does.
fn counts() -> (u32, u32) {
    if std::env::var_os("STORMGLASS_LONG").is_some() {
        (1000, 100)
    } else {
        (100, 5)
    }
}

/// A client that has a breakpoint in every system call, and goes past it as gdb
/// does if it judges the condition itself.
struct Client {
    stream: UnixStream,
    listener: Listener,
    breakpoint: u32,
    is_set: bool,
    /// The thread that stopped last.
    thread: String,
}

impl Client {
    fn attach(machine: &Machine) -> Self {
        let Endpoint::Unix(path) = machine.endpoint() else {
            panic!("the line is a socket");
        };
        let stream = UnixStream::connect(path).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("it can be set");
        let kernel = Image::open(&artifacts::kernel());
        let breakpoint = kernel.address("kernel::system_call::dispatch");
        let (listener, thread) = (Listener::default(), String::new());
        let is_set = false;
        let mut client = Self { stream, listener, breakpoint, is_set, thread };
        client.ask("qSupported:swbreak+;hwbreak+");
        let stop = client.ask("?");
        client.note(&stop);
        client
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("it is there");
    }

    /// Returns the next packet, which is not acknowledged yet.
    fn hear(&mut self) -> String {
        loop {
            let mut byte = [0];
            let read = self.stream.read_exact(&mut byte);
            read.expect("the stub says something");
            match self.listener.push(byte[0]) {
                Some(Heard::Packet(body)) => {
                    return expand(&body);
                }
                Some(Heard::Damaged(_)) => panic!("the line is good"),
                _ => {}
            }
        }
    }

    fn ask(&mut self, packet: &str) -> String {
        self.send(&framed(packet.as_bytes()));
        let reply = self.hear();
        self.send(b"+");
        reply
    }

    /// Sets the breakpoint or takes it out.
    fn set(&mut self, is_set: bool) {
        if self.is_set != is_set {
            let kind = if is_set { 'Z' } else { 'z' };
            let packet = format!("{kind}0,{:x},1", self.breakpoint);
            assert_eq!(self.ask(&packet), "OK", "{packet}");
            self.is_set = is_set;
        }
    }

    /// Does what comes before the next resume, and returns that packet: a step
    /// away from the breakpoint, or a run to the next hit.
    fn next(&mut self) -> Vec<u8> {
        let steps = self.is_set;
        self.set(!steps);
        let packet = match steps {
            true => format!("vCont;s:{}", self.thread),
            false => "vCont;c".to_owned(),
        };
        framed(packet.as_bytes())
    }

    /// Notes which thread has stopped. Returns whether Ctrl-C stopped it.
    fn note(&mut self, stop: &str) -> bool {
        let (_, rest) = stop.split_once("thread:").expect(stop);
        self.thread = rest.split(';').next().expect(stop).to_owned();
        assert!(stop.starts_with("T02") || stop.starts_with("T05"), "{stop}");
        stop.starts_with("T02")
    }

    /// Resumes, and waits for the next stop.
    fn go(&mut self) -> bool {
        let packet = self.next();
        self.send(&packet);
        let stop = self.hear();
        self.send(b"+");
        self.note(&stop)
    }
}

/// When a 0x03 is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    Before,
    With,
    After(u64),
    BeforeTheAcknowledgement,
    Twice(u64),
}

fn moment(random: &mut Random) -> When {
    let us = u64::from(random.bits() % 20_000);
    match random.bits() % 5 {
        0 => When::Before,
        1 => When::With,
        2 => When::After(us),
        3 => When::BeforeTheAcknowledgement,
        _ => When::Twice(us),
    }
}

const CTRL_C: &[u8] = b"\x03";

/// Interrupts at this moment, and asserts that it stops the system, and when it
/// has done so, stops it no more.
fn interrupt(client: &mut Client, when: When) {
    let packet = client.next();
    if when == When::Before {
        client.send(CTRL_C);
    }
    let us = match when {
        When::With => {
            client.send(&[&packet, CTRL_C].concat());
            None
        }
        When::After(us) | When::Twice(us) => {
            client.send(&packet);
            Some(us)
        }
        _ => {
            client.send(&packet);
            None
        }
    };
    if let Some(us) = us {
        sleep(Duration::from_micros(us));
        client.send(CTRL_C);
    }
    if let When::Twice(us) = when {
        sleep(Duration::from_micros(us));
        client.send(CTRL_C);
    }
    let stop = client.hear();
    if when == When::BeforeTheAcknowledgement {
        client.send(CTRL_C);
    }
    client.send(b"+");
    let is_stopped = client.note(&stop);
    let is_late = when == When::BeforeTheAcknowledgement;
    assert!(!is_late || !is_stopped, "{stop}");
    // At the latest, at the next resume.
    assert!(is_stopped || client.go(), "{when:?} is lost after {stop}");
    let again = client.go();
    assert!(!again || matches!(when, When::Twice(_)), "{when:?} stops twice");
    if again {
        assert!(!client.go(), "{when:?} stops three times");
    }
}

fn interrupt_at_any_moment(machine: &Machine, count: u32) {
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut client = Client::attach(machine);
    let mut random = Random::new(SEED);
    for _ in 0..count {
        interrupt(&mut client, moment(&mut random));
    }
    client.set(false);
    assert_eq!(client.ask("D"), "OK");
    drop(client);
    goes_on_alone(machine, &[]);
}

#[test]
fn at_any_moment_it_stops_the_system_once_in_qemu() {
    interrupt_at_any_moment(&Setup::demo().boot(), counts().0);
}

#[test]
fn at_any_moment_it_stops_the_system_once_in_bochs() {
    let machine = Setup::demo().in_bochs().boot();
    interrupt_at_any_moment(&machine, counts().0);
}

/// Lets gdb do something that takes for ever, and interrupts it.
fn interrupt_gdb(gdb: &mut Gdb, command: &str) {
    let mut random = Random::new(SEED);
    for round in 0..counts().1 {
        gdb.send(command);
        // gdb is at it after some tenths of a second.
        let ms = 500 + u64::from(random.bits() % 300);
        sleep(Duration::from_millis(ms));
        gdb.interrupt();
        let said = gdb.answer();
        // gdb quits by itself if it is amid a request to the stub.
        let is_stopped = said.contains("SIGINT") || said.ends_with("Quit\n");
        assert!(is_stopped, "{command}, {round}: {said}");
    }
}

#[test]
fn gdb_that_judges_a_condition_itself_is_interrupted() {
    let machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = attached(&machine);
    gdb.command("set breakpoint condition-evaluation host");
    gdb.command("break kernel::system_call::dispatch if $eax == 0x12345678");
    interrupt_gdb(&mut gdb, "continue");
    gdb.command("delete");
    goes_on(gdb, &machine, &[]);
}

#[test]
fn gdb_that_makes_a_million_steps_is_interrupted() {
    let machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let mut gdb = attached(&machine);
    interrupt_gdb(&mut gdb, "stepi 1000000");
    goes_on(gdb, &machine, &[]);
}
