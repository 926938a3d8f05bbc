//! Answers host-cli while the system runs.
//!
//! A query is answered at interrupt time, in one go, into a buffer; the
//! buffer leaves by transmit interrupts while the system goes on. What that
//! has cost the system stands at the end of the reply.

mod answer;

use crate::debuggee::Debuggee;
use crate::embed::Machine;
use crate::ring::Ring;
pub(crate) use answer::About;
use answer::Answer;
use crc::{Crc, Digest};
use wire::compact;
use wire::frame::{Encoder, Kind};
use wire::query::{
    self, BadRequest, MAX_REPLY_BYTES, Query, ReplyHead, Status, Trailer,
};

/// The part of a reply before its body. It is written last, and backwards
/// from the body, because its size depends on what it says.
const HEAD_BYTES: usize = 64;

/// What follows the body.
const TAIL_BYTES: usize = Trailer::BYTES + 4;

static CHECK: Crc<u32> = query::CRC;

/// The reply under way, the query that waits, and what they cost.
#[derive(Debug)]
pub(crate) struct Live {
    buffer: [u8; MAX_REPLY_BYTES + TAIL_BYTES],
    end: usize,
    position: usize,
    phase: Phase,
    encoder: Encoder,
    digest: Check,
    staged: Ring<4>,
    answered: u16,
    /// The number of the query that is being answered.
    answering: Option<u16>,
    waiting: Option<Job>,
    /// What the reply under way has cost.
    pub(crate) spent: Spent,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Idle,
    Start,
    Body,
    Trailer,
    Crc,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Job {
    Answer(u16, Query),
    Refuse(u16),
}

/// What a query means to others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Accepted {
    /// Nothing.
    Question,
    /// The other end will be heard this often.
    Heartbeat {
        /// In milliseconds.
        every_ms: u16,
    },
}

impl Live {
    /// Returns no reply and no query.
    pub(crate) const fn new() -> Self {
        Self {
            buffer: [0; MAX_REPLY_BYTES + TAIL_BYTES],
            end: 0,
            position: 0,
            phase: Phase::Idle,
            encoder: Encoder::new(),
            digest: Check(CHECK.digest()),
            staged: Ring::new(),
            answered: 0,
            answering: None,
            waiting: None,
            spent: Spent::new(),
        }
    }

    /// Takes a query to be answered once no reply is under way, and returns
    /// what it asks; none if it was damaged.
    ///
    /// One query can wait. What comes beyond is dropped, and so is one that
    /// is just being answered: host-cli asks again.
    pub(crate) fn accept(&mut self, body: &[u8]) -> Option<Accepted> {
        let job = match query::decode_request(body) {
            Ok(request) => Job::Answer(request.id, request.query),
            Err(BadRequest::Damaged) => return None,
            // The version in front of the reply tells the rest.
            Err(BadRequest::Version(_)) => Job::Refuse(0),
            Err(BadRequest::NotUnderstood(id)) => Job::Refuse(id),
        };
        let (Job::Answer(id, _) | Job::Refuse(id)) = job;
        if self.waiting.is_none() && !(self.is_due() && self.answered == id) {
            self.waiting = Some(job);
        }
        Some(match job {
            Job::Answer(_, Query::Heartbeat { every_ms }) => {
                Accepted::Heartbeat { every_ms }
            }
            _ => Accepted::Question,
        })
    }

    /// Answers the query that waits, if no reply is under way.
    pub(crate) fn work<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        about: &About,
    ) {
        if self.is_due() {
            return;
        }
        let Some(job) = self.waiting.take() else { return };
        if about.stop.is_some() {
            self.spent = Spent::new();
        }
        let body = self.buffer.get_mut(HEAD_BYTES..MAX_REPLY_BYTES);
        let body = body.unwrap_or(&mut []);
        let (id, answer) = match job {
            Job::Refuse(id) => (id, Answer::new(Status::NotUnderstood)),
            Job::Answer(id, query) => {
                self.answering = Some(id);
                let answer = answer::answer(query, debuggee, about, body);
                self.answering = None;
                (id, answer)
            }
        };
        self.reply(id, &answer, &mut debuggee.machine, about);
    }

    /// Says that the stub has faulted on a query, if it was answering one.
    pub(crate) fn give_up<M: Machine>(
        &mut self,
        machine: &mut M,
        about: &About,
    ) {
        if let Some(id) = self.answering.take() {
            self.reply(id, &Answer::new(Status::Faulted), machine, about);
        }
    }

    fn reply<M: Machine>(
        &mut self,
        id: u16,
        answer: &Answer,
        machine: &mut M,
        about: &About,
    ) {
        let head = ReplyHead {
            id,
            status: answer.status,
            running: about.stop.is_none(),
            consistent: machine.is_consistent(),
            generation: machine.generation(),
            task: answer.task,
            process: answer.process,
            next: answer.next,
        };
        self.answered = id;
        self.begin(&head, answer.body_bytes);
    }

    fn begin(&mut self, head: &ReplyHead, body_bytes: usize) {
        let mut place = [0; HEAD_BYTES];
        let Some((version, rest)) = place.split_first_mut() else { return };
        *version = query::VERSION;
        // Every field at its longest makes 33 bytes.
        let Some(used) = compact::write(head, rest) else { return };
        let used = used.saturating_add(1);
        let start = HEAD_BYTES.saturating_sub(used);
        if let Some(head) = self.buffer.get_mut(start..HEAD_BYTES)
            && let Some(place) = place.get(..used)
        {
            head.copy_from_slice(place);
            self.position = start;
            self.end = HEAD_BYTES.saturating_add(body_bytes);
            self.phase = Phase::Start;
        }
    }

    /// Returns whether some of a reply is still to be sent.
    pub(crate) fn is_due(&self) -> bool {
        self.phase != Phase::Idle || !self.staged.is_empty()
    }

    /// Returns whether there is anything to send or to answer.
    pub(crate) fn is_busy(&self) -> bool {
        self.is_due() || self.waiting.is_some()
    }

    /// Gives up the reply under way.
    pub(crate) fn withdraw(&mut self) {
        self.phase = Phase::Idle;
        self.staged.clear();
    }

    /// Returns the next byte for the line.
    pub(crate) fn next_byte(&mut self, now: u32) -> Option<u8> {
        if let Some(byte) = self.staged.pop() {
            return Some(byte);
        }
        match self.phase {
            Phase::Idle => None,
            Phase::Start => {
                self.phase = Phase::Body;
                self.encoder = Encoder::new();
                self.digest = Check(CHECK.digest());
                Some(Kind::Query.start())
            }
            Phase::Body | Phase::Trailer | Phase::Crc => {
                Some(self.next_of_body(now))
            }
        }
    }

    fn next_of_body(&mut self, now: u32) -> u8 {
        if self.position >= self.end {
            match self.phase {
                Phase::Body => {
                    self.phase = Phase::Trailer;
                    let trailer = self.spent.tell(now);
                    self.append(&trailer.to_bytes());
                }
                Phase::Trailer => {
                    self.phase = Phase::Crc;
                    let crc = self.digest.0.clone().finalize();
                    self.append(&crc.to_le_bytes());
                }
                _ => return self.finish(),
            }
        }
        let byte = self.buffer.get(self.position).copied().unwrap_or(0);
        self.position = self.position.saturating_add(1);
        self.digest.0.update(&[byte]);
        let (first, second) = self.encoder.escape(byte);
        if let Some(second) = second {
            self.staged.push(second);
        }
        first
    }

    fn append(&mut self, bytes: &[u8]) {
        let rest = self.buffer.get_mut(self.end..).unwrap_or(&mut []);
        if let Some((place, _)) = rest.split_at_mut_checked(bytes.len()) {
            place.copy_from_slice(bytes);
            self.end = self.end.saturating_add(bytes.len());
        }
    }

    fn finish(&mut self) -> u8 {
        self.phase = Phase::Idle;
        let [hash, high, low] = self.encoder.end();
        self.staged.push(high);
        self.staged.push(low);
        hash
    }
}

/// The CRC so far.
struct Check(Digest<'static, u32>);

impl core::fmt::Debug for Check {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Check")
    }
}

/// Time taken from the running system, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Spent {
    began: Option<u32>,
    longest: u32,
    total: u32,
    told: bool,
}

impl Spent {
    const fn new() -> Self {
        Self { began: None, longest: 0, total: 0, told: false }
    }

    /// The system is held up from `now` on.
    pub(crate) const fn begin(&mut self, now: u32) {
        self.began = Some(now);
    }

    /// The system goes on. The time counts if it was for a query.
    pub(crate) fn end(&mut self, now: u32, is_for_query: bool) {
        *self = if is_for_query && !self.told {
            let (longest, total) = self.at(now);
            Self { began: None, longest, total, told: false }
        } else {
            Self::new()
        };
    }

    /// The system is stopped anyway, so nothing is taken from it.
    pub(crate) const fn stop(&mut self) {
        self.began = None;
    }

    fn tell(&mut self, now: u32) -> Trailer {
        let (pause_us, stolen_us) = self.at(now);
        self.told = true;
        Trailer { pause_us, stolen_us }
    }

    fn at(&self, now: u32) -> (u32, u32) {
        let now = self.began.map_or(0, |began| now.wrapping_sub(began));
        (self.longest.max(now), self.total.saturating_add(now))
    }
}
