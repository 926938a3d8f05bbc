//! A machine that only has registers and memory to look at.

use super::answer::{RegistersSeen, Seen};
use super::error::Error;
use layout::PhysAddr;
use std::time::Duration;

/// CR0.PG: paging is on.
const CR0_PG: u32 = 1 << 31;
/// CR4.PSE: a directory entry may map 4 MiB.
const CR4_PSE: u32 = 1 << 4;
/// CR4.PAE: entries of 64 bits.
const CR4_PAE: u32 = 1 << 5;
/// EFER.LMA: long mode is active.
const EFER_LMA: u64 = 1 << 10;

/// A machine that only has registers and memory to look at: behind a GDB stub
/// of any kernel, or recorded.
pub(super) trait Machine {
    /// Returns what there is to say about it.
    ///
    /// # Errors
    ///
    /// Fails if it does not answer.
    fn seen(&mut self) -> Result<Seen, Error>;

    /// Returns the registers of its processor.
    ///
    /// # Errors
    ///
    /// As [`Self::seen`].
    fn registers(&mut self) -> Result<RegistersSeen, Error>;

    /// Returns the control registers that paging depends on.
    ///
    /// # Errors
    ///
    /// As [`Self::seen`], and if it has none to be seen.
    fn control(&mut self) -> Result<Control, Error>;

    /// Reads physical memory within a page. Returns fewer bytes where there is
    /// no more.
    ///
    /// # Errors
    ///
    /// As [`Self::seen`], and if it cannot be reached.
    fn physical(&mut self, at: PhysAddr, len: u32) -> Result<Vec<u8>, Error>;

    /// Lets the machine run on. Returns how long it stood for us.
    ///
    /// # Errors
    ///
    /// As [`Self::seen`].
    fn release(&mut self) -> Result<Duration, Error>;
}

/// The control registers that paging depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Control {
    pub(super) cr0: u32,
    pub(super) cr3: u32,
    pub(super) cr4: u32,
    pub(super) efer: u64,
}

/// How a processor translates addresses: 32-bit paging.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Paging {
    /// The page directory.
    pub(super) directory: PhysAddr,
    /// Whether a directory entry may map 4 MiB.
    pub(super) has_large_pages: bool,
}

impl Control {
    /// Returns how the processor translates.
    ///
    /// # Errors
    ///
    /// Fails if it does not by 32-bit paging.
    pub(super) fn paging(self) -> Result<Paging, Error> {
        Err(Error::Paging(match () {
            () if self.efer & EFER_LMA != 0 => {
                "the system runs in long mode, which host-cli does not know"
            }
            () if self.cr0 & CR0_PG == 0 => {
                "paging is off there: a linear address is a physical one"
            }
            () if self.cr4 & CR4_PAE != 0 => {
                "the system uses PAE paging, which host-cli does not know"
            }
            () => {
                return Ok(Paging {
                    directory: PhysAddr(self.cr3).page(),
                    has_large_pages: self.cr4 & CR4_PSE != 0,
                });
            }
        }))
    }

    /// Returns how the processor translates, as a phrase.
    pub(super) fn paging_in_words(self) -> &'static str {
        match self.paging() {
            Ok(Paging { has_large_pages: true, .. }) => {
                "32-bit, pages of 4 KiB and 4 MiB"
            }
            Ok(_) => "32-bit, pages of 4 KiB",
            Err(_) if self.efer & EFER_LMA != 0 => "long mode",
            Err(_) if self.cr0 & CR0_PG == 0 => "off",
            Err(_) => "PAE",
        }
    }
}
