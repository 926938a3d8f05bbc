//! Sends questions, sends them again, and waits for the answers.

use super::error::Error;
use super::evidence::Evidence;
use super::frame::{BODY_BYTES, PROBE};
use super::in_flight::InFlight;
use super::reply::Reply;
use super::retry_timer::RetryTimer;
use crate::link::{Interrupt, Line, SLICE, is_timeout};
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};
use wire::frame::{Decoder, Escapes, query_frame_with};
use wire::query::{MAX_REQUEST_BYTES, Query, Request, encode_request};

/// How many requests a stub holds: the one it is answering and the next.
pub const PIPELINE: usize = 2;

/// How many requests go unanswered before it is looked into what the line
/// changes.
const MOST_IN_VAIN: u32 = 4;

/// After how many questions that were left unanswered, while [`PROBE`] was
/// rejected each time, it is a GDB stub that knows none.
const ENOUGH_PROBES: u32 = 2;

/// The asking end of a line.
pub struct Client {
    line: Box<dyn Line>,
    /// The line's baud rate, if it has one.
    pub(super) baud: Option<u32>,
    pub(super) timeout: Duration,
    pub(super) interrupt: Interrupt,
    pub(super) decoder: Box<Decoder<BODY_BYTES>>,
    pub(super) input: VecDeque<u8>,
    pub(super) in_flight: InFlight,
    next_id: u16,
    /// Since when the questions in flight, or those to be asked again, have
    /// had no answer.
    pub(super) unanswered_since: Option<Instant>,
    /// The frame that is arriving, or the last one.
    pub(super) frame: Frame,
    /// When to ask again after damage that came too soon.
    pub(super) damage_due: Option<Instant>,
    /// When the last answer arrived.
    pub(super) reply_at: Instant,
    pub(super) retry_timer: RetryTimer,
    pub(super) evidence: Evidence,
    /// Whether it was looked into what the line changes.
    pub(super) is_examined: bool,
    /// Whether that showed a stub that knows our questions.
    pub(super) has_pattern_come: bool,
    /// What frames escape on this line.
    pub(super) escapes: Escapes,
    /// When [`PROBE`] was sent, after every question went unanswered.
    pub(super) probed_at: Option<Instant>,
    /// How often [`PROBE`] was sent along with a question.
    pub(super) probes: u32,
    since: Instant,
}

/// When a frame arrived.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) began_at: Instant,
    /// When its latest byte arrived.
    pub(super) last_at: Instant,
    pub(super) bytes: usize,
}

/// What happened to a request.
#[derive(Debug)]
pub enum Event {
    /// A request was answered.
    Reply(Reply),
    /// The request with this number, or its answer, is presumed lost.
    Lost(u16),
    /// The answer to the request with this number arrived damaged.
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
        // At random, so that an answer to an earlier program is not mistaken
        // for one to us.
        let seed = RandomState::new().hash_one(std::process::id());
        Self {
            line,
            baud,
            timeout,
            interrupt,
            decoder: Box::new(Decoder::new()),
            input: VecDeque::new(),
            in_flight: InFlight::default(),
            next_id: seed as u16,
            unanswered_since: None,
            frame: Frame { began_at: now, last_at: now, bytes: 0 },
            damage_due: None,
            reply_at: now,
            retry_timer: RetryTimer::default(),
            evidence: Evidence::default(),
            is_examined: false,
            has_pattern_come: false,
            escapes: Escapes::Framing,
            probed_at: None,
            probes: 0,
            since: now,
        }
    }

    /// Returns what it was made of, to talk to what is there in another way,
    /// and since when the line was in use.
    #[must_use]
    pub fn into_parts(self) -> (Box<dyn Line>, Duration, Interrupt, Instant) {
        (self.line, self.timeout, self.interrupt, self.since)
    }

    /// Asks a question and returns the reply.
    ///
    /// # Errors
    ///
    /// Fails if the line fails, or no reply comes in time.
    pub fn ask(&mut self, query: Query) -> Result<Reply, Error> {
        let id = self.submit(query)?;
        let reply = self.answer_to(id);
        // A later answer to it must not be taken for that to another question.
        self.give_up(id);
        if self.in_flight.len() == 0 {
            self.forget_all();
        }
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

    /// Sends a request and returns its number. At most [`PIPELINE`] may be in
    /// flight.
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
        self.unanswered_since.get_or_insert_with(Instant::now);
        self.in_flight.push(id, request);
        self.send_last()?;
        Ok(id)
    }

    /// Sends the request with this number again.
    ///
    /// # Errors
    ///
    /// Fails if the line does.
    pub fn resend(&mut self, id: u16) -> Result<(), Error> {
        if self.in_flight.requeue(id) { self.send_last() } else { Ok(()) }
    }

    /// Gives up the request with this number, because the same is to be asked
    /// under another. The timeout runs on.
    pub fn give_up(&mut self, id: u16) {
        self.in_flight.take(id);
    }

    /// Stops waiting for answers.
    pub fn forget_all(&mut self) {
        self.in_flight = InFlight::default();
        self.unanswered_since = None;
    }

    /// Waits until a request in flight is answered or presumed lost.
    ///
    /// # Errors
    ///
    /// Fails if the line fails, or none is answered in time.
    ///
    /// # Panics
    ///
    /// Panics if no request is in flight.
    pub fn wait(&mut self) -> Result<Event, Error> {
        let mut is_last_look = false;
        loop {
            while let Some(byte) = self.input.pop_front() {
                if let Some(event) = self.take(byte)? {
                    return Ok(event);
                }
            }
            if self.interrupt.was_pressed() {
                return Err(Error::Interrupted);
            }
            if self.evidence.asked_in_vain() > MOST_IN_VAIN {
                self.examine_line()?;
            }
            if let Some(id) = self.in_flight.overtaken() {
                return Ok(Event::Lost(id));
            }
            let mut due = self.deadline().min(self.next_loss().1);
            let is_inside = self.decoder.is_inside();
            if let Some(damage) = self.damage_due.filter(|_| !is_inside) {
                due = due.min(damage);
            }
            let left = due.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                self.receive(left)?;
                is_last_look = false;
                continue;
            }
            // An answer may have arrived in time but not been read yet,
            // because a busy host did not let us run.
            if !is_last_look {
                is_last_look = true;
                self.receive(Duration::ZERO)?;
                continue;
            }
            let now = Instant::now();
            if now >= self.deadline() {
                if !self.is_examined {
                    self.examine_line()?;
                    continue;
                }
                if self.probed_at.is_some() || self.evidence.is_valid() {
                    return Err(self.timeout_error());
                }
                self.probed_at = Some(now);
                self.send(PROBE)?;
                continue;
            }
            if self.damage_due.is_some_and(|due| now >= due) && !is_inside {
                self.damage_due = None;
                return Ok(Event::Damaged(self.oldest().id));
            }
            let (id, lost_at) = self.next_loss();
            if now >= lost_at {
                let sent_at = self.oldest().sent_at;
                if !self.decoder.is_inside() {
                    if !self.tell_stub_early()? {
                        self.retry_timer.given_up(id, sent_at);
                    }
                    return Ok(Event::Lost(id));
                }
                self.retry_timer.given_up(id, sent_at);
                self.decoder.abandon();
                self.evidence.damage();
                return Ok(Event::Damaged(id));
            }
        }
    }

    /// Finds out, where that costs no time on a line, whether what leaves our
    /// questions unanswered is a GDB stub that does not know them. Returns
    /// whether the next question is to tell.
    ///
    /// # Errors
    ///
    /// Fails if it is one, or the line fails.
    fn tell_stub_early(&mut self) -> Result<bool, Error> {
        let rejected = self.evidence.packets() >= self.probes;
        let is_ours = self.evidence.is_valid() || self.has_pattern_come;
        if self.baud.is_some() || is_ours || !rejected {
            return Ok(false);
        }
        if self.probes >= ENOUGH_PROBES {
            // Or the line eats what our questions consist of: ours would
            // answer the one of which no line does.
            self.examine_line()?;
            return match self.has_pattern_come {
                true => Ok(false),
                false => Err(self.timeout_error()),
            };
        }
        self.probes += 1;
        self.send(PROBE)?;
        Ok(true)
    }

    /// Sends the last of the requests in flight.
    fn send_last(&mut self) -> Result<(), Error> {
        let pending = self.in_flight.last().expect("just put there");
        let frame: Vec<u8> = query_frame_with(self.escapes, &pending.request);
        self.send(&frame)?;
        self.damage_due = None;
        self.evidence.asked();
        if let Some(pending) = self.in_flight.last() {
            pending.sent_at = Instant::now();
        }
        Ok(())
    }

    pub(super) fn send(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        let deadline = Instant::now() + self.timeout;
        while !bytes.is_empty() {
            match self.line.write(bytes) {
                Ok(sent @ 1..) => bytes = &bytes[sent..],
                // Bytes that arrived before it was closed are still unread.
                Ok(0) => break,
                Err(error) if is_closed(&error) => break,
                Err(error) if !is_timeout(&error) => {
                    return Err(self.line_error(Some(error)));
                }
                Err(_) if self.interrupt.was_pressed() => {
                    return Err(Error::Interrupted);
                }
                Err(_) if Instant::now() >= deadline => {
                    return Err(self.timeout_error());
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    pub(super) fn receive(&mut self, wait: Duration) -> Result<(), Error> {
        let mut buffer = [0; 4096];
        match self.line.read(&mut buffer, wait.min(SLICE)) {
            Ok(0) => Err(self.line_error(None)),
            Ok(count) => {
                self.input.extend(&buffer[..count]);
                Ok(())
            }
            Err(error) if is_timeout(&error) => Ok(()),
            Err(error) => Err(self.line_error(Some(error))),
        }
    }

    fn timeout_error(&self) -> Error {
        let timeout = self.timeout;
        if let Some((asked, damaged)) = self.evidence.mostly_damaged() {
            return Error::NeverWhole { asked, damaged };
        }
        match self.evidence.received() {
            None => Error::TimedOut(timeout),
            Some(received) => Error::NeverAnswered { received, timeout },
        }
    }

    fn line_error(&self, error: Option<io::Error>) -> Error {
        Error::Broken {
            error: error.filter(|error| !is_closed(error)),
            had_worked: self.evidence.is_valid(),
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
