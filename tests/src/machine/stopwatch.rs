//! The machine's own time. It passes while the machine runs, and where a
//! setup counts instructions it passes by them, however busy the host is.

use super::monitor::Monitor;

/// Where QEMU's firmware puts the timer of the chip set's power management.
const PORT: u16 = 0x608;
/// How fast it counts.
const HZ: f64 = 3_579_545.0;
/// How far it counts before it wraps to 0.
const RANGE: u32 = 1 << 24;

/// A stopwatch on the time of a machine in QEMU, with PCI.
#[derive(Debug)]
pub struct Stopwatch {
    last: u32,
    passed: u64,
}

impl Stopwatch {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// Panics if the machine has no such timer.
    #[must_use]
    pub fn start(monitor: &mut Monitor) -> Self {
        Self { last: timer(monitor), passed: 0 }
    }

    /// Returns the seconds since the start. Call this more often than the
    /// timer wraps, which is every 4.6 seconds.
    ///
    /// # Panics
    ///
    /// Panics if the machine has no such timer.
    pub fn seconds(&mut self, monitor: &mut Monitor) -> f64 {
        let now = timer(monitor);
        self.passed += u64::from(now.wrapping_sub(self.last) % RANGE);
        self.last = now;
        self.passed as f64 / HZ
    }
}

/// Reads the timer; QEMU says `portl[0x0608] = 0x00c917d0`.
fn timer(monitor: &mut Monitor) -> u32 {
    let said = monitor.command(&format!("i /w {PORT:#x}"));
    let digits = said.trim().rsplit("0x").next().unwrap_or_default();
    let value = u32::from_str_radix(digits, 16).ok();
    let value = value.filter(|value| *value < RANGE);
    value.unwrap_or_else(|| panic!("no timer: {said:?}"))
}
