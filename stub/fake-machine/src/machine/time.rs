//! Its clock.

use crate::size::HasClock;
use crate::state::{BOOT, FakeMachine, LOOK_US};
use std::sync::atomic::Ordering;
use stub::embed::Time;

impl<S: HasClock> Time for FakeMachine<S> {
    fn now_us(&mut self) -> Option<u32> {
        Some(self.clock.0.fetch_add(LOOK_US, Ordering::Relaxed))
    }

    fn boot(&mut self) -> u16 {
        BOOT
    }
}
