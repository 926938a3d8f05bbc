//! The clock, for the stub.

use crate::debugger::machine::KernelMachine;
use crate::devices::clock;
use stub::embed::Time;

impl Time for KernelMachine {
    #[inline(never)]
    fn now_us(&mut self) -> Option<u32> {
        Some(clock::now_us())
    }

    fn boot(&mut self) -> u16 {
        clock::boot()
    }
}
