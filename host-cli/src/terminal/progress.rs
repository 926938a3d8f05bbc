//! A progress line on the terminal for slow transfers.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Nothing is shown before this time has passed.
const DELAY: Duration = Duration::from_millis(500);
/// How often the line is updated.
const INTERVAL: Duration = Duration::from_millis(100);

/// Shows on a terminal how far a transfer has got.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    shown: Option<Instant>,
    is_terminal: bool,
}

impl Progress {
    /// Starts now. Nothing is shown if stderr is not a terminal.
    #[must_use]
    pub fn begin() -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { began: Instant::now(), shown: None, is_terminal }
    }

    /// Shows that `done` of `total` bytes have been transferred.
    pub fn show(&mut self, done: u32, total: u32) {
        let now = Instant::now();
        let elapsed = now - self.began;
        let due = self.shown.is_none_or(|shown| now - shown >= INTERVAL);
        if !self.is_terminal || elapsed < DELAY || !due {
            return;
        }
        self.shown = Some(now);
        let per_second = f64::from(done) / elapsed.as_secs_f64();
        let percent = u64::from(done) * 100 / u64::from(total.max(1));
        eprint!(
            "\r\x1b[K{percent:3} % of {total} bytes, {per_second:.0} a second"
        );
        let _ = std::io::stderr().flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}
