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
//! - what host-cli is sent is whole;
//! - a debugger that may only look has changed nothing.

use crate::bytes::{frame, number, receive};
use crate::line::{FakeLine, Item};
use crate::processor::{Processor, prepare};
use crate::scenes::happenings;
use fake_machine::{FakeMachine, State};
use host_cli::client::reply;
use stub::Session;
use stub::embed::{Access, OnLoss, Received};
use tests::host::random::Random;
use wire::frame::{Decoder, Event, Kind};

/// A stub, used again and again.
#[derive(Debug)]
pub struct Bench {
    /// The machine to which nothing has been done.
    before: State,
    machine: FakeMachine,
    session: Box<Session<FakeMachine, FakeLine>>,
    decoder: Box<Decoder<8192>>,
}

impl Bench {
    /// Returns one.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it takes its time")]
    pub fn new() -> Self {
        let machine = FakeMachine::new();
        prepare(&mut machine.state());
        let before = machine.state().clone();
        let line = FakeLine::new(machine.clock());
        let session = Box::new(Session::new(machine.clone(), line));
        Self { before, machine, session, decoder: Box::new(Decoder::new()) }
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
            // Nobody could let the system go on, and nobody else is to
            // change registers.
            let is_kept =
                |item: &Item| !matches!(item, Item::Trap(_) | Item::Reach(..));
            input.retain(is_kept);
        }
        let on_loss = match number(random, 2) {
            0 => OnLoss::Continue,
            _ => OnLoss::Stop,
        };
        self.begin(&input, random.bits());
        self.session.set_policy(access, on_loss);
        let mut processor =
            Processor::new(&mut self.session, &self.machine, random);
        processor.run();
        let passed = processor.passed;
        self.check(&input, access, passed);
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

    fn check(&mut self, input: &[Item], access: Access, passed: usize) {
        let bytes: Vec<u8> = input.iter().filter_map(byte_of).collect();
        let traps = input.iter().any(|item| matches!(item, Item::Trap(_)));
        let line = self.session.line();
        let stopped_at = line.stopped_at;
        let answers = heard(&mut self.decoder, &line.sent);
        let [.., offer, stop, farewell] = &answers[..] else {
            panic!("the next debugger is not answered: {}", text(&answers));
        };
        assert!(offer.starts_with(b"PacketSize="), "{}", text(&answers));
        let stop_begins: &[u8] =
            if access == Access::Inspect { b"E." } else { b"T" };
        assert!(stop.starts_with(stop_begins), "{}", text(&answers));
        assert_eq!(farewell, b"OK", "{}", text(&answers));
        assert!(!self.session.is_open(), "it has left");
        let has = |word: &[u8]| bytes.windows(word.len()).any(|w| w == word);
        if !traps && !has(b"qSupported") && access == Access::Full {
            let at = stopped_at.expect("the last debugger stops it");
            assert!(at > input.len(), "noise has stopped the system");
        }
        let may_write = has(b"$M") || has(b"$X");
        self.check_machine(access, may_write, passed);
        if access == Access::Inspect {
            assert_eq!(stopped_at, None, "it was stopped");
        }
    }

    fn check_machine(&self, access: Access, may_write: bool, passed: usize) {
        let state = self.machine.state();
        let before = &self.before;
        let mut tasks = state.tasks.values();
        assert!(tasks.all(|task| !task.steps), "a step is left");
        assert_eq!(state.debug_registers.1 & 0xFF, 0, "DR7 is left on");
        if !may_write || access == Access::Inspect {
            let mut int3s = state.int3s.iter();
            let is_left = |at: &usize| before.memory[*at] != state.memory[*at];
            assert!(!int3s.any(is_left), "a breakpoint is left");
            // An instruction that the stub has executed writes a word.
            let changed = state.differences(before);
            assert!(changed <= 4 * passed, "memory has changed");
        }
        if access == Access::Inspect {
            for (id, task) in &state.tasks {
                assert_eq!(task.registers, before.tasks[id].registers);
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

/// Returns the packets that were sent, each of which must be whole, as the
/// answers to host-cli must be.
fn heard(decoder: &mut Decoder<8192>, sent: &[u8]) -> Vec<Vec<u8>> {
    decoder.abandon();
    let mut packets = Vec::new();
    for &byte in sent {
        match decoder.push(byte) {
            Event::Frame(Kind::Rsp) => packets.push(decoder.body().to_vec()),
            Event::Frame(Kind::Query) => {
                let answer = reply::decode(decoder.body());
                assert!(answer.is_ok(), "{answer:?}");
            }
            Event::None | Event::Ack | Event::Nak => {}
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
