//! A frame being sent byte by byte: its start, its body with escapes or run
//! lengths, and its checksum.

use crate::storage::Ring;
use wire::frame::{Encoder, Kind, is_flow_control, must_escape};

/// How far a frame has been sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    kind: Kind,
    phase: Phase,
    /// The next byte of the body.
    pub(super) position: usize,
    encoder: Encoder,
    /// Whether the line takes XON and XOFF for itself.
    pub(super) avoids_flow_control: bool,
    /// What must be sent before the next byte of the body.
    staged: Ring<4>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Idle,
    Start,
    Body,
}

impl Outgoing {
    /// Returns a frame with nothing to send.
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            phase: Phase::Idle,
            position: 0,
            encoder: Encoder::new(),
            avoids_flow_control: false,
            staged: Ring::new(),
        }
    }

    /// Queues the frame for sending from its start, with its body from
    /// `position` on.
    pub(super) const fn post(&mut self, position: usize) {
        self.phase = Phase::Start;
        self.position = position;
        self.encoder = Encoder::new();
        self.staged.clear();
    }

    /// Stops sending.
    pub(super) const fn withdraw(&mut self) {
        self.phase = Phase::Idle;
        self.staged.clear();
    }

    /// Returns whether part of it remains to be sent.
    pub(super) const fn is_due(&self) -> bool {
        !matches!(self.phase, Phase::Idle) || !self.staged.is_empty()
    }

    /// Returns whether the frame ends next, unless its body of `len` bytes
    /// grows.
    pub(super) const fn ends_after(&self, len: usize) -> bool {
        matches!(self.phase, Phase::Body)
            && self.staged.is_empty()
            && self.position >= len
    }

    /// Takes what can be sent as it is from the body of a query's reply: at
    /// most `room` bytes, none if the next byte is not of that sort.
    pub(super) fn plain<'b>(
        &mut self,
        body: &'b [u8],
        room: usize,
    ) -> &'b [u8] {
        if self.phase != Phase::Body || !self.staged.is_empty() {
            return &[];
        }
        let rest = body.get(self.position..).unwrap_or(&[]);
        let rest = rest.get(..room).unwrap_or(rest);
        let len = rest.iter().take_while(|byte| !self.must_escape(**byte));
        let (plain, _) = rest.split_at_checked(len.count()).unwrap_or_default();
        self.position = self.position.saturating_add(plain.len());
        for byte in plain {
            self.encoder.plain(*byte);
        }
        plain
    }

    /// Returns the next byte to send.
    #[inline(always)]
    pub(super) fn next_byte(&mut self, body: &[u8]) -> Option<u8> {
        if !self.staged.is_empty() {
            return self.staged.pop();
        }
        match self.phase {
            Phase::Idle => None,
            Phase::Start => {
                self.phase = Phase::Body;
                Some(self.kind.start())
            }
            Phase::Body => Some(match (body.get(self.position), self.kind) {
                (None, _) => self.end(),
                (Some(&byte), Kind::Rsp) => self.run(byte, body),
                (Some(&byte), Kind::Query) => self.escaped(byte),
            }),
        }
    }

    /// Returns the first byte of a run, and stages its length if that is
    /// shorter than the run.
    fn run(&mut self, byte: u8, body: &[u8]) -> u8 {
        let run = body.iter().skip(self.position).take(LONGEST_RUN);
        let repeats = repeats(run.take_while(|other| **other == byte).count());
        self.position = self.position.saturating_add(1);
        self.encoder.plain(byte);
        if repeats > 0 {
            self.position = self.position.saturating_add(repeats.into());
            for byte in [b'*', repeats.saturating_add(REPEATS_BIAS)] {
                self.staged.push(self.encoder.plain(byte));
            }
        }
        byte
    }

    #[inline]
    fn escaped(&mut self, byte: u8) -> u8 {
        self.position = self.position.saturating_add(1);
        let must = self.must_escape(byte);
        let (first, second) = self.encoder.escape_if(must, byte);
        if let Some(second) = second {
            self.staged.push(second);
        }
        first
    }

    const fn must_escape(&self, byte: u8) -> bool {
        must_escape(byte) || self.avoids_flow_control && is_flow_control(byte)
    }

    fn end(&mut self) -> u8 {
        self.phase = Phase::Idle;
        let [hash, high, low] = self.encoder.end();
        self.staged.push(high);
        self.staged.push(low);
        hash
    }
}

/// What RSP adds to a repeat count to make it printable.
const REPEATS_BIAS: u8 = 29;

/// A byte and its 97 repeats, whose count is the last printable character.
const LONGEST_RUN: usize = 98;

/// Returns how many repeats of a byte to encode as a count, given the length of
/// its run; 0 if a count would not be shorter.
fn repeats(run: usize) -> u8 {
    match run {
        0..=3 => 0,
        // These counts would be encoded as `#` and `$`, which delimit the
        // frame.
        7 | 8 => 5,
        _ => u8::try_from(run.saturating_sub(1)).unwrap_or(0),
    }
}
