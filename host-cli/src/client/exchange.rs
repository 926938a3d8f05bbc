//! Asks, asks again, and waits for the answers.

use super::error::Error;
use super::frame::{BODY_BYTES, MOST_FRAME_BYTES, PROBE, frame};
use super::patience::Patience;
use super::reply::{self, BadReply, Reply};
use super::under_way::UnderWay;
use super::witness::Witness;
use crate::link::{Interrupt, Line, SLICE, is_silence};
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};
use wire::frame::{Decoder, Event as Found, Kind};
use wire::query::{MAX_REQUEST_BYTES, Query, Request, encode_request};

/// How many requests a stub holds: the one it answers and one behind it.
pub const PIPELINE: usize = 2;

/// Damage that comes sooner after a request is not its answer's.
const SETTLED: Duration = Duration::from_millis(1);

/// One end of a line: asks, and waits for the answers.
pub struct Client {
    line: Box<dyn Line>,
    /// The line's speed in bits a second, if it has one.
    pub(super) baud: Option<u32>,
    pub(super) timeout: Duration,
    interrupt: Interrupt,
    pub(super) decoder: Box<Decoder<BODY_BYTES>>,
    input: VecDeque<u8>,
    pub(super) under_way: UnderWay,
    next_id: u16,
    /// When something was last achieved.
    pub(super) progress_at: Instant,
    /// The frame that is arriving, or the last.
    pub(super) frame: Frame,
    /// When we last got an answer.
    pub(super) reply_at: Instant,
    pub(super) patience: Patience,
    witness: Witness,
    /// When [`PROBE`] was sent, after all else was in vain.
    pub(super) probed_at: Option<Instant>,
}

/// When a frame came.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) began_at: Instant,
    /// When its last byte so far came.
    pub(super) last_at: Instant,
    bytes: usize,
}

/// What happened to a request.
#[derive(Debug)]
pub enum Event {
    /// It was answered.
    Reply(Reply),
    /// The request with this number, or its answer, seems lost.
    Lost(u16),
    /// The answer to the request with this number came damaged.
    Damaged(u16),
}

impl Client {
    /// Returns a client that talks over `line`.
    #[must_use]
    pub fn new(
        line: Box<dyn Line>,
        baud: Option<u32>,
        timeout: Duration,
        interrupt: Interrupt,
    ) -> Self {
        let now = Instant::now();
        // At random, so that an answer to whoever asked before is not taken
        // for one to us.
        let seed = RandomState::new().hash_one(std::process::id());
        Self {
            line,
            baud,
            timeout,
            interrupt,
            decoder: Box::new(Decoder::new()),
            input: VecDeque::new(),
            under_way: UnderWay::default(),
            next_id: seed as u16,
            progress_at: now,
            frame: Frame { began_at: now, last_at: now, bytes: 0 },
            reply_at: now,
            patience: Patience::default(),
            witness: Witness::default(),
            probed_at: None,
        }
    }

    /// Asks, and returns the reply.
    ///
    /// # Errors
    ///
    /// Fails if the line does, or no reply comes in time.
    pub fn ask(&mut self, query: Query) -> Result<Reply, Error> {
        let id = self.submit(query)?;
        let reply = self.answer_to(id);
        // What comes later answers no other question.
        self.forget(id);
        reply
    }

    fn answer_to(&mut self, id: u16) -> Result<Reply, Error> {
        loop {
            match self.wait()? {
                Event::Reply(reply) if reply.head.id == id => return Ok(reply),
                Event::Reply(_) => {}
                Event::Lost(id) | Event::Damaged(id) => self.resend(id)?,
            }
        }
    }

    /// Sends a request and returns its number. At most [`PIPELINE`] may be
    /// under way.
    ///
    /// # Errors
    ///
    /// Fails if the line does.
    pub fn submit(&mut self, query: Query) -> Result<u16, Error> {
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        let mut buffer = [0; MAX_REQUEST_BYTES];
        let request = encode_request(&Request { id, query }, &mut buffer)
            .expect("every request fits its buffer")
            .to_vec();
        if self.under_way.len() == 0 {
            self.progress_at = Instant::now();
        }
        self.under_way.push(id, request);
        self.send_last()?;
        Ok(id)
    }

    /// Sends the request with this number again.
    ///
    /// # Errors
    ///
    /// Fails if the line does.
    pub fn resend(&mut self, id: u16) -> Result<(), Error> {
        if self.under_way.put_last(id) { self.send_last() } else { Ok(()) }
    }

    /// Stops waiting for the answer to the request with this number.
    pub fn forget(&mut self, id: u16) {
        self.under_way.take(id);
    }

    /// Waits until one of the requests under way is answered or seems lost.
    ///
    /// # Errors
    ///
    /// Fails if the line does, or none is answered in time.
    ///
    /// # Panics
    ///
    /// Panics if no request is under way.
    pub fn wait(&mut self) -> Result<Event, Error> {
        let mut is_last_look = false;
        loop {
            while let Some(byte) = self.input.pop_front() {
                if let Some(event) = self.take(byte)? {
                    return Ok(event);
                }
            }
            if self.interrupt.came() {
                return Err(Error::Interrupted);
            }
            if let Some(id) = self.under_way.overtaken() {
                return Ok(Event::Lost(id));
            }
            let due = self.deadline().min(self.next_loss().1);
            let left = due.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                self.receive(left)?;
                is_last_look = false;
                continue;
            }
            // What has come in time may wait to be read: a busy host may
            // have let us wait.
            if !is_last_look {
                is_last_look = true;
                self.receive(Duration::ZERO)?;
                continue;
            }
            let now = Instant::now();
            if now >= self.deadline() {
                if self.probed_at.is_some() || self.witness.valid {
                    return Err(self.gave_up());
                }
                self.probed_at = Some(now);
                self.send(PROBE)?;
                continue;
            }
            let (id, lost_at) = self.next_loss();
            if now >= lost_at {
                let sent_at = self.oldest().sent_at;
                self.patience.given_up(id, sent_at);
                if !self.decoder.is_inside() {
                    return Ok(Event::Lost(id));
                }
                self.decoder.abandon();
                self.witness.noise();
                return Ok(Event::Damaged(id));
            }
        }
    }

    /// Sends the last of the requests under way.
    fn send_last(&mut self) -> Result<(), Error> {
        let pending = self.under_way.last().expect("just put there");
        let frame = frame(&pending.request);
        self.send(&frame)?;
        if let Some(pending) = self.under_way.last() {
            pending.sent_at = Instant::now();
        }
        Ok(())
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        let deadline = Instant::now() + self.timeout;
        while !bytes.is_empty() {
            match self.line.write(bytes) {
                Ok(sent @ 1..) => bytes = &bytes[sent..],
                // What came before it was closed is still to be read.
                Ok(0) => break,
                Err(error) if is_closed(&error) => break,
                Err(error) if !is_silence(&error) => {
                    return Err(self.broken(Some(error)));
                }
                Err(_) if self.interrupt.came() => {
                    return Err(Error::Interrupted);
                }
                Err(_) if Instant::now() >= deadline => {
                    return Err(self.gave_up());
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn receive(&mut self, wait: Duration) -> Result<(), Error> {
        let mut buffer = [0; 4096];
        match self.line.read(&mut buffer, wait.min(SLICE)) {
            Ok(0) => Err(self.broken(None)),
            Ok(count) => {
                self.input.extend(&buffer[..count]);
                Ok(())
            }
            Err(error) if is_silence(&error) => Ok(()),
            Err(error) => Err(self.broken(Some(error))),
        }
    }

    /// Takes a byte off the line; returns what it completed.
    fn take(&mut self, byte: u8) -> Result<Option<Event>, Error> {
        let was_inside = self.decoder.is_inside();
        let found = self.decoder.push(byte);
        if self.decoder.is_inside() {
            let now = Instant::now();
            if !was_inside || matches!(found, Found::Cut(_)) {
                self.frame = Frame { began_at: now, last_at: now, bytes: 0 };
            }
            self.frame.last_at = now;
            self.frame.bytes += 1;
            if self.frame.bytes > MOST_FRAME_BYTES {
                self.decoder.abandon();
                self.witness.noise();
                return Ok(self.damaged());
            }
        }
        match found {
            Found::Frame(Kind::Query) => return self.frame(),
            Found::BadChecksum(Kind::Query)
            | Found::TooLong(Kind::Query)
            | Found::Cut(Kind::Query)
            // Ours, too, if it is its first byte that was damaged.
            | Found::BadChecksum(Kind::Rsp) => {
                self.witness.noise();
                return Ok(self.damaged());
            }
            Found::Frame(Kind::Rsp) | Found::Ack | Found::Nak => {
                self.witness.packet();
            }
            Found::None => {}
            Found::Noise
            | Found::Interrupt
            | Found::Cut(Kind::Rsp)
            | Found::TooLong(Kind::Rsp) => self.witness.noise(),
        }
        Ok(None)
    }

    /// Takes the frame that the decoder holds.
    fn frame(&mut self) -> Result<Option<Event>, Error> {
        let body = self.decoder.body();
        if self.under_way.is_one(body) {
            self.witness.echo = true;
            return Ok(None);
        }
        let mut reply = match reply::decode(body) {
            Ok(reply) => reply,
            Err(BadReply::Damaged) => {
                self.witness.noise();
                return Ok(self.damaged());
            }
            Err(BadReply::Version(version)) => {
                return Err(Error::Version(version));
            }
            Err(BadReply::Malformed) => return Err(Error::Malformed),
        };
        self.witness.valid = true;
        self.probed_at = None;
        let id = reply.head.id;
        let began_at = self.frame.began_at;
        let Some(pending) = self.under_way.answer(id) else {
            self.patience.late(id, began_at);
            return Ok(None);
        };
        if pending.is_resent {
            self.patience.answered_to_one_of_many(id, pending.sent_at);
        } else {
            let free_at = pending.sent_at.max(self.reply_at);
            let time = began_at.saturating_duration_since(free_at);
            self.patience.answered_after(time);
        }
        let now = Instant::now();
        reply.round_trip = now - pending.sent_at;
        self.progress_at = now;
        self.reply_at = now;
        Ok(Some(Event::Reply(reply)))
    }

    /// Returns the request whose answer was damaged: they come in order.
    ///
    /// None if it was sent just now: a flood of damage must not become a
    /// flood of requests.
    fn damaged(&self) -> Option<Event> {
        let oldest = self.under_way.oldest()?;
        let settled = oldest.sent_at.elapsed() >= SETTLED;
        settled.then_some(Event::Damaged(oldest.id))
    }

    fn gave_up(&self) -> Error {
        match self.witness.heard() {
            None => Error::TimedOut(self.timeout),
            Some(heard) => {
                Error::NeverAnswered { heard, timeout: self.timeout }
            }
        }
    }

    fn broken(&self, error: Option<io::Error>) -> Error {
        Error::Broken {
            error: error.filter(|error| !is_closed(error)),
            had_worked: self.witness.valid,
            inside_frame: self.decoder.is_inside(),
        }
    }
}

fn is_closed(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionReset};
    matches!(error.kind(), ConnectionReset | BrokenPipe)
}

#[cfg(test)]
mod tests;
