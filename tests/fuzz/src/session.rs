//! Input for the whole stub.
//!
//! Whatever comes, then a debugger that says hello, asks why the system has
//! stopped, and leaves. Of every input must hold:
//!
//! - the stub does not panic and does not wait for ever;
//! - that debugger is answered right;
//! - memory and the system's window on it are as before, unless something
//!   was written: no breakpoint is left;
//! - without a hello and a trap nothing stops;
//! - while a debugger waits, nothing is sent that it takes for a stop;
//! - a debugger that may only look has changed nothing.

use crate::line::{FakeLine, Item};
use crate::packets::{frame, happenings, number, receive};
use fake_machine::{FakeMachine, KERNEL, State};
use stub::Session;
use stub::embed::{Access, OnLoss, Received, Resume, Stop};
use tests::random::Random;
use wire::frame::{Decoder, Event, Kind};
use wire::i386::general::EIP;

/// More calls than any input needs.
const CALLS: u32 = 100_000;

/// A stub, used again and again.
#[derive(Debug)]
pub struct Bench {
    /// The machine to which nothing has been done.
    before: State,
    machine: FakeMachine,
    session: Box<Session<FakeMachine, FakeLine>>,
}

impl Bench {
    /// Returns one.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it takes its time")]
    pub fn new() -> Self {
        let machine = FakeMachine::new();
        for task in machine.state().tasks.values_mut() {
            task.registers[EIP] = KERNEL + 0x10;
        }
        let before = machine.state().clone();
        let line = FakeLine::new(machine.clock());
        let session = Box::new(Session::new(machine.clone(), line));
        Self { before, machine, session }
    }

    /// Feeds one input.
    ///
    /// # Panics
    ///
    /// Panics if what must hold does not.
    pub fn feed(&mut self, random: &mut Random) {
        let mut input = happenings(random);
        let access = match number(random, 8) {
            0 => Access::Inspect,
            _ => Access::Full,
        };
        if access == Access::Inspect {
            // Nobody could let the system go on.
            input.retain(|item| !matches!(item, Item::Trap(_)));
        }
        let on_loss = match number(random, 2) {
            0 => OnLoss::Continue,
            _ => OnLoss::Stop,
        };
        self.begin(&input, random.bits());
        self.session.set_policy(access, on_loss);
        self.run();
        self.check(&input, access);
    }

    fn begin(&mut self, input: &[Item], now: u32) {
        self.machine.state().restore(&self.before);
        self.machine.clock().set_us(now);
        let mut line = FakeLine::new(self.machine.clock());
        std::mem::swap(&mut line.items, &mut self.session.line().items);
        std::mem::swap(&mut line.sent, &mut self.session.line().sent);
        line.sent.clear();
        line.items.clear();
        line.items.extend(input);
        // Its first word may come while there is no room for it: it is said
        // again, as gdb does.
        let hello = &b"qSupported:swbreak+"[..];
        for said in [hello, hello, b"?", b"D"] {
            line.items.push(Item::Quiet);
            if said == hello {
                line.items.push(Item::Pause(400_000));
            }
            receive(&mut line.items, &frame(said));
            line.items.push(Item::Quiet);
            receive(&mut line.items, b"+");
        }
        *self.session = Session::new(self.machine.clone(), line);
    }

    fn run(&mut self) {
        let mut calls = 0;
        let mut stepping = None;
        loop {
            calls += 1;
            assert!(calls < CALLS, "it never ends");
            let line = self.session.line();
            let item = line.items.get(line.at).copied();
            let transmits = line.transmits;
            let resume = match (item, stepping.take()) {
                // The line interrupts a step as well.
                (_, Some(step)) if transmits => self.interrupt().or(Some(step)),
                (_, Some(Resume { step: Some(_), .. })) => {
                    self.step();
                    Some(self.session.stopped(Stop::Step))
                }
                (Some(Item::Trap(stop)), _) => {
                    self.session.line().at += 1;
                    Some(self.session.stopped(stop))
                }
                (None, _) if !transmits => break,
                _ => self.interrupt(),
            };
            assert!(!self.machine.state().window_is_open, "left open");
            stepping = resume;
        }
    }

    /// The task that makes a step has made it.
    fn step(&self) {
        let mut state = self.machine.state();
        let current = state.current;
        if let Some(task) = state.tasks.get_mut(&current) {
            task.registers[EIP] = task.registers[EIP].wrapping_add(1);
        }
    }

    /// Serves an interrupt, and looks at what that has sent.
    fn interrupt(&mut self) -> Option<Resume> {
        let was_open = self.session.is_open();
        let before = self.session.line().sent.len();
        let resume = self.session.on_interrupt();
        if was_open && self.session.is_open() && resume.is_none() {
            let sent = &self.session.line().sent[before..];
            let mut starts = sent.windows(2).filter(|pair| pair[0] == b'$');
            let is_stop = |pair: &[u8]| b"ETSWX".contains(&pair[1]);
            assert!(!starts.any(is_stop), "taken for a stop: {sent:?}");
        }
        resume
    }

    fn check(&mut self, input: &[Item], access: Access) {
        let bytes: Vec<u8> = input.iter().filter_map(byte_of).collect();
        let traps = input.iter().any(|item| matches!(item, Item::Trap(_)));
        let line = self.session.line();
        let (answers, stopped_at) = (heard(&line.sent), line.stopped_at);
        let [.., offer, stop, farewell] = &answers[..] else {
            panic!("the next debugger is not answered: {}", text(&answers));
        };
        assert!(offer.starts_with(b"PacketSize="), "{}", text(&answers));
        let stop_begins: &[u8] =
            if access == Access::Inspect { b"E." } else { b"T" };
        assert!(stop.starts_with(stop_begins), "{}", text(&answers));
        assert_eq!(farewell, b"OK", "{}", text(&answers));
        assert!(!self.session.is_open(), "it has left");
        let may_stop =
            traps || bytes.windows(10).any(|word| word == b"qSupported");
        if !may_stop && access == Access::Full {
            let at = stopped_at.expect("the last debugger stops it");
            assert!(at > input.len(), "noise has stopped the system");
        }
        let state = self.machine.state();
        let mut tasks = state.tasks.values();
        assert!(tasks.all(|task| !task.steps), "a step is left");
        assert_eq!(state.debug_registers.1 & 0xFF, 0, "DR7 is left on");
        let may_write = bytes.iter().any(|byte| b"MX".contains(byte));
        if !may_write || access == Access::Inspect {
            assert!(state.has_memory_of(&self.before), "memory has changed");
        }
        if access == Access::Inspect {
            assert_eq!(stopped_at, None, "it was stopped");
            let tasks = state.tasks.values().zip(self.before.tasks.values());
            for (task, before) in tasks {
                assert_eq!(task.registers, before.registers);
            }
        }
    }
}

const fn byte_of(item: &Item) -> Option<u8> {
    match item {
        Item::Received(Received::Byte(byte)) => Some(*byte),
        _ => None,
    }
}

/// Returns the packets that were sent, each of which must be whole.
fn heard(sent: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = Box::new(Decoder::<8192>::new());
    let mut packets = Vec::new();
    for &byte in sent {
        match decoder.push(byte) {
            Event::Frame(Kind::Rsp) => packets.push(decoder.body().to_vec()),
            Event::None | Event::Ack | Event::Nak => {}
            Event::Frame(Kind::Query) => {}
            event => panic!("{event:?} in what the stub sends: {sent:?}"),
        }
    }
    assert!(!decoder.is_inside(), "half a frame: {sent:?}");
    packets
}

fn text(packets: &[Vec<u8>]) -> String {
    let texts = packets.iter().map(|packet| packet.escape_ascii().to_string());
    texts.collect::<Vec<_>>().join(" | ")
}
