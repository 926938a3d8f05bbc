//! Packets and acknowledgements, on a line to a stub.

use super::body::{packet, plain};
use super::error::Error;
use crate::link::{Interrupt, Line, SLICE, is_timeout};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use wire::frame::{Decoder, Event, Kind};

/// The longest answer that is taken, in bytes.
const BODY_BYTES: usize = 1 << 16;
/// How often a packet is sent at most.
const MOST_TRIES: u32 = 8;
/// What is still on its way when a conversation begins, or after a repeat,
/// arrives within this time.
const LATE: Duration = Duration::from_millis(30);
/// The longest that what is late is waited for: a peer that never pauses is
/// none.
const LATEST: Duration = Duration::from_secs(1);

/// The debugger's end of a line to a stub.
pub struct Exchange {
    line: Box<dyn Line>,
    timeout: Duration,
    interrupt: Interrupt,
    decoder: Box<Decoder<BODY_BYTES>>,
    input: VecDeque<u8>,
}

impl Exchange {
    /// Returns one over a line on which nothing is under way but what earlier
    /// bytes have caused, which is dropped.
    ///
    /// # Errors
    ///
    /// Fails if the line does.
    pub fn begin(
        line: Box<dyn Line>,
        timeout: Duration,
        interrupt: Interrupt,
    ) -> Result<Self, Error> {
        let decoder = Box::new(Decoder::new());
        let input = VecDeque::new();
        let mut this = Self { line, timeout, interrupt, decoder, input };
        this.drop_what_is_late()?;
        Ok(this)
    }

    /// Sends a packet and returns the answer's body, without escapes and run
    /// lengths.
    ///
    /// # Errors
    ///
    /// Fails if the line does, or no answer comes whole in time.
    pub fn ask(&mut self, body: &[u8]) -> Result<Vec<u8>, Error> {
        let packet = packet(body);
        let deadline = Instant::now() + self.timeout;
        let patience = self.timeout / 4;
        self.send(&packet)?;
        let mut tries = 1;
        let mut again_at = Some(Instant::now() + patience);
        loop {
            let event = self.next_event()?;
            let now = Instant::now();
            match event {
                Event::Frame(Kind::Rsp) => {
                    let answer = plain(self.decoder.body());
                    self.send(b"+")?;
                    if tries > 1 {
                        self.drop_what_is_late()?;
                    }
                    return answer.ok_or_else(|| malformed(body));
                }
                Event::Ack => again_at = None,
                Event::BadChecksum(Kind::Rsp) | Event::TooLong(Kind::Rsp)
                    if tries < MOST_TRIES =>
                {
                    tries += 1;
                    self.send(b"-")?;
                }
                Event::Nak if tries < MOST_TRIES => {
                    tries += 1;
                    self.send(&packet)?;
                }
                Event::Nak | Event::BadChecksum(Kind::Rsp) => {
                    return Err(Error::NeverWhole(tries));
                }
                Event::TooLong(Kind::Rsp) => return Err(malformed(body)),
                _ if now >= deadline => {
                    return Err(Error::TimedOut(self.timeout));
                }
                _ if again_at.is_some_and(|at| now >= at) => {
                    tries += 1;
                    again_at = Some(now + patience);
                    self.send(&packet)?;
                }
                _ => {}
            }
        }
    }

    /// Waits for one more answer to the last packet, whose body began so.
    ///
    /// # Errors
    ///
    /// As [`Self::ask`].
    pub fn next_answer(&mut self, body: &[u8]) -> Result<Vec<u8>, Error> {
        let deadline = Instant::now() + self.timeout;
        while Instant::now() < deadline {
            match self.next_event()? {
                Event::Frame(Kind::Rsp) => {
                    let answer = plain(self.decoder.body());
                    self.send(b"+")?;
                    return answer.ok_or_else(|| malformed(body));
                }
                Event::BadChecksum(Kind::Rsp) => self.send(b"-")?,
                _ => {}
            }
        }
        Err(Error::TimedOut(self.timeout))
    }

    /// Returns what the next byte completes; nothing if none comes soon.
    fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(byte) = self.input.pop_front() {
                match self.decoder.push(byte) {
                    Event::None | Event::Noise => continue,
                    event => return Ok(event),
                }
            }
            if !self.receive(SLICE)? {
                return Ok(Event::None);
            }
        }
    }

    fn drop_what_is_late(&mut self) -> Result<(), Error> {
        let until = Instant::now() + LATEST;
        while self.receive(LATE)? && Instant::now() < until {
            self.input.clear();
        }
        self.input.clear();
        self.decoder.abandon();
        Ok(())
    }

    /// Waits for bytes; returns whether some came.
    fn receive(&mut self, wait: Duration) -> Result<bool, Error> {
        if self.interrupt.was_pressed() {
            return Err(Error::Interrupted);
        }
        let mut buffer = [0; 4096];
        match self.line.read(&mut buffer, wait) {
            Ok(0) => Err(Error::Broken(None)),
            Ok(count) => {
                self.input.extend(&buffer[..count]);
                Ok(true)
            }
            Err(error) if is_timeout(&error) => Ok(false),
            Err(error) => Err(Error::Broken(Some(error))),
        }
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        let deadline = Instant::now() + self.timeout;
        while !bytes.is_empty() {
            match self.line.write(bytes) {
                Ok(sent @ 1..) => bytes = &bytes[sent..],
                Ok(0) => return Err(Error::Broken(None)),
                Err(error) if !is_timeout(&error) => {
                    return Err(Error::Broken(Some(error)));
                }
                Err(_) if self.interrupt.was_pressed() => {
                    return Err(Error::Interrupted);
                }
                Err(_) if Instant::now() >= deadline => {
                    return Err(Error::TimedOut(self.timeout));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// Returns the error for an answer that makes no sense.
pub(super) fn malformed(body: &[u8]) -> Error {
    Error::Malformed(shown(body))
}

/// Returns how a packet begins, for people.
pub(super) fn shown(body: &[u8]) -> String {
    const MOST: usize = 40;
    String::from_utf8_lossy(&body[..body.len().min(MOST)]).into_owned()
}
