//! The line as frames: finds complete ones, acknowledges them, sends replies,
//! and resends them if they were damaged.
//!
//! RSP does not number its packets. So a packet that is repeated before its
//! reply has been acknowledged is taken for a retransmission: its reply is sent
//! again, but it is not executed again.

use super::intake::{Intake, count};
use super::query_reply::QueryReply;
use super::reply::{PACKET_BYTES, Reply};
use crate::embed::{Received, SerialLine};
use crate::storage::Ring;
use wire::frame::{Decoder, Event, Kind};
use wire::query::{CRC, LineFaults};

/// How many times a damaged reply is resent.
const MOST_RESENDS: u8 = 10;

/// How long a debugger may take to acknowledge a stop, in microseconds, before
/// the stop is reported again. The debugger is waiting for it, and never asks
/// for a packet that was lost completely.
const REMIND_US: u32 = 1_000_000;

/// The line and what has been received and sent.
#[derive(Debug)]
pub(crate) struct Link<L> {
    /// The receiving side.
    pub(crate) intake: Intake<L>,
    /// The last reply to a debugger.
    pub(crate) reply: Reply,
    /// The last reply to host-cli.
    pub(crate) query: QueryReply,
    decoder: Decoder<PACKET_BYTES>,
    pub(super) acks: Ring<16>,
    /// Which frame has been sent in part.
    pub(super) sending: Option<Kind>,
    is_unacknowledged: bool,
    resends_left: u8,
    /// When the stop that is not yet acknowledged was last reported.
    told_us: Option<u32>,
    executed: Option<(usize, u32)>,
    faults: LineFaults,
}

/// What the bytes received so far add up to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arrival {
    /// Nothing to act on.
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

/// How the other end has responded to a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AckStatus {
    /// It acknowledged the reply.
    Acknowledged,
    /// It has not responded yet.
    Pending,
    /// It sent something other than an acknowledgement.
    OtherData,
}

impl<L: SerialLine> Link<L> {
    /// Processes the next byte or event; none if there is none.
    pub(crate) fn next(&mut self, now: u32) -> Option<Arrival> {
        let received = match self.intake.received.pop() {
            Some(kept) => kept,
            None => {
                let received = self.intake.line.receive();
                if self.intake.is_pause(now) {
                    self.drop_half();
                }
                if received.is_some() {
                    self.intake.received_us = now;
                }
                Some(received?)
            }
        };
        match received {
            Some(Received::Byte(byte)) => return Some(self.arrival(byte)),
            // Like 0x03, a BREAK has a meaning only between frames.
            Some(Received::Break) => {
                count(&mut self.faults.breaks);
                if !self.decoder.is_inside() {
                    return Some(Arrival::Interrupt);
                }
                self.drop_half();
            }
            Some(Received::Damaged) => {
                count(&mut self.faults.framing);
                self.decoder.spoil();
            }
            None => self.drop_half(),
        }
        Some(Arrival::Quiet)
    }

    /// Drops a frame whose rest will not come.
    fn drop_half(&mut self) {
        if self.decoder.is_inside() {
            self.decoder.abandon();
            count(&mut self.faults.cut);
        }
    }

    fn arrival(&mut self, byte: u8) -> Arrival {
        match self.decoder.push(byte) {
            Event::None => {}
            Event::Noise => self.count_noise(),
            Event::Cut(_) => count(&mut self.faults.cut),
            Event::Ack => {
                self.is_unacknowledged = false;
                self.told_us = None;
            }
            Event::Nak => self.resend(),
            Event::Interrupt => return Arrival::Interrupt,
            Event::Frame(Kind::Query) => {
                if self.decoder.avoids_flow_control() {
                    self.reply.avoid_flow_control();
                    self.query.avoid_flow_control();
                }
                return Arrival::Query;
            }
            Event::Frame(Kind::Rsp) => {
                self.acks.push(b'+');
                return Arrival::Packet;
            }
            Event::BadChecksum(kind) => {
                self.count_damaged();
                // A query gets no NAK: host-cli does not listen for one.
                if kind == Kind::Rsp {
                    self.acks.push(b'-');
                }
            }
            Event::TooLong(kind) => {
                count(&mut self.faults.oversize);
                if kind == Kind::Rsp {
                    self.acks.push(b'+');
                    return Arrival::TooLong;
                }
            }
        }
        Arrival::Quiet
    }

    /// Returns the packet that has just arrived, and where its reply goes.
    pub(crate) fn packet(&mut self) -> (&[u8], &mut Reply) {
        (self.decoder.body(), &mut self.reply)
    }

    /// Returns the query that has just arrived, and where its reply goes.
    pub(crate) fn request(&self) -> (&[u8], &QueryReply) {
        (self.decoder.body(), &self.query)
    }

    /// Returns whether the packet has already been answered; otherwise
    /// remembers it.
    pub(crate) fn is_repetition(&mut self) -> bool {
        let body = self.decoder.body();
        let print = Some((body.len(), CRC.checksum(body)));
        if self.is_unacknowledged && self.executed == print {
            count(&mut self.faults.duplicates);
            return true;
        }
        self.executed = print;
        false
    }

    /// Forgets the last answered packet, because another reply replaces its
    /// own.
    pub(crate) const fn forget_packet(&mut self) {
        self.executed = None;
    }

    /// Queues the reply for sending.
    pub(crate) fn post(&mut self) {
        self.reply.post();
        self.is_unacknowledged = true;
        self.resends_left = MOST_RESENDS;
        self.told_us = None;
    }

    /// Queues the reply, a stop, for sending.
    pub(crate) fn post_stop(&mut self, now: u32) {
        self.post();
        self.told_us = Some(now);
    }

    /// Reports the stop again if the debugger seems to have missed it.
    pub(crate) fn remind(&mut self, now: u32) {
        if let Some(told) = self.told_us
            && now.wrapping_sub(told) > REMIND_US
        {
            self.told_us = Some(now);
            self.resend();
        }
    }

    /// Resends the reply to a repeated packet.
    ///
    /// Every repetition is answered, since it may be the next debugger's
    /// packet: only resends that NAKs ask for are limited.
    pub(crate) fn repeat(&mut self) {
        self.resends_left = MOST_RESENDS;
        self.resend();
    }

    /// Resends the reply, unless it was acknowledged, is being sent, or has
    /// been resent often enough.
    pub(crate) fn resend(&mut self) {
        let Some(left) = self.resends_left.checked_sub(1) else { return };
        if self.is_unacknowledged && !self.reply.is_due() {
            self.resends_left = left;
            self.reply.post();
            count(&mut self.faults.resends);
        }
    }

    /// Forgets the reply. While the system runs, a debugger takes any reply for
    /// a stop, so none may be resent.
    pub(crate) fn discard(&mut self) {
        self.reply.clear();
        self.is_unacknowledged = false;
        self.told_us = None;
    }

    /// Receives what has arrived and returns whether the reply was
    /// acknowledged. Anything but acknowledgements is kept; if there is any, no
    /// acknowledgement will follow.
    pub(crate) fn ack_status(&mut self, now: u32) -> AckStatus {
        self.intake.drain(now);
        while self.is_unacknowledged {
            match self.intake.received.first() {
                _ if self.decoder.is_inside() => return AckStatus::OtherData,
                None => return AckStatus::Pending,
                // A pause ends a frame, and no frame has begun.
                Some(None) => {}
                Some(Some(Received::Byte(byte @ (b'+' | b'-')))) => {
                    self.arrival(byte);
                }
                Some(Some(_)) => return AckStatus::OtherData,
            }
            self.intake.received.pop();
        }
        AckStatus::Acknowledged
    }

    /// Returns whether the last reply has been sent and acknowledged.
    pub(crate) const fn is_settled(&self) -> bool {
        !self.is_unacknowledged && !self.reply.is_due()
    }

    /// Returns whether a reply has been sent in part, so that replacing it
    /// would corrupt it.
    pub(crate) fn is_replying(&self) -> bool {
        self.sending == Some(Kind::Rsp)
    }

    /// Returns whether part of a frame has arrived.
    pub(crate) fn is_receiving(&self) -> bool {
        self.decoder.is_inside()
    }

    /// Receives what has arrived and returns whether there are unprocessed
    /// bytes.
    pub(crate) fn has_arrivals(&mut self, now: u32) -> bool {
        self.intake.drain(now);
        !self.intake.received.is_empty()
    }

    /// Returns whether there are unprocessed bytes that arrived while a reply
    /// was being sent.
    pub(crate) fn has_kept(&self) -> bool {
        !self.intake.received.is_empty()
    }

    /// Counts a frame that arrived damaged.
    pub(crate) fn count_damaged(&mut self) {
        count(&mut self.faults.naks);
    }

    /// Counts a meaningless byte.
    pub(crate) fn count_noise(&mut self) {
        count(&mut self.faults.noise);
    }

    /// Returns the counts of line errors so far.
    pub(crate) fn faults(&self) -> LineFaults {
        let Intake { line, lost, .. } = &self.intake;
        LineFaults { overruns: line.overruns(), lost: *lost, ..self.faults }
    }
}

impl<L> Link<L> {
    /// Returns a link on which nothing has happened.
    pub(crate) const fn new(line: L) -> Self {
        Self {
            intake: Intake::new(line),
            reply: Reply::new(),
            query: QueryReply::new(),
            decoder: Decoder::new(),
            acks: Ring::new(),
            sending: None,
            is_unacknowledged: false,
            resends_left: 0,
            told_us: None,
            executed: None,
            faults: LineFaults {
                naks: 0,
                resends: 0,
                overruns: 0,
                framing: 0,
                breaks: 0,
                noise: 0,
                cut: 0,
                oversize: 0,
                duplicates: 0,
                lost: 0,
            },
        }
    }
}
