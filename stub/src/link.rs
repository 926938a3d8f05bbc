//! The line as frames: finds whole ones, acknowledges them, sends replies,
//! and sends them again when they were damaged.
//!
//! RSP numbers nothing. So a packet that comes again while its reply has
//! not been acknowledged is taken for a repetition: it is answered again,
//! not done again.

use crate::embed::{Line, Machine};
use crate::live::Live;
use crate::reply::{PACKET_BYTES, Reply};
use crate::ring::Ring;
use wire::frame::{Decoder, Event, Kind};
use wire::query::CRC;

/// A pause within a frame after which its end is lost, in microseconds.
const GAP_US: u32 = 300_000;

/// How long a transmitter may take no byte, in microseconds. At the lowest
/// speed of a 16550, 50 bits a second, a byte takes a fifth of this.
const STALL_US: u32 = 1_000_000;

/// How many times a reply is sent again.
const MOST_RESENDS: u8 = 10;

/// What arrives while a reply is being sent.
const RING_BYTES: usize = 1024;

/// The most that is taken in before the transmitter has its turn again.
const DRAIN_BYTES: usize = 64;

/// The line and what has been received and sent.
#[derive(Debug)]
pub(crate) struct Link<L> {
    /// The kernel's side.
    pub(crate) line: L,
    /// The last reply.
    pub(crate) reply: Reply,
    decoder: Decoder<PACKET_BYTES>,
    received: Ring<RING_BYTES>,
    received_us: u32,
    acks: Ring<16>,
    sending: Sending,
    is_unacknowledged: bool,
    resends_left: u8,
    executed: Option<(usize, u32)>,
    /// What went wrong so far.
    pub(crate) counters: Counters,
}

/// What went wrong on the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Counters {
    /// Frames that arrived damaged.
    pub(crate) naks: u32,
    /// Replies that were sent again.
    pub(crate) resends: u32,
    /// Bytes between frames that mean nothing, and frames cut short.
    pub(crate) noise: u32,
    /// Bytes for which there was no room.
    pub(crate) lost: u32,
}

/// Of what a part has been sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sending {
    Nothing,
    Reply,
    Query,
}

/// What the bytes so far have come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arrival {
    /// Nothing that concerns anyone else.
    Quiet,
    /// RSP's request to stop.
    Interrupt,
    /// A packet; see [`Link::packet`].
    Packet,
    /// A packet that was too long.
    TooLong,
    /// A query of host-cli; see [`Link::packet`].
    Query,
}

/// What the other end has said to a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    /// It has it.
    Acknowledged,
    /// Nothing yet.
    Nothing,
    /// Something that is no acknowledgement.
    Otherwise,
}

impl<L: Line> Link<L> {
    /// Returns the next arrival; none if no byte is there.
    pub(crate) fn next(&mut self, now: u32) -> Option<Arrival> {
        let byte = match self.received.pop() {
            Some(byte) => byte,
            None => {
                let byte = self.line.receive()?;
                let gap = now.wrapping_sub(self.received_us);
                self.received_us = now;
                if self.decoder.is_inside() && gap > GAP_US {
                    self.decoder.abandon();
                    count(&mut self.counters.noise);
                }
                byte
            }
        };
        Some(self.arrival(byte))
    }

    fn arrival(&mut self, byte: u8) -> Arrival {
        match self.decoder.push(byte) {
            Event::None => Arrival::Quiet,
            Event::Noise => {
                count(&mut self.counters.noise);
                Arrival::Quiet
            }
            Event::Ack => {
                self.is_unacknowledged = false;
                Arrival::Quiet
            }
            Event::Nak => {
                self.resend();
                Arrival::Quiet
            }
            Event::Interrupt => Arrival::Interrupt,
            Event::Frame(Kind::Rsp) => {
                self.acks.push(b'+');
                Arrival::Packet
            }
            Event::Frame(Kind::Query) => Arrival::Query,
            Event::BadChecksum(kind) => {
                count(&mut self.counters.naks);
                // To a query nobody listens for this.
                if kind == Kind::Rsp {
                    self.acks.push(b'-');
                }
                Arrival::Quiet
            }
            Event::TooLong(Kind::Rsp) => {
                self.acks.push(b'+');
                Arrival::TooLong
            }
            Event::TooLong(Kind::Query) => {
                count(&mut self.counters.noise);
                Arrival::Quiet
            }
        }
    }

    /// Returns the packet that has just arrived, and where its reply goes.
    pub(crate) fn packet(&mut self) -> (&[u8], &mut Reply) {
        (self.decoder.body(), &mut self.reply)
    }

    /// Returns whether the packet is one that was answered already; else
    /// remembers it.
    pub(crate) fn is_repetition(&mut self) -> bool {
        let body = self.decoder.body();
        let print = Some((body.len(), CRC.checksum(body)));
        if self.is_unacknowledged && self.executed == print {
            return true;
        }
        self.executed = print;
        false
    }

    /// Gives the reply to the transmitter.
    pub(crate) fn post(&mut self) {
        self.reply.post();
        self.is_unacknowledged = true;
        self.resends_left = MOST_RESENDS;
    }

    /// Sends the reply again, unless it was acknowledged, is under way, or
    /// has been sent often enough.
    pub(crate) fn resend(&mut self) {
        let Some(left) = self.resends_left.checked_sub(1) else { return };
        if self.is_unacknowledged && !self.reply.is_due() {
            self.resends_left = left;
            self.reply.post();
            count(&mut self.counters.resends);
        }
    }

    /// Forgets the reply. While the system runs a debugger takes any reply
    /// for a stop, so none may be sent again.
    pub(crate) fn discard(&mut self) {
        self.reply.clear();
        self.is_unacknowledged = false;
    }

    /// Returns whether the reply was acknowledged, and takes in what the
    /// line has. What else has arrived than acknowledgements stays, and then
    /// none is to be expected.
    pub(crate) fn heard(&mut self, now: u32) -> Heard {
        self.drain(now);
        if !self.is_unacknowledged {
            return Heard::Acknowledged;
        }
        match self.received.first() {
            _ if self.decoder.is_inside() => Heard::Otherwise,
            None => Heard::Nothing,
            Some(byte @ (b'+' | b'-')) => {
                self.received.pop();
                self.arrival(byte);
                self.heard(now)
            }
            Some(_) => Heard::Otherwise,
        }
    }

    /// Returns whether a reply is partly sent, so that another would spoil
    /// it.
    pub(crate) fn is_replying(&self) -> bool {
        self.sending == Sending::Reply
    }

    /// Returns whether part of a frame has arrived.
    pub(crate) fn is_receiving(&self) -> bool {
        self.decoder.is_inside()
    }

    /// Returns whether bytes wait that nobody has looked at, and takes in
    /// what the line has.
    pub(crate) fn has_arrivals(&mut self, now: u32) -> bool {
        self.drain(now);
        !self.received.is_empty()
    }

    /// Returns whether bytes wait that came while a reply was sent.
    pub(crate) fn has_kept(&self) -> bool {
        !self.received.is_empty()
    }

    /// Counts a frame that arrived damaged.
    pub(crate) fn count_damaged(&mut self) {
        count(&mut self.counters.naks);
    }

    /// Counts a byte that means nothing.
    pub(crate) fn count_noise(&mut self) {
        count(&mut self.counters.noise);
    }

    /// Returns whether anything is to be sent.
    pub(crate) fn is_sending(&self, live: &Live) -> bool {
        !self.acks.is_empty() || self.reply.is_due() || live.is_due()
    }

    /// Gives the transmitter what it takes without waiting.
    pub(crate) fn burst(&mut self, live: &mut Live, now: u32) {
        let room = self.line.room();
        self.send(room, live, now);
    }

    /// Sends everything there is to send, keeping what arrives meanwhile.
    pub(crate) fn flush<M: Machine>(
        &mut self,
        live: &mut Live,
        machine: &mut M,
    ) {
        let mut sent_us = machine.now_us();
        while self.is_sending(live) {
            let now = machine.now_us();
            let room = self.line.room();
            if room > 0 {
                sent_us = now;
                self.send(room, live, now);
            } else if now.wrapping_sub(sent_us) > STALL_US {
                self.give_up(live);
            } else {
                core::hint::spin_loop();
            }
            self.drain(now);
        }
    }

    fn send(&mut self, room: usize, live: &mut Live, now: u32) {
        for _ in 0..room {
            let Some(byte) = self.next_byte(live, now) else { break };
            self.line.send(byte);
        }
    }

    fn next_byte(&mut self, live: &mut Live, now: u32) -> Option<u8> {
        if self.sending == Sending::Nothing {
            if let Some(ack) = self.acks.pop() {
                return Some(ack);
            }
            self.sending = if self.reply.is_due() {
                Sending::Reply
            } else {
                Sending::Query
            };
        }
        let (byte, is_due) = match self.sending {
            Sending::Reply => (self.reply.next_byte(), self.reply.is_due()),
            _ => (live.next_byte(now), live.is_due()),
        };
        // The next frame may be of either kind, and acknowledgements come
        // before it.
        if !is_due {
            self.sending = Sending::Nothing;
        }
        byte
    }

    fn drain(&mut self, now: u32) {
        for _ in 0..DRAIN_BYTES {
            let Some(byte) = self.line.receive() else { break };
            self.received_us = now;
            if !self.received.push(byte) {
                count(&mut self.counters.lost);
            }
        }
    }

    /// The transmitter is stuck: nobody will ever see these bytes.
    fn give_up(&mut self, live: &mut Live) {
        self.sending = Sending::Nothing;
        self.acks.clear();
        self.reply.withdraw();
        live.withdraw();
    }
}

impl<L> Link<L> {
    /// Returns a link on which nothing has happened.
    pub(crate) const fn new(line: L) -> Self {
        Self {
            line,
            reply: Reply::new(),
            decoder: Decoder::new(),
            received: Ring::new(),
            received_us: 0,
            acks: Ring::new(),
            sending: Sending::Nothing,
            is_unacknowledged: false,
            resends_left: 0,
            executed: None,
            counters: Counters { naks: 0, resends: 0, noise: 0, lost: 0 },
        }
    }
}

fn count(counter: &mut u32) {
    *counter = counter.wrapping_add(1);
}
