//! Tables of kernel records in global memory: tasks, processes, mailboxes.
//!
//! A table is an array of slots at a fixed address that grows by pages. Once a
//! slot has held a record, it holds that type only, so a reference to it never
//! dangles; at worst its id is no longer the one that was looked up. Records
//! are made of cells: the kernel has one processor, and ring 0 can only be
//! preempted at marked points. A debugger may read the same slots at any time:
//! each has a magic number and a version, and the table has a change counter,
//! which is odd while a change is in progress.

use crate::memory::address_space::table_entry;
use crate::memory::{Label, OutOfMemory, global};
use core::cell::Cell;
use core::mem::size_of;
use core::ptr;
use layout::VirtAddr;
use structures::change::{Change, Structure};

/// About as many as there may be records, so that a lookup takes one step.
const BUCKETS: usize = 4096;
const VERSION: u16 = 1;

/// A type that can be kept in a [`Records`].
pub(crate) trait Record: Sized + 'static {
    /// The magic number by which a debugger recognises a record.
    const MAGIC: [u8; 4];

    /// What their table is to a debugger.
    const STRUCTURE: Structure;

    /// The table that has all records of this type.
    const TABLE: &'static Records<Self>;
}

/// A record with its id and its links in the table.
#[repr(C)]
pub(crate) struct Slot<T> {
    magic: [u8; 4],
    version: u16,
    slot_bytes: u16,
    /// 0 if the slot is free.
    id: Cell<u32>,
    /// The slots with the next higher and lower id, or the next free slot.
    next: Cell<u32>,
    previous: Cell<u32>,
    /// The next slot in the same bucket.
    chain: Cell<u32>,
    value: T,
}

impl<T> Slot<T> {
    /// Returns the record's id; 0 if it has been removed.
    pub(crate) fn id(&self) -> u32 {
        self.id.get()
    }
}

impl<T> core::ops::Deref for Slot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// No slot: the end of a list.
const NONE: u32 = u32::MAX;

/// A table of records, with ids that count up from 1 and are never reused.
pub(crate) struct Records<T> {
    base: VirtAddr,
    backed_slots: Cell<u32>,
    used_slots: Cell<u32>,
    free: Cell<u32>,
    first: Cell<u32>,
    last: Cell<u32>,
    count: Cell<u32>,
    /// The slot that was found last, as the next lookup is often for the same
    /// id.
    found: Cell<u32>,
    next_id: Cell<u32>,
    buckets: [Cell<u32>; BUCKETS],
    kind: core::marker::PhantomData<T>,
}

// SAFETY: there is one processor. The kernel is never preempted while a record
// is being changed; exception tasks that interrupt a change only read, and
// report that what they read may be inconsistent. They do update the remembered
// slot, which is always checked before it is used.
unsafe impl<T> Sync for Records<T> {}

impl<T: Record> Records<T> {
    /// Returns an empty table that may grow from `base` by `pages`. The range
    /// must be for its use only.
    pub(crate) const fn new(number: u32) -> Self {
        Self {
            base: global::record_table(number),
            backed_slots: Cell::new(0),
            used_slots: Cell::new(0),
            free: Cell::new(NONE),
            first: Cell::new(NONE),
            last: Cell::new(NONE),
            count: Cell::new(0),
            found: Cell::new(NONE),
            next_id: Cell::new(1),
            buckets: [const { Cell::new(NONE) }; BUCKETS],
            kind: core::marker::PhantomData,
        }
    }

    /// Adds a record with the next id.
    ///
    /// # Errors
    ///
    /// Fails if there is too little memory or the table is full.
    pub(crate) fn insert(
        &self,
        value: T,
    ) -> Result<&'static Slot<T>, OutOfMemory> {
        if self.free.get() == NONE
            && self.used_slots.get() == self.backed_slots.get()
        {
            self.grow()?;
        }
        let _change = Change::of(T::STRUCTURE);
        let index = match self.free.get() {
            NONE => self.used_slots.replace(self.used_slots.get() + 1),
            free => {
                self.free.set(self.slot(free).next.get());
                free
            }
        };
        let id = self.next_id.replace(self.next_id.get() + 1);
        let bucket = &self.buckets[id as usize % BUCKETS];
        let slot = Slot {
            magic: T::MAGIC,
            version: VERSION,
            slot_bytes: size_of::<Slot<T>>() as u16,
            id: Cell::new(id),
            next: Cell::new(NONE),
            previous: Cell::new(self.last.get()),
            chain: Cell::new(bucket.replace(index)),
            value,
        };
        // SAFETY: `index` is the index of a mapped slot that is free or has
        // never been used, so the write is in bounds. Old references to it only
        // see cells, which may change under them.
        unsafe { ptr::write(self.address(index), slot) }
        match self.last.replace(index) {
            NONE => self.first.set(index),
            last => self.slot(last).next.set(index),
        }
        self.count.set(self.count.get() + 1);
        Ok(self.slot(index))
    }

    /// Removes the record with this id, if there is one.
    pub(crate) fn remove(&self, id: u32) {
        let look = |index| self.checked(index);
        let Some((index, slot)) = self.find_by(id, look) else { return };
        let _change = Change::of(T::STRUCTURE);
        let (previous, next) = (slot.previous.get(), slot.next.get());
        match previous {
            NONE => self.first.set(next),
            previous => self.slot(previous).next.set(next),
        }
        match next {
            NONE => self.last.set(previous),
            next => self.slot(next).previous.set(previous),
        }
        let mut link = &self.buckets[id as usize % BUCKETS];
        while link.get() != index {
            link = &self.slot(link.get()).chain;
        }
        link.set(slot.chain.get());
        slot.id.set(0);
        slot.next.set(self.free.replace(index));
        self.count.set(self.count.get() - 1);
    }

    /// Returns the record with this id.
    pub(crate) fn get(&self, id: u32) -> Option<&'static Slot<T>> {
        Some(self.find_by(id, |index| self.checked(index))?.1)
    }

    /// Returns the record with the lowest id above `id`; there may be none with
    /// `id` itself.
    pub(crate) fn after(&self, id: u32) -> Option<&'static Slot<T>> {
        self.after_by(id, |index| self.checked(index))
    }

    /// Like [`Self::get`], but never faults: a record whose page is not mapped
    /// counts as none.
    pub(crate) fn get_mapped(&self, id: u32) -> Option<&'static Slot<T>> {
        Some(self.find_by(id, |index| self.mapped(index))?.1)
    }

    /// Like [`Self::after`], but never faults.
    pub(crate) fn after_mapped(&self, id: u32) -> Option<&'static Slot<T>> {
        self.after_by(id, |index| self.mapped(index))
    }

    /// Returns how many slots there are, free ones included.
    pub(crate) fn used_slots(&self) -> u32 {
        self.used_slots.get()
    }

    /// Returns the record in a slot; none if it is free.
    pub(crate) fn in_slot(&self, index: u32) -> Option<&'static Slot<T>> {
        self.checked(index).filter(|slot| slot.id() != 0)
    }

    /// Returns whether there is or was a record with this id.
    pub(crate) fn has_given(&self, id: u32) -> bool {
        id != 0 && id < self.next_id.get()
    }

    /// Returns how many records there are.
    pub(crate) fn count(&self) -> u32 {
        self.count.get()
    }

    fn after_by(
        &self,
        id: u32,
        look: impl Fn(u32) -> Option<&'static Slot<T>> + Copy,
    ) -> Option<&'static Slot<T>> {
        match self.find_by(id, look) {
            Some((_, slot)) => look(slot.next.get()),
            None => {
                let mut index = self.first.get();
                let mut slots = (0..self.count.get()).map_while(|_| {
                    let slot = look(index)?;
                    index = slot.next.get();
                    Some(slot)
                });
                slots.find(|slot| slot.id() > id)
            }
        }
    }

    /// Returns the slot with this id, and its index.
    fn find_by(
        &self,
        id: u32,
        look: impl Fn(u32) -> Option<&'static Slot<T>>,
    ) -> Option<(u32, &'static Slot<T>)> {
        let found = self.found.get();
        let slot = look(found).filter(|slot| id != 0 && slot.id() == id);
        if let Some(slot) = slot {
            return Some((found, slot));
        }
        let mut index = self.buckets[id as usize % BUCKETS].get();
        // Bounded, so that a corrupt chain cannot hang the debugger.
        for _ in 0..=self.count.get() {
            let slot = look(index)?;
            if slot.id() == id && id != 0 {
                self.found.set(index);
                return Some((index, slot));
            }
            index = slot.chain.get();
        }
        None
    }

    /// Returns the slot `index`, if there is one. Unlike [`Self::slot`], it
    /// checks everything: debuggers may read records that are corrupt.
    fn checked(&self, index: u32) -> Option<&'static Slot<T>> {
        let is_there = index < self.used_slots.get();
        // SAFETY: as in `slot`.
        is_there.then(|| unsafe { &*self.address(index) })
    }

    /// Returns the slot `index`, if it exists and its pages are mapped.
    fn mapped(&self, index: u32) -> Option<&'static Slot<T>> {
        let first = VirtAddr(self.address(index).addr() as u32);
        let last = first.0.wrapping_add(size_of::<Slot<T>>() as u32 - 1);
        let last = VirtAddr(last);
        let is_there = table_entry(first).is_present()
            && (last.page() == first.page() || table_entry(last).is_present());
        if is_there { self.checked(index) } else { None }
    }

    fn slot(&self, index: u32) -> &'static Slot<T> {
        assert!(index < self.used_slots.get() || self.free.get() == index);
        // SAFETY: slots below `used_slots` have been written, are never
        // unmapped, and never change their type.
        unsafe { &*self.address(index) }
    }

    fn address(&self, index: u32) -> *mut Slot<T> {
        let base = self.base.0 as usize as *mut Slot<T>;
        base.wrapping_add(index as usize)
    }

    fn grow(&self) -> Result<(), OutOfMemory> {
        let slot_bytes = size_of::<Slot<T>>() as u32;
        let needed = (self.backed_slots.get() + 1) * slot_bytes;
        let pages = needed.div_ceil(layout::PAGE_BYTES);
        if pages > global::RECORD_PAGES {
            return Err(OutOfMemory);
        }
        global::back(self.base, pages, Label::Rows)?;
        let slots = pages * layout::PAGE_BYTES / slot_bytes;
        self.backed_slots.set(slots);
        Ok(())
    }
}
