//! How long the kernel keeps interrupts away: the longest stretch since
//! boot, in cycles of the processor's counter.
//!
//! A stretch begins where ring 0 is entered with interrupts off and ends
//! where it lets them in again: at [`crate::cpu::breathe`], at
//! [`crate::cpu::halt`], and on the way back to a program.

use crate::cpu;
use core::panic::Location;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

/// The longest stretch. A witness outside can read it by its name.
#[unsafe(no_mangle)]
static stormglass_longest_masked_cycles: AtomicU32 = AtomicU32::new(0);

/// Where the longest stretch ended: the address of a `Location`, which gdb
/// prints with its file and line.
#[unsafe(no_mangle)]
static stormglass_longest_masked_end: AtomicU32 = AtomicU32::new(0);

/// When the stretch under way began; 0 before the first.
static SINCE: AtomicU32 = AtomicU32::new(0);

/// Interrupts are off from here on.
pub(crate) fn begin() {
    // The counter's low word wraps in seconds; no stretch is that long.
    SINCE.store(cpu::timestamp() as u32 | 1, Ordering::Relaxed);
}

/// Interrupts are let in now, by the caller.
#[track_caller]
pub(crate) fn end() {
    let since = SINCE.swap(0, Ordering::Relaxed);
    if since == 0 {
        return;
    }
    let cycles = (cpu::timestamp() as u32).wrapping_sub(since);
    let longest = &stormglass_longest_masked_cycles;
    if cycles > longest.load(Ordering::Relaxed) {
        longest.store(cycles, Ordering::Relaxed);
        let place = ptr::from_ref(Location::caller()).addr() as u32;
        stormglass_longest_masked_end.store(place, Ordering::Relaxed);
    }
}
