//! A value that recovery reads after the stub has faulted.

use core::sync::atomic::{AtomicU32, Ordering};

/// What is under way during a call that may never return.
///
/// The compiler does not know about faults: it may drop a plain store that
/// the same function overwrites after the call, since no other code could see
/// it. It keeps an atomic one.
#[derive(Debug)]
pub(crate) struct Surviving(AtomicU32);

impl Surviving {
    /// Returns a value that says that nothing is under way.
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Notes that `what`, which is not 0, is under way.
    pub(crate) fn begin(&self, what: u32) {
        self.0.store(what, Ordering::Relaxed);
    }

    /// Notes that it is over.
    pub(crate) fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Returns what was under way, and notes that it is over.
    pub(crate) fn take(&self) -> Option<u32> {
        let what = self.0.load(Ordering::Relaxed);
        self.end();
        (what != 0).then_some(what)
    }
}
