//! Shared windows.

use super::{PAGE_BYTES, entry, raw};
use abi::Error;
use core::sync::atomic::AtomicU32;

/// Destroys a shared window of this process: it can no longer be attached.
///
/// # Errors
///
/// Fails if there is no such window, or it is another process'.
pub fn window_destroy(window: u32) -> Result<(), Error> {
    raw::window_destroy(window).map(drop)
}

/// The access that an attachment has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Read only: a write faults.
    Read,
    /// Read and write.
    Write,
}

/// A shared window that is attached to this process until it is dropped.
#[derive(Debug)]
pub struct Window {
    id: u32,
    start: u32,
    words: usize,
}

impl Window {
    /// Attaches a window.
    ///
    /// # Errors
    ///
    /// Fails if there is no such window, its owner does not allow the access,
    /// it is already attached, or there is too little memory.
    pub fn attach(window: u32, access: Access) -> Result<Self, Error> {
        let flags = match access {
            Access::Read => 0,
            Access::Write => abi::WINDOW_WRITE,
        };
        let pages = raw::window_pages(window)?;
        let start = raw::window_attach(window, flags)?;
        let words = pages as usize * PAGE_BYTES / size_of::<AtomicU32>();
        Ok(Self { id: window, start, words })
    }

    /// Returns its words, which change while others write to them.
    #[must_use]
    pub fn words(&self) -> &[AtomicU32] {
        // SAFETY: the kernel has mapped this many pages at this address, and
        // unmaps them when `self` is dropped. Any words are valid atomic ones.
        unsafe { entry::words(self.start, self.words) }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // It is attached: this cannot fail.
        let _zero = raw::window_detach(self.id);
    }
}
