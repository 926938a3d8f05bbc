//! Breakpoints that the stub plants in memory as int3.
//!
//! gdb takes its breakpoints out at each stop and puts them back at each
//! resume, whichever thread is selected then. So a breakpoint in a process's
//! own space is bound to the process that was selected when it was first set.
//! It stays bound until the system runs without it, which means that gdb
//! deleted it, or until it is rebound: see [`super::binding`]. Where an address
//! belongs to an image, all its processes have the breakpoint: see
//! [`super::images`].

use super::debuggee::Debuggee;
use super::location::{AddressSpace, Missing, Place, row_of};
use crate::embed::{Machine, Task};
use crate::protocol::Refused;
use crate::requests::breakpoint_table::{Breakpoint, MOST, Owner, Planted};
use layout::regions::{Region, Scope};
use layout::{PhysAddr, VirtAddr};

/// The location of a breakpoint whose owner is gone.
pub(super) const NOWHERE: PhysAddr = PhysAddr(u32::MAX);

/// `int3`.
pub(crate) const INT3: u8 = 0xCC;

/// One of our int3s that a task ran into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Int3 {
    /// The task's address space.
    pub(crate) space: AddressSpace,
    /// Where it is.
    pub(crate) physical: PhysAddr,
    /// The byte that it replaced.
    pub(crate) original: u8,
    /// Whether it was meant for this task at this address, and not for another
    /// one that shares the frame.
    pub(crate) concerns: bool,
}

impl<M: Machine> Debuggee<M> {
    /// Plants a breakpoint at `address` in the space of each of its owners,
    /// again if it was set before.
    pub(crate) fn set_breakpoint(
        &mut self,
        address: VirtAddr,
    ) -> Result<(), Refused> {
        let is_lost = self.breakpoints.lost.contains(&Some(address));
        if is_lost || self.machine.is_stub_code(address) {
            return Err(Refused::StubCode);
        }
        if self.breakpoints.find(address).is_none() {
            let owner = self.owner_of(address).ok_or(Refused::NoTask)?;
            let index = self.breakpoints.vacancy().ok_or(Refused::Full)?;
            // Planted first: what is remembered there is only given up for a
            // breakpoint that is possible.
            let planted = Some(self.planted(owner, address)?);
            let new = Breakpoint { address, owner, planted, is_said: false };
            self.breakpoints.set(index, Some(new));
            return Ok(());
        }
        let mut planted = Err(Refused::NoTask);
        for index in 0..MOST {
            if self.breakpoints.is_at(index, address) {
                let result = self.plant(index);
                planted = planted.or(result);
            }
        }
        planted
    }

    #[inline(never)]
    fn plant(&mut self, index: usize) -> Result<(), Refused> {
        let entry = self.breakpoints.at(index).ok_or(Refused::Invalid)?;
        let is_image = matches!(entry.owner, Owner::Image(_));
        if self.is_there(&entry) || is_image && entry.planted.is_some() {
            return Ok(());
        }
        let planted = self.planted(entry.owner, entry.address)?;
        self.breakpoints.mark(index, Some(planted));
        Ok(())
    }

    /// Plants an int3 at `address` for `owner`.
    fn planted(
        &mut self,
        owner: Owner,
        address: VirtAddr,
    ) -> Result<Planted, Refused> {
        if let Owner::Image(image) = owner {
            return self.plant_in_image(image, address);
        }
        match self.space_of(owner) {
            Some(space) => self.plant_at(space.at(address)),
            // It can't stop anything, but it isn't an error: gdb would refuse
            // to resume the system.
            None => Ok(Planted { physical: NOWHERE, original: INT3 }),
        }
    }

    fn plant_at(&mut self, place: Place) -> Result<Planted, Refused> {
        let physical = self.physical(place)?;
        let mut byte = [0];
        // Don't read the machine's byte: another address may map the same frame
        // and have a breakpoint there.
        let (_, missing) = self.read(Place::physical(physical), &mut byte);
        let [original] = byte;
        if missing.is_some()
            || self.machine.write_physical(physical, &[INT3]).is_err()
            || !self.has_int3(physical)
        {
            return Err(Refused::NoMemory);
        }
        Ok(Planted { physical, original })
    }

    /// Removes the breakpoints at `address` from memory; returns whether there
    /// were any.
    pub(crate) fn clear_breakpoint(&mut self, address: VirtAddr) -> bool {
        let mut was_set = false;
        for index in 0..MOST {
            if self.breakpoints.is_at(index, address) {
                was_set |= self.take_out(index);
            }
        }
        was_set
    }

    /// Forgets the owners of breakpoints and watchpoints that aren't set when
    /// the system resumes: the debugger has deleted them, except for the one
    /// that it removes to step over it.
    pub(crate) fn forget_deleted(&mut self) {
        let passed = self.plan.step.map(|task| self.eip(task));
        for place in &mut self.breakpoints.entries {
            let is_gone = |it: &Breakpoint| {
                it.planted.is_none()
                    && !it.is_said
                    && Some(it.address) != passed
                    && !self.hardware.is_used_at(it.address)
            };
            if place.as_ref().is_some_and(is_gone) {
                *place = None;
            }
        }
    }

    /// Removes and forgets every breakpoint.
    pub(crate) fn forget_breakpoints(&mut self) {
        for index in 0..MOST {
            self.take_out(index);
            self.breakpoints.set(index, None);
        }
        self.breakpoints.end = 0;
        self.breakpoints.has_images = false;
    }

    /// Returns whether the int3 that the current task ran into at `address` is
    /// ours.
    pub(crate) fn is_planted(&mut self, address: VirtAddr) -> bool {
        let current = self.machine.current_task();
        let Some(task) = self.machine.task(current) else { return false };
        self.int3_at(address, &task).is_some()
    }

    /// Returns the int3 that `task` ran into at `address`, if it is ours.
    pub(crate) fn int3_at(
        &mut self,
        address: VirtAddr,
        task: &Task,
    ) -> Option<Int3> {
        let space = self.space_of_task(task);
        let physical = self.physical(space.at(address)).ok()?;
        let mut found = None;
        let used = self.breakpoints.entries.get(..self.breakpoints.end)?;
        for entry in used.iter().flatten() {
            let is_it = |planted: &Planted| planted.physical == physical;
            let Some(planted) = entry.planted.filter(is_it) else { continue };
            let concerns = entry.address == address
                && match entry.owner {
                    Owner::System | Owner::Everyone => true,
                    Owner::Process(id) => id == task.process,
                    Owner::Task(id) => id == task.id,
                    // No process runs there.
                    Owner::Image(_) => false,
                };
            if concerns || found.is_none() {
                let original = planted.original;
                found = Some(Int3 { space, physical, original, concerns });
            }
        }
        match found {
            Some(Int3 { concerns: true, .. }) => found,
            _ => self.image_int3_at(address, task, physical).or(found),
        }
    }

    /// Records the byte that the int3 at `physical` replaces; returns whether
    /// it was planted there alone.
    pub(crate) fn remember_original(
        &mut self,
        physical: PhysAddr,
        byte: u8,
    ) -> bool {
        let mut is_alone = false;
        for entry in self.breakpoints.entries.iter_mut().flatten() {
            if let Some(planted) = entry.planted.as_mut()
                && planted.physical == physical
            {
                planted.original = byte;
                is_alone = true;
            }
        }
        is_alone
    }

    /// Replaces breakpoints by the original bytes in `bytes`, which were read
    /// from `at`.
    pub(crate) fn hide_breakpoints(&mut self, at: PhysAddr, bytes: &mut [u8]) {
        let mut next = 0;
        while let Some((index, entry, planted, offset)) =
            self.breakpoints.next_in(next, at, bytes.len())
        {
            next = index.saturating_add(1);
            if let Some(byte @ &mut INT3) = bytes.get_mut(offset)
                && self.is_there(&entry)
            {
                *byte = planted.original;
            }
        }
        let mut next = 0;
        while let Some((index, entry, offset)) =
            self.breakpoints.next_of_images(next, at, bytes.len())
        {
            next = index.saturating_add(1);
            let physical = PhysAddr(at.0.wrapping_add(offset as u32));
            if let Some(byte @ &mut INT3) = bytes.get_mut(offset)
                && let Some(Planted { original, .. }) = entry.planted
                && self.is_in_image(&entry, physical)
            {
                *byte = original;
            }
        }
    }

    /// Replants breakpoints that a write of `bytes` to `at` overwrote, and
    /// records the new bytes as the original ones.
    pub(crate) fn plant_again(
        &mut self,
        at: PhysAddr,
        bytes: &[u8],
    ) -> Result<(), Missing> {
        let mut next = 0;
        while let Some((index, entry, planted, offset)) =
            self.breakpoints.next_in(next, at, bytes.len())
        {
            next = index.saturating_add(1);
            if let Some(&original) = bytes.get(offset)
                && self.leads_there(&entry)
            {
                self.machine.write_physical(planted.physical, &[INT3])?;
                let planted = Some(Planted { original, ..planted });
                self.breakpoints.mark(index, planted);
            }
        }
        let mut next = 0;
        while let Some((index, entry, offset)) =
            self.breakpoints.next_of_images(next, at, bytes.len())
        {
            next = index.saturating_add(1);
            let physical = PhysAddr(at.0.wrapping_add(offset as u32));
            // Other code is no longer the image's.
            if bytes.get(offset).copied()
                == entry.planted.map(|planted| planted.original)
                && self.is_in_image(&entry, physical)
            {
                self.machine.write_physical(physical, &[INT3])?;
            }
        }
        Ok(())
    }

    /// Removes one from memory; returns whether it was planted.
    fn take_out(&mut self, index: usize) -> bool {
        let Some(entry) = self.breakpoints.at(index) else { return false };
        let Some(Planted { physical, original }) = entry.planted else {
            return false;
        };
        let is_there = self.is_there(&entry);
        self.breakpoints.mark(index, None);
        if let Owner::Image(image) = entry.owner {
            self.remove_from_image(image, entry.address, original);
        }
        // Another address may map the same frame and still have a breakpoint
        // there.
        if is_there && !self.breakpoints.is_planted_at(physical) {
            // The page was just read, so this cannot fail.
            let _ = self.machine.write_physical(physical, &[original]);
        }
        true
    }

    /// Returns whether the frame still belongs to the owner and has the int3: a
    /// freed frame may have been reused.
    fn is_there(&mut self, entry: &Breakpoint) -> bool {
        let Some(planted) = entry.planted else { return false };
        self.leads_there(entry) && self.has_int3(planted.physical)
    }

    fn leads_there(&mut self, entry: &Breakpoint) -> bool {
        if let Owner::Image(image) = entry.owner {
            let source = self.machine.source_of(image, entry.address);
            return source.is_some()
                && source == entry.planted.map(|planted| planted.physical);
        }
        let Some(space) = self.space_of(entry.owner) else { return false };
        let physical = self.physical(space.at(entry.address)).ok();
        physical.is_some() && physical == entry.planted.map(|p| p.physical)
    }

    fn has_int3(&mut self, at: PhysAddr) -> bool {
        let mut byte = [0];
        self.machine.read_physical(at, &mut byte).is_ok() && byte == [INT3]
    }

    /// Returns the row of the address space that covers `address`.
    pub(crate) fn region_of(
        &self,
        address: VirtAddr,
    ) -> Option<&'static Region> {
        row_of(self.machine.regions(), address)
    }

    /// Returns the owner that a breakpoint set at `address` now would have.
    pub(crate) fn owner_of(&mut self, address: VirtAddr) -> Option<Owner> {
        let owner = self.owner_of_data(address)?;
        let image = match owner {
            Owner::Process(_) => self.machine.image_at(address),
            _ => None,
        };
        Some(image.map_or(owner, Owner::Image))
    }

    /// Returns the owner that a watchpoint set at `address` now would have: each
    /// process has its own data.
    pub(crate) fn owner_of_data(&mut self, address: VirtAddr) -> Option<Owner> {
        let id = self.memory_task();
        let task = self.machine.task(id)?;
        Some(match self.region_of(address).map(|row| row.scope) {
            Some(Scope::System) => Owner::System,
            Some(Scope::Process) | None => Owner::Process(task.process),
            Some(Scope::Task) => Owner::Task(task.id),
        })
    }

    /// Returns the address space that holds `owner`'s breakpoints.
    pub(crate) fn space_of(&mut self, owner: Owner) -> Option<AddressSpace> {
        let task = match owner {
            Owner::Task(id) => id,
            Owner::Process(id) => self.machine.task_of_process(id)?,
            Owner::Image(id) => self.next_of_image(0, id)?.id,
            Owner::System | Owner::Everyone => self.machine.current_task(),
        };
        self.space(task)
    }
}
