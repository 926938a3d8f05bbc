//! Time: the timer's ticks, and microseconds from the cycle counter.

use crate::cpu::{self, Port, read_port, write_port};
use crate::devices::{interrupts, meter};
use crate::machine::processor;
use core::sync::atomic::{AtomicU16, AtomicU32, Ordering};

/// Timer interrupts per second.
pub(crate) const TICKS_PER_SECOND: u32 = 100;
/// The timer's IRQ.
pub(crate) const IRQ: u8 = 0;

/// The frequency of the PC's timer chip, in hertz.
const CHIP_HZ: u32 = 1_193_182;
/// The chip's cycles in a tick.
const DIVISOR: u32 = CHIP_HZ / TICKS_PER_SECOND;
/// How long the cycle counter is measured to find its frequency.
const CALIBRATION_MS: u32 = 10;

/// The number of timer interrupts so far. Tests read it by its name.
#[unsafe(no_mangle)]
static stormglass_ticks: AtomicU32 = AtomicU32::new(0);

/// Microseconds per cycle, as a fraction of 2^32; 0 if there is no counter.
/// Tests read it by its name.
#[unsafe(no_mangle)]
static stormglass_microseconds_per_cycle: AtomicU32 = AtomicU32::new(0);

/// A number that the next boot very likely does not have; not 0.
static BOOT: AtomicU16 = AtomicU16::new(0);

/// Programs the timer, measures the cycle counter, and numbers this boot.
pub(crate) fn initialise() {
    let [low, high, ..] = DIVISOR.to_le_bytes();
    write_port(Port::TimerCommand, 0x34);
    write_port(Port::TimerChannel0, low);
    write_port(Port::TimerChannel0, high);
    if processor::current().has_cycle_counter() {
        let cycles = cycles_in(CALIBRATION_MS).max(1);
        let fraction = (u64::from(CALIBRATION_MS * 1000) << 32) / cycles;
        let fraction = u32::try_from(fraction).unwrap_or(u32::MAX);
        stormglass_microseconds_per_cycle.store(fraction, Ordering::Relaxed);
    }
    BOOT.store(boot_number(), Ordering::Relaxed);
}

/// Returns a number from the time of day and from how long the start has taken
/// so far, because either may be the same at the next boot.
fn boot_number() -> u16 {
    // Seconds, minutes, hours, day, in whatever form.
    let time = [0x00, 0x02, 0x04, 0x07].map(|index| {
        write_port(Port::CmosIndex, index);
        read_port(Port::CmosData)
    });
    let mixed = u32::from_le_bytes(time).wrapping_mul(0x9E37_79B1) ^ now_us();
    let [low, high] = [mixed as u16, (mixed >> 16) as u16];
    (low ^ high).max(1)
}

/// Returns this boot's number.
pub(crate) fn boot() -> u16 {
    BOOT.load(Ordering::Relaxed)
}

/// Lets the timer interrupt, from now on.
pub(crate) fn begin() {
    interrupts::unmask(IRQ);
    meter::start();
}

/// Counts cycles while the timer's second channel runs down once.
fn cycles_in(milliseconds: u32) -> u64 {
    let [low, high, ..] = (CHIP_HZ / 1000 * milliseconds).to_le_bytes();
    let gate = read_port(Port::SystemControlB) & !0x03;
    write_port(Port::SystemControlB, gate);
    write_port(Port::TimerCommand, 0xB0);
    write_port(Port::TimerChannel2, low);
    write_port(Port::TimerChannel2, high);
    let start = cpu::timestamp();
    write_port(Port::SystemControlB, gate | 0x01);
    while read_port(Port::SystemControlB) & 0x20 == 0 {}
    cpu::timestamp() - start
}

/// Returns the same, derived from the timer chip, which counts down during each
/// tick.
fn from_timer_us() -> u32 {
    static LATEST: AtomicU32 = AtomicU32::new(0);
    const LATCH: u8 = 0x00;
    // With interrupts off, a tick may have passed without being counted.
    let before = interrupts::is_pending(IRQ);
    write_port(Port::TimerCommand, LATCH);
    let halves = [(); 2].map(|()| read_port(Port::TimerChannel0));
    let left = u32::from(u16::from_le_bytes(halves));
    let passed = DIVISOR.saturating_sub(left);
    let meanwhile = passed < DIVISOR / 2 && interrupts::is_pending(IRQ);
    let uncounted = before || meanwhile;
    let whole = ticks().wrapping_add(uncounted.into());
    let part = passed * 1000 / (CHIP_HZ / 1000);
    let now =
        whole.wrapping_mul(1_000_000 / TICKS_PER_SECOND).wrapping_add(part);
    // If two ticks have passed, time stands still rather than going back.
    let latest = LATEST.load(Ordering::Relaxed);
    if (now.wrapping_sub(latest) as i32) < 0 {
        return latest;
    }
    LATEST.store(now, Ordering::Relaxed);
    now
}

/// Counts a timer interrupt.
pub(crate) fn tick() {
    stormglass_ticks.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of timer interrupts so far.
pub(crate) fn ticks() -> u32 {
    stormglass_ticks.load(Ordering::Relaxed)
}

/// Returns a clock in microseconds that wraps around.
#[inline(never)]
pub(crate) fn now_us() -> u32 {
    let fraction =
        u64::from(stormglass_microseconds_per_cycle.load(Ordering::Relaxed));
    if fraction == 0 {
        return from_timer_us();
    }
    let cycles = cpu::timestamp();
    let low = ((cycles & u64::from(u32::MAX)) * fraction) >> 32;
    let high = (cycles >> 32).wrapping_mul(fraction);
    low.wrapping_add(high) as u32
}
