//! Ctrl-C: the first ends what waits, the second ends the program.

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
    /// Begins to listen for Ctrl-C.
    #[must_use]
    pub fn listen() -> Self {
        let this = Self::default();
        // In this order, so that the flag of the first is seen by the second.
        // Without the handlers Ctrl-C ends the program by itself.
        let code = i32::from(EXIT_CODE);
        let _ = flag::register_conditional_shutdown(
            SIGINT,
            code,
            Arc::clone(&this.0),
        );
        let _ = flag::register(SIGINT, Arc::clone(&this.0));
        this
    }

    /// Returns one after Ctrl-C.
    #[cfg(test)]
    pub(crate) fn pressed() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// Returns whether Ctrl-C was pressed.
    #[must_use]
    pub fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
