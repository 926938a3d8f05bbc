//! Memory as a task has it, by walking its page tables, with the
//! debugger's breakpoints out of sight.

use crate::debuggee::Debuggee;
use crate::embed::{Machine, NoMemory};
use layout::paging::{Entry, walk};
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

impl<M: Machine> Debuggee<M> {
    /// Reads from `place`; returns how many bytes could be read, and why
    /// not all if not all.
    pub(crate) fn read(
        &mut self,
        place: Place,
        into: &mut [u8],
    ) -> (usize, Option<Missing>) {
        let mut done = 0_usize;
        while let Some(rest) =
            into.get_mut(done..).filter(|rest| !rest.is_empty())
        {
            match self.read_in_page(place, done, rest) {
                Ok(count) => done = done.saturating_add(count),
                Err(missing) => return (done, Some(missing)),
            }
        }
        (done, None)
    }

    fn read_in_page(
        &mut self,
        place: Place,
        forward: usize,
        rest: &mut [u8],
    ) -> Result<usize, Missing> {
        let at = self.physical(place.forward(forward).ok_or(END)?)?;
        let count = in_page(at, rest.len());
        let chunk = rest.get_mut(..count).unwrap_or(&mut []);
        self.machine.read_physical(at, chunk)?;
        self.hide_breakpoints(at, chunk);
        Ok(count)
    }

    /// Writes to `place`, all or nothing. A page that directory or table say
    /// may only be read keeps what it has, unless the debugger's user wants
    /// otherwise.
    pub(crate) fn write(
        &mut self,
        place: Place,
        from: &[u8],
    ) -> Result<(), Missing> {
        let mut done = 0_usize;
        while done < from.len() {
            let place = place.forward(done).ok_or(END)?;
            let at = self.physical(place)?;
            self.machine.read_physical(at, &mut [0])?;
            self.allow_write(place)?;
            let count = in_page(at, from.len().saturating_sub(done));
            done = done.saturating_add(count);
        }
        done = 0;
        while let Some(rest) = from.get(done..).filter(|rest| !rest.is_empty())
        {
            let at = self.physical(place.forward(done).ok_or(END)?)?;
            let count = in_page(at, rest.len());
            let chunk = rest.get(..count).unwrap_or(&[]);
            self.machine.write_physical(at, chunk)?;
            self.plant_again(at, chunk)?;
            done = done.saturating_add(count);
        }
        Ok(())
    }

    fn allow_write(&mut self, place: Place) -> Result<(), Missing> {
        let Place::Linear(directory, address) = place else { return Ok(()) };
        let walk = walk(&mut self.machine, directory, address)?;
        if self.protects && !walk.allows(Entry::WRITABLE) {
            return Err(Missing::ReadOnly(address));
        }
        Ok(())
    }

    /// Returns where `place` is in physical memory.
    pub(crate) fn physical(
        &mut self,
        place: Place,
    ) -> Result<PhysAddr, Missing> {
        match place {
            Place::Physical(at) => Ok(at),
            Place::Linear(directory, address) => {
                walk(&mut self.machine, directory, address)?
                    .physical()
                    .ok_or(Missing::Unmapped(address))
            }
        }
    }
}

/// Why nothing is read past the last byte of an address space.
pub(crate) const END: Missing = Missing::Unmapped(VirtAddr(0));

/// Returns how many of `len` bytes from `at` on are in one page.
fn in_page(at: PhysAddr, len: usize) -> usize {
    usize::try_from(at.left_in_page()).map_or(len, |left| left.min(len))
}
