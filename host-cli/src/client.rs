//! Questions and answers on a line that may lose or change bytes.
//!
//! A request that gets no answer is sent again with its number, until the
//! time-out; an answer counts once. While an answer arrives, nothing is
//! asked again: on a slow line that takes long. Whatever else is on the line, such as a
//! debugger's packets or answers to others, is passed over.

pub mod error;
mod patience;
pub mod reply;

pub use error::{Error, Heard};
pub use reply::Reply;

use crate::interrupt::Interrupt;
use crate::link::{Line, SLICE, is_silence};
use patience::Patience;
use reply::BadReply;
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};
use wire::frame::{Decoder, Encoder, Event as Found, Kind};
use wire::query::{
    MAX_REPLY_BYTES, MAX_REQUEST_BYTES, Query, Request, Trailer, encode_request,
};

/// How many requests a stub holds: the one it answers and one behind it.
pub const PIPELINE: usize = 2;

/// A request is presumed lost after this time even if the line is not quiet,
/// but carries other things than answers to us.
const MOST_FOR_OTHERS: Duration = Duration::from_secs(1);

/// A pause amid an answer after which the rest of it will not come; the stub
/// has the same for requests.
const MOST_GAP: Duration = Duration::from_millis(300);

/// Damage that comes sooner after a request is not its answer's.
const SETTLED: Duration = Duration::from_millis(1);

/// A packet with a wrong checksum. A GDB stub refuses it with a NAK, and it
/// can neither begin a session nor stop anything.
const PROBE: &[u8] = b"$#ff";
/// How long a stub has to refuse [`PROBE`].
const PROBE_TIME: Duration = Duration::from_millis(250);

/// The longest reply with its version, trailer and CRC.
const BODY_BYTES: usize = 1 + MAX_REPLY_BYTES + Trailer::BYTES + 4;
/// What a frame adds to its body.
const FRAME_BYTES: usize = 4;
/// No frame is longer, with every byte of its body escaped.
const MOST_FRAME_BYTES: usize = 2 * BODY_BYTES + FRAME_BYTES;

/// One end of a line: asks, and waits for the answers.
pub struct Client {
    line: Box<dyn Line>,
    /// The line's speed in bits a second, if it has one.
    baud: Option<u32>,
    timeout: Duration,
    interrupt: Interrupt,
    decoder: Box<Decoder<BODY_BYTES>>,
    input: VecDeque<u8>,
    /// What has been asked and not answered, the least recently sent first.
    pending: VecDeque<Pending>,
    next_id: u16,
    /// When something was last achieved.
    progress_at: Instant,
    /// The frame that is arriving, or the last.
    frame: Frame,
    /// When we last got an answer.
    reply_at: Instant,
    patience: Patience,
    witness: Witness,
    /// When [`PROBE`] was sent, after all else was in vain.
    probed_at: Option<Instant>,
}

struct Pending {
    id: u16,
    request: Vec<u8>,
    sent_at: Instant,
    /// Whether it has been sent more than once.
    is_resent: bool,
    /// Whether a later request has been answered, and they are answered in
    /// order.
    is_overtaken: bool,
}

/// When a frame came.
#[derive(Clone, Copy)]
struct Frame {
    began_at: Instant,
    /// When its last byte so far came.
    last_at: Instant,
    bytes: usize,
}

/// What has come so far.
#[derive(Clone, Copy, Default)]
struct Witness {
    /// Whether a valid answer came, to whomever.
    valid: bool,
    /// Whether one of our own questions came back.
    echo: bool,
    /// Packets and acknowledgements of a GDB stub, or what looks like them.
    packets: u32,
    /// What makes no sense: bytes, and damaged frames.
    noise: u32,
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
            pending: VecDeque::new(),
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
        self.submit(query)?;
        loop {
            match self.wait()? {
                Event::Reply(reply) => return Ok(reply),
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
        let now = Instant::now();
        if self.pending.is_empty() {
            self.progress_at = now;
        }
        self.pending.push_back(Pending {
            id,
            request,
            sent_at: now,
            is_resent: false,
            is_overtaken: false,
        });
        self.send_last()?;
        Ok(id)
    }

    /// Sends the request with this number again.
    ///
    /// # Errors
    ///
    /// Fails if the line does.
    pub fn resend(&mut self, id: u16) -> Result<(), Error> {
        let Some(mut pending) = self.take_pending(id) else { return Ok(()) };
        pending.is_resent = true;
        self.pending.push_back(pending);
        self.send_last()
    }

    /// Stops waiting for the answer to the request with this number.
    pub fn forget(&mut self, id: u16) {
        self.take_pending(id);
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
            if let Some(id) = self.overtaken() {
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
                count(&mut self.witness.noise);
                return Ok(Event::Damaged(id));
            }
        }
    }

    /// Returns a request that was overtaken, once.
    fn overtaken(&mut self) -> Option<u16> {
        let pending = self.pending.iter_mut().find(|p| p.is_overtaken)?;
        pending.is_overtaken = false;
        Some(pending.id)
    }

    fn take_pending(&mut self, id: u16) -> Option<Pending> {
        let at = self.pending.iter().position(|p| p.id == id)?;
        self.pending.remove(at)
    }

    fn deadline(&self) -> Instant {
        match self.probed_at {
            Some(probed_at) => probed_at + PROBE_TIME,
            None => self.progress_at + self.timeout + self.arriving(),
        }
    }

    /// Sends the last of the requests under way.
    fn send_last(&mut self) -> Result<(), Error> {
        let pending = self.pending.back().expect("just pushed");
        let frame = frame(&pending.request);
        self.send(&frame)?;
        if let Some(pending) = self.pending.back_mut() {
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
                count(&mut self.witness.noise);
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
                count(&mut self.witness.noise);
                return Ok(self.damaged());
            }
            Found::Frame(Kind::Rsp) | Found::Ack | Found::Nak => {
                count(&mut self.witness.packets);
            }
            Found::None => {}
            Found::Noise
            | Found::Interrupt
            | Found::Cut(Kind::Rsp)
            | Found::TooLong(Kind::Rsp) => count(&mut self.witness.noise),
        }
        Ok(None)
    }

    /// Takes the frame that the decoder holds.
    fn frame(&mut self) -> Result<Option<Event>, Error> {
        let body = self.decoder.body();
        if self.pending.iter().any(|p| p.request == body) {
            self.witness.echo = true;
            return Ok(None);
        }
        let mut reply = match reply::decode(body) {
            Ok(reply) => reply,
            Err(BadReply::Damaged) => {
                count(&mut self.witness.noise);
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
        let Some(at) = self.pending.iter().position(|p| p.id == id) else {
            self.patience.late(id, began_at);
            return Ok(None);
        };
        let Some(pending) = self.pending.remove(at) else { return Ok(None) };
        if pending.is_resent {
            self.patience.answered_to_one_of_many(id, pending.sent_at);
        } else {
            let free_at = pending.sent_at.max(self.reply_at);
            let time = began_at.saturating_duration_since(free_at);
            self.patience.answered_after(time);
            for before in self.pending.iter_mut().take(at) {
                before.is_overtaken = true;
            }
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
        let oldest = self.pending.front()?;
        let settled = oldest.sent_at.elapsed() >= SETTLED;
        settled.then_some(Event::Damaged(oldest.id))
    }

    /// Returns which request will next be presumed lost, and when.
    fn next_loss(&self) -> (u16, Instant) {
        let oldest = self.oldest();
        let sent = oldest.sent_at + self.line_time(oldest.request.len());
        let mut quiet = self.patience.quiet();
        if self.decoder.is_inside() {
            quiet = quiet.max(MOST_GAP);
        }
        let quiet = sent.max(self.frame.last_at) + quiet;
        let others = sent.max(self.reply_at) + MOST_FOR_OTHERS;
        (oldest.id, quiet.min(others + self.arriving()))
    }

    fn oldest(&self) -> &Pending {
        self.pending.front().expect("a request is under way")
    }

    /// Returns how long the replies under way may take on a slow line, or
    /// the one that is arriving has taken so far.
    fn arriving(&self) -> Duration {
        let known = self.line_time(self.pending.len() * BODY_BYTES);
        let is_arriving =
            self.decoder.is_inside() && self.frame.last_at.elapsed() < MOST_GAP;
        if !is_arriving {
            return known;
        }
        known.max(self.frame.began_at.elapsed())
    }

    /// Returns how long a frame takes on the line, at worst.
    fn line_time(&self, body_bytes: usize) -> Duration {
        // A start bit, eight of data, a stop bit; every byte escaped.
        let bits = 10 * (2 * body_bytes + FRAME_BYTES) as u64;
        let micros = |baud: u32| bits * 1_000_000 / u64::from(baud.max(1));
        Duration::from_micros(self.baud.map_or(0, micros))
    }

    fn gave_up(&self) -> Error {
        let Witness { valid, echo, packets, noise } = self.witness;
        let heard = match () {
            () if valid => return Error::TimedOut(self.timeout),
            () if echo => Heard::Echo,
            // Noise, too, holds what looks like a packet now and then.
            () if packets > noise => Heard::GdbStub,
            () if noise > 0 => Heard::Noise,
            () => Heard::Silence,
        };
        Error::NeverAnswered { heard, timeout: self.timeout }
    }

    fn broken(&self, error: Option<io::Error>) -> Error {
        Error::Broken {
            error: error.filter(|error| !is_closed(error)),
            had_worked: self.witness.valid,
            inside_frame: self.decoder.is_inside(),
        }
    }
}

fn count(what: &mut u32) {
    *what = what.saturating_add(1);
}

fn is_closed(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionReset};
    matches!(error.kind(), ConnectionReset | BrokenPipe)
}

/// Returns `body` as it stands on the line.
fn frame(body: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new();
    let mut bytes = vec![Kind::Query.start()];
    for &byte in body {
        let (first, second) = encoder.escape(byte);
        bytes.push(first);
        bytes.extend(second);
    }
    bytes.extend(encoder.end());
    bytes
}
