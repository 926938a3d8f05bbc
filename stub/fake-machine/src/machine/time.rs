//! Its clock.

use crate::state::{FakeMachine, LOOK_US};
use std::sync::atomic::Ordering;
use stub::embed::Time;

impl Time for FakeMachine {
    fn now_us(&mut self) -> u32 {
        self.clock.0.fetch_add(LOOK_US, Ordering::Relaxed)
    }
}
