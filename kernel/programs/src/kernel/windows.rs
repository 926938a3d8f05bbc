//! Shared windows.

use super::{PAGE_BYTES, entry, raw};
use abi::Error;
use core::sync::atomic::AtomicU32;

/// Creates a shared window of zeroed pages and returns its id. `mailbox`
/// synchronises its users; 0 means none. `rights` are what other processes may
/// do: [`abi::WINDOW_SHARED`], and [`abi::WINDOW_SHARED_WRITABLE`].
///
/// # Errors
///
/// Fails if there is too little memory, there is no such mailbox, or the size
/// is 0 or out of range.
pub fn window_create(
    pages: u32,
    mailbox: u32,
    rights: u32,
) -> Result<u32, Error> {
    raw::window_create(pages, mailbox, rights)
}

/// Destroys a shared window of this process: it can no longer be attached.
///
/// # Errors
///
/// Fails if there is no such window, or it is another process'.
pub fn window_destroy(window: u32) -> Result<(), Error> {
    raw::window_destroy(window)?;
    Ok(())
}

/// Returns the mailbox that synchronises a shared window, or 0.
///
/// # Errors
///
/// Fails if there is no such window.
pub fn window_mailbox(window: u32) -> Result<u32, Error> {
    raw::window_mailbox(window)
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
