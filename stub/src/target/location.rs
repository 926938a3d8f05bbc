//! Where memory is, and why it could not be reached there.

use crate::embed::NoMemory;
use crate::protocol::Refused;
use layout::regions::Region;
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

/// What an address means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AddressSpace {
    /// What this page directory says.
    Paged(PhysAddr),
    /// A place in physical memory.
    Physical,
}

impl AddressSpace {
    /// Returns where `address` is.
    pub(crate) const fn at(self, VirtAddr(address): VirtAddr) -> Place {
        Place { space: self, address }
    }
}

/// An address, and whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) space: AddressSpace,
    pub(crate) address: u32,
}

impl Place {
    /// Returns a place in physical memory.
    pub(crate) const fn physical(PhysAddr(address): PhysAddr) -> Self {
        Self { space: AddressSpace::Physical, address }
    }

    /// Returns the place `by` bytes on; none past the end of memory.
    pub(crate) fn forward(self, by: usize) -> Option<Self> {
        let address = self.address.checked_add(u32::try_from(by).ok()?)?;
        Some(Self { address, ..self })
    }
}

/// Returns the row that covers `address`.
pub(crate) fn row_of(
    rows: &'static [Region],
    address: VirtAddr,
) -> Option<&'static Region> {
    rows.iter().find(|row| row.contains(address))
}

/// Why nothing is read past the last byte of an address space.
pub(crate) const END: Missing = Missing::Unmapped(VirtAddr(0));
