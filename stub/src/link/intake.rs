//! Received bytes that have not been processed yet.

use crate::embed::{Received, SerialLine};
use crate::storage::Ring;
use wire::frame::GAP_MS;

/// How long a pause within a frame means that the rest of it is lost, in
/// microseconds.
const GAP_US: u32 = GAP_MS * 1000;

/// The capacity for bytes that arrive while a reply is being sent.
const RING_BYTES: usize = 1024;

/// How many bytes are received at most before the transmitter gets its turn.
const DRAIN_BYTES: usize = 64;

/// The line, and what it has received but nothing has processed yet.
#[derive(Debug)]
pub(crate) struct Intake<L> {
    /// The kernel's side.
    pub(crate) line: L,
    /// What arrived while the stub was busy; `None` marks a pause.
    pub(super) received: Ring<RING_BYTES, Option<Received>>,
    pub(super) received_us: u32,
    is_losing: bool,
    pub(super) lost: u32,
}

impl<L: SerialLine> Intake<L> {
    /// Returns whether the line has been silent for so long that the rest of a
    /// frame will not come.
    pub(super) fn is_pause(&self, now: u32) -> bool {
        now.wrapping_sub(self.received_us) > GAP_US
    }

    /// Reads and keeps what the line has received.
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
    /// Returns an intake that has received nothing.
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
