//! Locations in memory, and why memory could not be accessed.

use crate::embed::NoMemory;
use crate::protocol::Refused;
use layout::regions::Region;
use layout::{PhysAddr, VirtAddr};

/// Why memory could not be accessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Missing {
    /// Nothing is mapped here.
    Unmapped(VirtAddr),
    /// The page, or a table on the way to it, is at a physical address without
    /// memory.
    NoMemory(PhysAddr),
    /// The page here is read-only, and the debugger respects that.
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

/// The space that an address belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AddressSpace {
    /// The space that this page directory maps.
    Paged(PhysAddr),
    /// Physical memory.
    Physical,
}

impl AddressSpace {
    /// Returns `address` in this space.
    pub(crate) const fn at(self, VirtAddr(address): VirtAddr) -> Place {
        Place { space: self, address }
    }
}

/// An address and its space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) space: AddressSpace,
    pub(crate) address: u32,
}

impl Place {
    /// Returns a location in physical memory.
    pub(crate) const fn physical(PhysAddr(address): PhysAddr) -> Self {
        Self { space: AddressSpace::Physical, address }
    }

    /// Returns the location `by` bytes further on, which fails past the end of
    /// memory.
    pub(crate) fn forward(self, by: u32) -> Result<Self, Missing> {
        let address = self.address.checked_add(by);
        let address = address.ok_or(Missing::Unmapped(VirtAddr(0)))?;
        Ok(Self { address, ..self })
    }
}

/// Returns the address-space row that covers `address`.
pub(crate) fn row_of(
    rows: &'static [Region],
    address: VirtAddr,
) -> Option<&'static Region> {
    rows.iter().find(|row| row.contains(address))
}
