//! What the line has received, up to where somebody looks at it.

use crate::embed::{Line, Received};
use crate::storage::Ring;
use wire::frame::GAP_MS;

/// A pause within a frame after which its end is lost, in microseconds.
const GAP_US: u32 = GAP_MS * 1000;

/// What arrives while a reply is being sent.
const RING_BYTES: usize = 1024;

/// The most that is taken in before the transmitter has its turn again.
const DRAIN_BYTES: usize = 64;

/// The line, and what has been received and not been looked at.
#[derive(Debug)]
pub(crate) struct Intake<L> {
    /// The kernel's side.
    pub(crate) line: L,
    /// What came while something else was done; none is a pause.
    pub(super) received: Ring<RING_BYTES, Option<Received>>,
    pub(super) received_us: u32,
    is_losing: bool,
    pub(super) lost: u32,
}

impl<L: Line> Intake<L> {
    /// Returns whether nothing has come for so long that what is missing of
    /// a frame will not come.
    pub(super) fn is_pause(&self, now: u32) -> bool {
        now.wrapping_sub(self.received_us) > GAP_US
    }

    /// Takes in what the line has.
    pub(crate) fn drain(&mut self, now: u32) {
        for _ in 0..DRAIN_BYTES {
            let Some(received) = self.line.receive() else { break };
            if self.is_pause(now) {
                self.keep(None);
            }
            self.received_us = now;
            self.keep(Some(received));
        }
    }

    fn keep(&mut self, received: Option<Received>) {
        if self.is_losing && self.received.push(Some(Received::Damaged)) {
            self.is_losing = false;
        }
        if !self.received.push(received) {
            self.is_losing = true;
            count(&mut self.lost);
        }
    }
}

impl<L> Intake<L> {
    /// Returns one into which nothing has come.
    pub(super) const fn new(line: L) -> Self {
        Self {
            line,
            received: Ring::over([None; RING_BYTES]),
            received_us: 0,
            is_losing: false,
            lost: 0,
        }
    }
}

pub(super) fn count(counter: &mut u32) {
    *counter = counter.wrapping_add(1);
}
