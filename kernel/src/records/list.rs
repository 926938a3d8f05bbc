//! Lists of records, linked through the records themselves.
//!
//! Links are ids, so a list that outlives a record does not dangle. Adding and
//! removing take constant time. A debugger may walk lists at any moment, so
//! each walk is bounded, and all changes are counted.

use crate::records::table::{Record, Slot};
use core::cell::Cell;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, Ordering};
use structures::change::{Change, Structure};

/// A record's links in one list: its neighbours' ids, or 0.
#[derive(Default)]
pub(crate) struct Link {
    next: Cell<u32>,
    previous: Cell<u32>,
}

impl Link {
    /// Returns the links of a record that is in no list.
    pub(crate) const fn new() -> Self {
        Self { next: Cell::new(0), previous: Cell::new(0) }
    }
}

/// Selects which of a record's links a list uses. This is a type and not a
/// value, so that a corrupt record cannot mislead a debugger.
pub(crate) trait Through<T> {
    /// Returns the link.
    fn link(record: &T) -> &Link;
}

/// Declares the lists that a record can be in, each with its link.
macro_rules! links {
    ($record:ident: $($list:ident = $link:ident),+) => {$(
        impl $crate::records::list::Through<$record> for $list {
            fn link(record: &$record) -> &Link {
                &record.$link
            }
        }
    )+};
}
pub(crate) use links;

/// A list of records. With one [`Link`], a record can be in one list at a time.
pub(crate) struct List<T: Record, L: Through<T>> {
    kind: PhantomData<fn() -> (T, L)>,
    first: AtomicU32,
    last: AtomicU32,
}

impl<T: Record, L: Through<T>> Default for List<T, L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Record, L: Through<T>> List<T, L> {
    /// Returns an empty list.
    pub(crate) const fn new() -> Self {
        let (first, last) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { kind: PhantomData, first, last }
    }

    /// Appends a record that is in no list by this link.
    pub(crate) fn push(&self, record: &Slot<T>) {
        let _change = Change::of(Structure::Lists);
        let last = self.last.swap(record.id(), Ordering::Relaxed);
        let link = L::link(record);
        link.next.set(0);
        link.previous.set(last);
        match T::TABLE.get(last) {
            Some(last) => L::link(last).next.set(record.id()),
            None => self.first.store(record.id(), Ordering::Relaxed),
        }
    }

    /// Inserts a record that is in no list by this link at the front.
    pub(crate) fn push_front(&self, record: &Slot<T>) {
        let _change = Change::of(Structure::Lists);
        let first = self.first.swap(record.id(), Ordering::Relaxed);
        let link = L::link(record);
        link.previous.set(0);
        link.next.set(first);
        match T::TABLE.get(first) {
            Some(first) => L::link(first).previous.set(record.id()),
            None => self.last.store(record.id(), Ordering::Relaxed),
        }
    }

    /// Removes and returns the first record.
    pub(crate) fn pop(&self) -> Option<&'static Slot<T>> {
        let first = self.first()?;
        self.remove(first);
        Some(first)
    }

    /// Removes a record, if it is in this list.
    pub(crate) fn remove(&self, record: &Slot<T>) {
        let link = L::link(record);
        let (previous, next) = (link.previous.get(), link.next.get());
        let is_first = self.first.load(Ordering::Relaxed) == record.id();
        if previous == 0 && !is_first {
            return;
        }
        let _change = Change::of(Structure::Lists);
        match T::TABLE.get(previous) {
            Some(previous) => L::link(previous).next.set(next),
            None => self.first.store(next, Ordering::Relaxed),
        }
        match T::TABLE.get(next) {
            Some(next) => L::link(next).previous.set(previous),
            None => self.last.store(previous, Ordering::Relaxed),
        }
        link.next.set(0);
        link.previous.set(0);
    }

    /// Returns the first record.
    pub(crate) fn first(&self) -> Option<&'static Slot<T>> {
        T::TABLE.get(self.first.load(Ordering::Relaxed))
    }

    /// Returns whether the list is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.load(Ordering::Relaxed) == 0
    }

    /// Returns the records, first to last. The one that was returned last may
    /// be removed meanwhile.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Slot<T>> {
        self.walk(self.first.load(Ordering::Relaxed), |link| link.next.get())
    }

    /// Returns the records, last to first, as [`List::iter`] does.
    pub(crate) fn iter_back(&self) -> impl Iterator<Item = &'static Slot<T>> {
        self.walk(self.last.load(Ordering::Relaxed), |link| link.previous.get())
    }

    fn walk(
        &self,
        start: u32,
        further: fn(&Link) -> u32,
    ) -> impl Iterator<Item = &'static Slot<T>> {
        let mut next = start;
        (0..T::TABLE.count()).map_while(move |_| {
            let record = T::TABLE.get(next)?;
            next = further(L::link(record));
            Some(record)
        })
    }
}

/// The list of a process' resources of one kind: mailboxes, windows,
/// attachments or ports.
pub(crate) struct OfOwner;
