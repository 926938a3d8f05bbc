//! Where memory is, and why it could not be reached there.

use crate::embed::NoMemory;
use crate::protocol::Refused;
use layout::{PhysAddr, VirtAddr};

/// Why memory could not be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Missing {
    /// Nothing is mapped here.
    Unmapped(VirtAddr),
    /// The page, or a table on the way, is where there is no memory.
    NoMemory(PhysAddr),
    /// The page here may only be read, and the debugger respects that.
    ReadOnly(VirtAddr),
}

impl From<NoMemory> for Missing {
    fn from(NoMemory(at): NoMemory) -> Self {
        Self::NoMemory(at)
    }
}

impl From<Missing> for Refused {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::ReadOnly(_) => Self::ReadOnly,
            Missing::Unmapped(_) | Missing::NoMemory(_) => Self::NoMemory,
        }
    }
}

/// Whose address space is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// That of a page directory.
    Linear(PhysAddr, VirtAddr),
    /// None.
    Physical(PhysAddr),
}

impl Place {
    /// Returns the address, whichever space it is in.
    pub(crate) const fn address(self) -> u32 {
        match self {
            Self::Linear(_, VirtAddr(at)) | Self::Physical(PhysAddr(at)) => at,
        }
    }

    /// Returns the place `by` bytes on; none past the end of memory.
    pub(crate) fn forward(self, by: usize) -> Option<Self> {
        let by = u32::try_from(by).ok()?;
        Some(match self {
            Self::Linear(directory, VirtAddr(at)) => {
                Self::Linear(directory, VirtAddr(at.checked_add(by)?))
            }
            Self::Physical(PhysAddr(at)) => {
                Self::Physical(PhysAddr(at.checked_add(by)?))
            }
        })
    }
}

/// Why nothing is read past the last byte of an address space.
pub(crate) const END: Missing = Missing::Unmapped(VirtAddr(0));
