//! Measures how long the kernel keeps interrupts off, and how long the stub
//! does not poll its UART.
//!
//! The former is the longest stretch since interrupts were first enabled, in
//! cycles of the processor's counter.
//!
//! A stretch begins where ring 0 is entered with interrupts off, and ends where
//! it enables them: at [`crate::devices::preemption::allow_interrupts`], at
//! [`crate::devices::preemption::halt`], and on the return to a program.

use crate::cpu;
use crate::machine::processor;
use core::panic::Location;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

/// The longest stretch. Tests read it by its name.
#[unsafe(no_mangle)]
static stormglass_longest_masked_cycles: AtomicU32 = AtomicU32::new(0);

/// Where the longest stretch began: the address of a `Location`, which gdb
/// prints with its file and line.
#[unsafe(no_mangle)]
static stormglass_longest_masked_begin: AtomicU32 = AtomicU32::new(0);

/// Where it ended, also as the address of a `Location`.
#[unsafe(no_mangle)]
static stormglass_longest_masked_end: AtomicU32 = AtomicU32::new(0);

/// When the current stretch began; 0 before the first.
static SINCE: AtomicU32 = AtomicU32::new(0);

/// Where it began, as above.
static BEGAN_AT: AtomicU32 = AtomicU32::new(0);

/// The longest time between two polls of the debug UART's receiver while it
/// does not interrupt, in cycles; 0 before the first.
#[unsafe(no_mangle)]
static stormglass_longest_deaf_cycles: AtomicU32 = AtomicU32::new(0);

/// When it was last polled; 0 while it interrupts.
static LOOKED: AtomicU32 = AtomicU32::new(0);

/// Called when the receiver is polled from now on, or interrupts again.
pub(crate) fn poll(on: bool) {
    look();
    let on = on && processor::current().has_cycle_counter();
    let now = if on { cpu::timestamp() as u32 | 1 } else { 0 };
    LOOKED.store(now, Ordering::Relaxed);
}

/// Called when the receiver is polled.
pub(crate) fn look() {
    let looked = LOOKED.load(Ordering::Relaxed);
    if looked == 0 {
        return;
    }
    let now = cpu::timestamp() as u32 | 1;
    LOOKED.store(now, Ordering::Relaxed);
    let cycles = now.wrapping_sub(looked);
    stormglass_longest_deaf_cycles.fetch_max(cycles, Ordering::Relaxed);
}

/// Discards what was measured before interrupts were enabled.
#[track_caller]
pub(crate) fn start() {
    stormglass_longest_masked_cycles.store(0, Ordering::Relaxed);
    begin();
}

/// Called when interrupts have been disabled.
#[track_caller]
pub(crate) fn begin() {
    if !processor::current().has_cycle_counter() {
        return;
    }
    BEGAN_AT.store(place(Location::caller()), Ordering::Relaxed);
    // The counter's low word wraps after seconds; no stretch is that long.
    SINCE.store(cpu::timestamp() as u32 | 1, Ordering::Relaxed);
}

/// Called just before interrupts are enabled.
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
        let began_at = BEGAN_AT.load(Ordering::Relaxed);
        stormglass_longest_masked_begin.store(began_at, Ordering::Relaxed);
        let ended_at = place(Location::caller());
        stormglass_longest_masked_end.store(ended_at, Ordering::Relaxed);
    }
}

fn place(location: &'static Location<'static>) -> u32 {
    ptr::from_ref(location).addr() as u32
}
