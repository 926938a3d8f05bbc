//! Questions and answers on a line that may lose or change bytes.
//!
//! A request that gets no answer is sent again with its number, until the
//! time-out; an answer counts once. Whatever else is on the line, such as a
//! debugger's packets or answers to others, is passed over.

pub mod error;
pub mod reply;

pub use error::{Error, Heard};
pub use reply::Reply;

use crate::interrupt::Interrupt;
use crate::link::{Line, SLICE, is_silence};
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

/// A request is presumed lost when the line has been quiet for this long.
/// Longer than any stub needs and than USB adapters hold bytes back.
const QUIET: Duration = Duration::from_millis(150);
/// A request is presumed lost after this time even if the line is not quiet.
const PATIENCE: Duration = Duration::from_secs(1);

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
    /// When a byte of a frame last came.
    frame_at: Instant,
    witness: Witness,
    /// When [`PROBE`] was sent, after all else was in vain.
    probed_at: Option<Instant>,
}

struct Pending {
    id: u16,
    request: Vec<u8>,
    sent_at: Instant,
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
            frame_at: now,
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
                Event::Lost(id) => self.resend(id)?,
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
        self.pending.push_back(Pending { id, request, sent_at: now });
        self.send_last()?;
        Ok(id)
    }

    /// Sends the request with this number again.
    ///
    /// # Errors
    ///
    /// Fails if the line does.
    pub fn resend(&mut self, id: u16) -> Result<(), Error> {
        let Some(pending) = self.take_pending(id) else { return Ok(()) };
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
        loop {
            while let Some(byte) = self.input.pop_front() {
                if let Some(event) = self.take(byte)? {
                    return Ok(event);
                }
            }
            if self.interrupt.came() {
                return Err(Error::Interrupted);
            }
            let now = Instant::now();
            let deadline = self.deadline();
            if now >= deadline {
                if self.probed_at.is_some() || self.witness.valid {
                    return Err(self.gave_up());
                }
                self.probed_at = Some(now);
                self.send(PROBE)?;
                continue;
            }
            let (id, lost_at) = self.next_loss();
            if now >= lost_at {
                if self.decoder.is_inside() {
                    count(&mut self.witness.noise);
                }
                self.decoder.abandon();
                return Ok(Event::Lost(id));
            }
            self.receive(deadline.min(lost_at) - now)?;
        }
    }

    fn take_pending(&mut self, id: u16) -> Option<Pending> {
        let at = self.pending.iter().position(|p| p.id == id)?;
        self.pending.remove(at)
    }

    fn deadline(&self) -> Instant {
        match self.probed_at {
            Some(probed_at) => probed_at + PROBE_TIME,
            None => self.progress_at + self.timeout + self.allowance(),
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
        let found = self.decoder.push(byte);
        if self.decoder.is_inside() {
            self.frame_at = Instant::now();
        }
        match found {
            Found::Frame(Kind::Query) => return self.frame(),
            Found::BadChecksum(Kind::Query)
            | Found::TooLong(Kind::Query)
            | Found::Cut(Kind::Query) => {
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
            | Found::BadChecksum(Kind::Rsp)
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
        let Some(pending) = self.take_pending(reply.head.id) else {
            return Ok(None);
        };
        let now = Instant::now();
        reply.round_trip = now - pending.sent_at;
        self.progress_at = now;
        Ok(Some(Event::Reply(reply)))
    }

    /// Returns the request whose answer was damaged: they come in order.
    ///
    /// None if it was sent just now: a flood of damage must not become a
    /// flood of requests.
    fn damaged(&self) -> Option<Event> {
        let oldest = self.pending.front()?;
        let settled = oldest.sent_at.elapsed() >= SETTLED;
        settled.then_some(Event::Lost(oldest.id))
    }

    /// Returns which request will next be presumed lost, and when.
    fn next_loss(&self) -> (u16, Instant) {
        let oldest = self.pending.front().expect("a request is under way");
        let sent = oldest.sent_at + self.line_time(oldest.request.len());
        let quiet = sent.max(self.frame_at) + QUIET;
        let patience = sent + PATIENCE + self.allowance();
        (oldest.id, quiet.min(patience))
    }

    /// Returns how long the replies under way may take on a slow line.
    fn allowance(&self) -> Duration {
        self.line_time(self.pending.len() * BODY_BYTES)
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
