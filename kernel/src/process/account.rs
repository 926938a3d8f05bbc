//! The number of frames that each process owns.

use crate::memory::{Label, OutOfMemory, frames};
use crate::records::process::{PROCESSES, Process};
use crate::records::table::Slot;
use layout::PhysAddr;

impl Slot<Process> {
    /// Allocates a frame that the process owns, with one reference.
    ///
    /// # Errors
    ///
    /// Fails if no frame is free.
    pub(crate) fn allocate_frame(
        &self,
        label: Label,
    ) -> Result<PhysAddr, OutOfMemory> {
        let frame = frames::allocate(self.id(), label)?;
        self.pages.set(self.pages.get() + 1);
        Ok(frame)
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
