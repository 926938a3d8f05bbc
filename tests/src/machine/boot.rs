//! From a setup to a running machine.

use super::running::{BOOT_LIMIT, Machine};
use super::setup::{Kind, Setup};

impl Setup {
    /// Boots it, until its programs run or, with the word `wait`, until it
    /// waits for a debugger.
    ///
    /// # Panics
    ///
    /// Panics with the console's text if that does not happen in time.
    #[must_use]
    pub fn boot(&self) -> Machine {
        let machine = self.start();
        let line = if self.words.iter().any(|word| word == "wait") {
            "waiting for a debugger"
        } else {
            "ready:"
        };
        machine.wait_for_line(line, BOOT_LIMIT);
        machine
    }

    /// Starts it without waiting for anything.
    ///
    /// # Panics
    ///
    /// Panics if the emulator does not start.
    #[must_use]
    pub fn start(&self) -> Machine {
        let scratch = tempfile::Builder::new()
            .prefix("stormglass-")
            .tempdir()
            .expect("a directory can be made");
        match self.kind {
            Kind::Qemu | Kind::QemuFromImage => self.start_qemu(scratch),
            Kind::Bochs(model) => self.start_bochs(scratch, model),
        }
    }
}
