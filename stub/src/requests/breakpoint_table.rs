//! The breakpoints of a session, planted or only remembered.

use crate::protocol::Refused;
use layout::{PhysAddr, VirtAddr};

/// How many addresses can have a breakpoint.
pub(crate) const MOST: usize = 64;

/// How many addresses are remembered at which the stub has run into one.
const MOST_LOST: usize = 8;

/// Who runs into a breakpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    System,
    Process(u32),
    Task(u32),
    /// Whoever comes by the address, in whatever process: only for what
    /// needs no change in memory.
    Everyone,
}

/// A breakpoint of one owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Breakpoint {
    pub(crate) address: VirtAddr,
    pub(crate) owner: Owner,
    pub(crate) planted: Option<Planted>,
    /// Whether a person has said whose it is.
    pub(crate) is_said: bool,
}

/// Where an int3 of ours is, and what it stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Planted {
    pub(crate) physical: PhysAddr,
    pub(crate) original: u8,
}

/// Every breakpoint of the session.
#[derive(Debug)]
pub(crate) struct Breakpoints {
    pub(crate) entries: [Option<Breakpoint>; MOST],
    /// Where the stub itself has run into one.
    pub(crate) lost: [Option<VirtAddr>; MOST_LOST],
    /// How many of those the debugger was told of.
    told: usize,
    /// Behind which all entries are empty.
    pub(crate) end: usize,
}

impl Breakpoints {
    /// Returns a table without breakpoints.
    pub(crate) const fn new() -> Self {
        Self { entries: [None; MOST], lost: [None; MOST_LOST], told: 0, end: 0 }
    }

    /// Returns an entry.
    #[inline(never)]
    pub(crate) fn at(&self, index: usize) -> Option<Breakpoint> {
        self.entries.get(index).copied().flatten()
    }

    /// Replaces an entry.
    #[inline(never)]
    pub(crate) fn set(&mut self, index: usize, entry: Option<Breakpoint>) {
        if let Some(place) = self.entries.get_mut(index) {
            *place = entry;
            self.end = self.end.max(index.saturating_add(1));
        }
    }

    /// Notes what has become of an entry.
    #[inline(never)]
    pub(crate) fn mark(&mut self, index: usize, planted: Option<Planted>) {
        if let Some(Some(entry)) = self.entries.get_mut(index) {
            entry.planted = planted;
        }
    }

    /// Returns where the first breakpoint at `address` is.
    pub(crate) fn find(&self, address: VirtAddr) -> Option<usize> {
        let is_it = |b: &Breakpoint| b.address == address;
        self.entries.iter().position(|entry| entry.as_ref().is_some_and(is_it))
    }

    /// Returns the first entry from `index` on whose int3 is among the `len`
    /// bytes from `at` on, and how far behind `at` it is.
    ///
    /// Every byte that is read or written goes by here, and there is hardly
    /// ever one.
    pub(crate) fn next_in(
        &self,
        index: usize,
        at: PhysAddr,
        len: usize,
    ) -> Option<(usize, usize)> {
        let rest = self.entries.get(index..self.end)?;
        for (index, entry) in (index..).zip(rest) {
            if let Some(entry) = entry
                && let Some(planted) = entry.planted
                && let Some(offset) = offset_in(at, planted.physical)
                && offset < len
            {
                return Some((index, offset));
            }
        }
        None
    }

    /// Adds an entry that is not planted yet.
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

    /// Returns for whom the breakpoints at `address` are.
    pub(crate) fn owners(
        &self,
        address: VirtAddr,
    ) -> impl Iterator<Item = Owner> {
        let all = self.entries.iter().flatten();
        all.filter(move |it| it.address == address).map(|it| it.owner)
    }

    /// Forgets the breakpoints at `address`, which are not planted.
    pub(crate) fn forget(&mut self, address: VirtAddr) {
        for place in &mut self.entries {
            if place.is_some_and(|entry| entry.address == address) {
                *place = None;
            }
        }
    }

    /// Returns whether one at `address` is planted.
    pub(crate) fn is_set(&self, address: VirtAddr) -> bool {
        let is_it = |it: &Breakpoint| it.address == address;
        let mut all = self.entries.iter().flatten().filter(|it| is_it(it));
        all.any(|it| it.planted.is_some())
    }

    /// Forgets the breakpoint at `address` for good, because the stub itself
    /// has run into it; returns where it is and what it stands for.
    pub(crate) fn lift(&mut self, address: VirtAddr) -> Option<(PhysAddr, u8)> {
        let index = self.find(address)?;
        let Planted { physical, original } = self.at(index)?.planted?;
        self.set(index, None);
        if let Some(place) = self.lost.iter_mut().find(|it| it.is_none()) {
            *place = Some(address);
        }
        Some((physical, original))
    }

    /// Returns an address at which the stub has run into a breakpoint, once.
    pub(crate) fn tell_lost(&mut self) -> Option<VirtAddr> {
        let lost = self.lost.get(self.told).copied().flatten()?;
        self.told = self.told.saturating_add(1);
        Some(lost)
    }

    /// Returns an unused entry, or one that is only remembered.
    fn vacancy(&self) -> Option<usize> {
        self.entries.iter().position(Option::is_none).or_else(|| {
            let is_memory = |b: &Breakpoint| b.planted.is_none();
            self.entries
                .iter()
                .position(|entry| entry.as_ref().is_some_and(is_memory))
        })
    }
}

/// Returns how far `byte` is behind `start`, if it is.
fn offset_in(start: PhysAddr, byte: PhysAddr) -> Option<usize> {
    usize::try_from(byte.0.checked_sub(start.0)?).ok()
}
