//! A machine while it runs.

use super::cable::Cable;
use super::monitor::Monitor;
use super::walk::Memory;
use crate::host::deadline::wait_for;
use crate::line::Endpoint;
use std::fs;
use std::process::Child;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// The longest that a boot takes, on a busy machine.
pub const BOOT_LIMIT: Duration = Duration::from_secs(120);

/// A running machine, which is killed when it is dropped.
#[derive(Debug)]
pub struct Machine {
    pub(super) emulator: Child,
    /// The emulator's own view of it.
    pub monitor: Monitor,
    pub(super) endpoint: Endpoint,
    pub(super) memory_bytes: u32,
    pub(super) _cable: Option<Cable>,
    pub(super) scratch: TempDir,
}

impl Machine {
    /// Returns the endpoint of its debug line.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns what the kernel has written so far.
    #[must_use]
    pub fn console(&self) -> String {
        let path = self.scratch.path().join("console");
        let bytes = fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\r', "")
    }

    /// Waits until the kernel has written a line that begins with `start`,
    /// and returns the line.
    ///
    /// # Panics
    ///
    /// Panics if it does not within `limit`.
    pub fn wait_for_line(&self, start: &str, limit: Duration) -> String {
        wait_for(&format!("{start:?}"), limit, || {
            let console = self.console();
            // The last line may not be whole yet.
            let whole = console.rsplit_once('\n')?.0;
            let line = whole.lines().find(|line| line.starts_with(start));
            line.map(str::to_owned)
        })
    }

    /// Returns the lines that begin with `start` and were written so far.
    #[must_use]
    pub fn lines(&self, start: &str) -> Vec<String> {
        let console = self.console();
        let lines = console.lines().filter(|line| line.starts_with(start));
        lines.map(str::to_owned).collect()
    }

    /// Returns physical memory as it is at one moment.
    pub fn dump(&mut self) -> Memory {
        self.monitor.dump(self.memory_bytes)
    }

    /// Returns whether it has exited by itself, because of a reset.
    ///
    /// # Panics
    ///
    /// Panics if that cannot be told.
    pub fn has_ended(&mut self) -> bool {
        self.emulator.try_wait().expect("it is our child").is_some()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // It may have exited by itself already.
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
        if thread::panicking() {
            eprintln!("--- the machine's console\n{}---", self.console());
        }
    }
}
