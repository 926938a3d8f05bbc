//! Changes under way, counted: what a debugger reads is whole while the
//! count is even.

use core::sync::atomic::{AtomicU32, Ordering, compiler_fence};

/// A change under way to something that a debugger reads.
pub struct Change<'c>(&'c AtomicU32);

impl<'c> Change<'c> {
    /// Makes `counter` odd until the guard is dropped.
    pub fn begin(counter: &'c AtomicU32) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        Self(counter)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        compiler_fence(Ordering::SeqCst);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
