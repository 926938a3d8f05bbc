//! The number of frames that each process owns.

use crate::memory::{Label, OutOfMemory, frames};
use crate::records::process::{PROCESSES, Process};
use crate::records::table::Slot;
use core::cell::Cell;
use layout::PhysAddr;

impl Slot<Process> {
    /// Returns the account for its frames.
    pub(crate) fn account(&self) -> FrameAccount<'_> {
        FrameAccount::new(self.id(), &self.pages)
    }
}

/// Allocates and frees frames for a process, and counts those it owns.
pub(crate) struct FrameAccount<'p> {
    owner: u32,
    pages: &'p Cell<u32>,
}

impl<'p> FrameAccount<'p> {
    /// Returns the account of process `owner`, whose count is in `pages`.
    pub(crate) const fn new(owner: u32, pages: &'p Cell<u32>) -> Self {
        Self { owner, pages }
    }

    /// Allocates a frame that the process owns, with one reference.
    ///
    /// # Errors
    ///
    /// Fails if no frame is free.
    pub(crate) fn allocate(
        &self,
        label: Label,
    ) -> Result<PhysAddr, OutOfMemory> {
        let frame = frames::allocate_for(self.owner, label)?;
        self.pages.set(self.pages.get() + 1);
        Ok(frame)
    }

    /// Drops a reference of the process to a frame: its own, or one that
    /// another process owns and shares with it.
    pub(crate) fn free(&self, frame: PhysAddr) {
        release(frame);
    }
}

/// Drops one reference to a frame; with the last one the frame is freed, and is
/// no longer charged to its owner.
pub(crate) fn release(frame: PhysAddr) {
    if let Some(owner) = frames::release(frame) {
        forget_one_of(owner);
    }
}

/// Gives the system ownership of a frame that must outlive its owner.
pub(crate) fn disown(frame: PhysAddr) {
    if let Some(owner) = frames::disown(frame) {
        forget_one_of(owner);
    }
}

/// Subtracts one frame from a process' count, if the process exists.
fn forget_one_of(owner: u32) {
    if let Some(process) = PROCESSES.get(owner) {
        process.pages.set(process.pages.get().saturating_sub(1));
    }
}
