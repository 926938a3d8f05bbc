//! Memory as a task sees it, by walking its page tables, with the debugger's
//! breakpoints hidden.

use super::debuggee::Debuggee;
use super::location::{AddressSpace, Missing, Place};
use crate::embed::Machine;
use layout::paging::{Entry, walk};
use layout::{PhysAddr, VirtAddr};

impl<M: Machine> Debuggee<M> {
    /// Reads from `place`; returns how many bytes could be read, and, if not
    /// all, why.
    pub(crate) fn read(
        &mut self,
        place: Place,
        into: &mut [u8],
    ) -> (usize, Option<Missing>) {
        let mut done = 0_usize;
        while let Some(rest) =
            into.get_mut(done..).filter(|rest| !rest.is_empty())
        {
            match self.read_in_page(place.forward(done as u32), rest) {
                Ok(count) => done = done.saturating_add(count),
                Err(missing) => return (done, Some(missing)),
            }
        }
        (done, None)
    }

    fn read_in_page(
        &mut self,
        place: Result<Place, Missing>,
        rest: &mut [u8],
    ) -> Result<usize, Missing> {
        let at = self.physical(place?)?;
        let count = in_page(at, rest.len());
        let chunk = rest.get_mut(..count).unwrap_or(&mut []);
        self.machine.read_physical(at, chunk)?;
        self.hide_breakpoints(at, chunk);
        Ok(count)
    }

    /// Writes to `place`, all or nothing. A page that its directory or table
    /// entry makes read-only is not written, unless the user has allowed that.
    /// If there are several pages, each is first tried with what it has.
    pub(crate) fn write(
        &mut self,
        place: Place,
        from: &[u8],
    ) -> Result<(), Missing> {
        let rights = if self.protects { Entry::WRITABLE } else { 0 };
        let mut done = 0_usize;
        while done < from.len() {
            let place = place.forward(done as u32)?;
            let at = self.allowed(place, rights)?;
            let mut byte = [0];
            self.machine.read_physical(at, &mut byte)?;
            let count = in_page(at, from.len().saturating_sub(done));
            if count < from.len() {
                self.machine.write_physical(at, &byte)?;
            }
            done = done.saturating_add(count);
        }
        done = 0;
        while let Some(rest) = from.get(done..).filter(|rest| !rest.is_empty())
        {
            let at = self.physical(place.forward(done as u32)?)?;
            let count = in_page(at, rest.len());
            let chunk = rest.get(..count).unwrap_or(&[]);
            self.machine.write_physical(at, chunk)?;
            self.plant_again(at, chunk)?;
            done = done.saturating_add(count);
        }
        Ok(())
    }

    /// Translates `place` to a physical address.
    pub(crate) fn physical(
        &mut self,
        place: Place,
    ) -> Result<PhysAddr, Missing> {
        self.allowed(place, 0)
    }

    /// Translates `place` to a physical address, which fails if the page lacks
    /// one of `rights`.
    pub(super) fn allowed(
        &mut self,
        place: Place,
        rights: u32,
    ) -> Result<PhysAddr, Missing> {
        let AddressSpace::Paged(directory) = place.space else {
            return Ok(PhysAddr(place.address));
        };
        let address = VirtAddr(place.address);
        let walk = walk(self, directory, address)?;
        let physical = walk.physical().ok_or(Missing::Unmapped(address))?;
        if walk.allows(rights) {
            Ok(physical)
        } else {
            Err(Missing::ReadOnly(address))
        }
    }
}

/// Returns how many of the `len` bytes at `at` are in the same page.
fn in_page(at: PhysAddr, len: usize) -> usize {
    usize::try_from(at.left_in_page()).map_or(len, |left| left.min(len))
}
