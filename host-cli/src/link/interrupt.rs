//! Ctrl-C: the first ends the wait in progress, the second the program.

use signal_hook::consts::SIGINT;
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code after Ctrl-C.
pub const EXIT_CODE: u8 = 130;

/// Whether Ctrl-C was pressed.
#[derive(Clone, Default, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Starts listening for Ctrl-C.
    #[must_use]
    pub fn listen() -> Self {
        let this = Self::default();
        // In this order, so that only the second Ctrl-C finds the flag set.
        // Without the handlers the first one ends the program.
        let code = i32::from(EXIT_CODE);
        let _ = flag::register_conditional_shutdown(
            SIGINT,
            code,
            Arc::clone(&this.0),
        );
        let _ = flag::register(SIGINT, Arc::clone(&this.0));
        this
    }

    /// Returns one that was pressed.
    #[cfg(test)]
    pub(crate) fn pressed() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// Returns whether Ctrl-C was pressed.
    #[must_use]
    pub fn was_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
