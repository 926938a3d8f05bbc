//! The breakpoints of a session, inserted or only remembered.

use crate::protocol::Refused;
use layout::{PhysAddr, VirtAddr};

/// How many addresses can have a breakpoint.
pub(crate) const MOST: usize = 64;

/// How many addresses are remembered at which the stub itself has hit a
/// breakpoint.
const MOST_LOST: usize = 8;

/// For whom a breakpoint applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    System,
    Process(u32),
    Task(u32),
    /// Every process that is made from an image, now or later. An int3 is in
    /// memory in all of them; its physical address is that of the byte which
    /// later processes get.
    Image(u32),
    /// Every task of every process. Only for requests that need no change in
    /// memory.
    Everyone,
}

/// A breakpoint of one owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Breakpoint {
    pub(crate) address: VirtAddr,
    pub(crate) owner: Owner,
    pub(crate) planted: Option<Planted>,
    /// Whether the user has chosen the owner explicitly.
    pub(crate) is_said: bool,
}

/// Where the stub has put an int3, and the byte that it replaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Planted {
    pub(crate) physical: PhysAddr,
    pub(crate) original: u8,
}

/// Every breakpoint of the session.
#[derive(Debug)]
pub(crate) struct Breakpoints {
    pub(crate) entries: [Option<Breakpoint>; MOST],
    /// Addresses at which the stub itself has hit a breakpoint.
    pub(crate) lost: [Option<VirtAddr>; MOST_LOST],
    /// How many of those have been reported to the debugger.
    told: usize,
    /// The index from which all entries are empty.
    pub(crate) end: usize,
    /// Whether any may be an image's: mostly there is nothing to look for.
    pub(crate) has_images: bool,
}

impl Breakpoints {
    /// Returns an empty table.
    pub(crate) const fn new() -> Self {
        Self {
            entries: [None; MOST],
            lost: [None; MOST_LOST],
            told: 0,
            end: 0,
            has_images: false,
        }
    }

    /// Returns an entry.
    #[inline(never)]
    pub(crate) fn at(&self, index: usize) -> Option<Breakpoint> {
        self.entries.get(index).copied().flatten()
    }

    /// Replaces an entry.
    #[inline(never)]
    pub(crate) fn set(&mut self, index: usize, entry: Option<Breakpoint>) {
        let owner = entry.map(|entry| entry.owner);
        self.has_images |= matches!(owner, Some(Owner::Image(_)));
        if let Some(place) = self.entries.get_mut(index) {
            *place = entry;
            self.end = self.end.max(index.saturating_add(1));
        }
    }

    /// Records that an entry's int3 is in memory, or no longer.
    #[inline(never)]
    pub(crate) fn mark(&mut self, index: usize, planted: Option<Planted>) {
        if let Some(Some(entry)) = self.entries.get_mut(index) {
            entry.planted = planted;
        }
    }

    /// Returns whether an entry is at `address`.
    pub(crate) fn is_at(&self, index: usize, address: VirtAddr) -> bool {
        self.at(index).is_some_and(|entry| entry.address == address)
    }

    /// Returns whether an int3 is in memory at `physical`.
    pub(crate) fn is_planted_at(&self, physical: PhysAddr) -> bool {
        let mut all = self.entries.iter().flatten();
        all.any(|it| it.planted.is_some_and(|it| it.physical == physical))
    }

    /// Returns the index of the first breakpoint at `address`.
    pub(crate) fn find(&self, address: VirtAddr) -> Option<usize> {
        let is_it = |b: &Breakpoint| b.address == address;
        self.entries.iter().position(|entry| entry.as_ref().is_some_and(is_it))
    }

    /// Returns the index of the first entry, from `index` on, whose int3 is
    /// among the `len` bytes at `at`, the entry, the int3, and its offset from
    /// `at`.
    ///
    /// Every memory access goes through this, and rarely finds any.
    pub(crate) fn next_in(
        &self,
        index: usize,
        at: PhysAddr,
        len: usize,
    ) -> Option<(usize, Breakpoint, Planted, usize)> {
        let rest = self.entries.get(index..self.end)?;
        (index..).zip(rest).find_map(|(index, entry)| {
            let entry = (*entry)?;
            let planted = entry.planted?;
            let offset = planted.physical.0.checked_sub(at.0)? as usize;
            (offset < len).then_some((index, entry, planted, offset))
        })
    }

    /// Returns the index of the first entry of an image, from `index` on, that
    /// may have an int3 among the `len` bytes at `at` in one of its processes,
    /// the entry, and the offset from `at`.
    pub(crate) fn next_of_images(
        &self,
        index: usize,
        at: PhysAddr,
        len: usize,
    ) -> Option<(usize, Breakpoint, usize)> {
        if !self.has_images {
            return None;
        }
        let rest = self.entries.get(index..self.end)?;
        (index..).zip(rest).find_map(|(index, entry)| {
            let entry = (*entry)?;
            let is_image = matches!(entry.owner, Owner::Image(_));
            let offset = entry.address.offset().checked_sub(at.offset())?;
            let offset = offset as usize;
            (is_image && entry.planted.is_some() && offset < len)
                .then_some((index, entry, offset))
        })
    }

    /// Returns the image that has a breakpoint in memory at `address`, and the
    /// byte that it replaces.
    pub(crate) fn image_at(&self, address: VirtAddr) -> Option<(u32, u8)> {
        if !self.has_images {
            return None;
        }
        let used = self.entries.get(..self.end)?;
        used.iter().flatten().find_map(|entry| match entry.owner {
            Owner::Image(image) if entry.address == address => {
                Some((image, entry.planted?.original))
            }
            _ => None,
        })
    }

    /// Adds an entry whose int3 is not in memory yet.
    pub(crate) fn add(
        &mut self,
        address: VirtAddr,
        owner: Owner,
        is_said: bool,
    ) -> Result<(), Refused> {
        let index = self.vacancy().ok_or(Refused::Full)?;
        let new = Breakpoint { address, owner, planted: None, is_said };
        self.set(index, Some(new));
        Ok(())
    }

    /// Returns the owners of the breakpoints at `address`.
    pub(crate) fn owners(
        &self,
        address: VirtAddr,
    ) -> impl Iterator<Item = Owner> {
        let all = self.entries.iter().flatten();
        all.filter(move |it| it.address == address).map(|it| it.owner)
    }

    /// Forgets the breakpoints at `address`, none of which is in memory.
    pub(crate) fn forget(&mut self, address: VirtAddr) {
        for place in &mut self.entries {
            if place.is_some_and(|entry| entry.address == address) {
                *place = None;
            }
        }
    }

    /// Returns whether a breakpoint at `address` is in memory.
    pub(crate) fn is_set(&self, address: VirtAddr) -> bool {
        let mut all = self.entries.iter().flatten();
        all.any(|it| it.address == address && it.planted.is_some())
    }

    /// Forgets the breakpoint at `address` for good because the stub itself has
    /// hit it; returns its physical address and the byte that it replaces.
    pub(crate) fn lift(&mut self, address: VirtAddr) -> Option<(PhysAddr, u8)> {
        let index = self.find(address)?;
        let Planted { physical, original } = self.at(index)?.planted?;
        self.set(index, None);
        if let Some(place) = self.lost.iter_mut().find(|it| it.is_none()) {
            *place = Some(address);
        }
        Some((physical, original))
    }

    /// Returns an address at which the stub has hit a breakpoint, each one
    /// once.
    pub(crate) fn tell_lost(&mut self) -> Option<VirtAddr> {
        let lost = self.lost.get(self.told).copied().flatten()?;
        self.told = self.told.saturating_add(1);
        Some(lost)
    }

    /// Returns an unused entry, or one that is only remembered.
    pub(crate) fn vacancy(&self) -> Option<usize> {
        self.entries.iter().position(Option::is_none).or_else(|| {
            let mut all = self.entries.iter();
            all.position(|entry| entry.as_ref().is_some_and(is_memory))
        })
    }

    /// Returns how many entries could be added at `address` if those that are
    /// there were forgotten.
    pub(crate) fn room_for(&self, address: VirtAddr) -> usize {
        let all = self.entries.iter();
        let free = all.filter(|entry| {
            entry.is_none_or(|it| it.address == address || is_memory(&it))
        });
        free.count()
    }
}

/// Returns whether a breakpoint is only remembered, in case the debugger sets
/// it again. What the user has said is not forgotten for another breakpoint.
const fn is_memory(breakpoint: &Breakpoint) -> bool {
    breakpoint.planted.is_none() && !breakpoint.is_said
}
