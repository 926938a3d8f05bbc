//! Change counters: what a debugger reads is consistent while every counter is
//! even.
//!
//! Each structure of the kernel has a line here, and each change to it is made
//! under a [`Change`]. There is no other list of them.

use core::sync::atomic::{AtomicU32, Ordering, compiler_fence};

/// Declares the structures, and whether rows come or go with a change.
macro_rules! structures {
    ($($(#[$doc:meta])* $name:ident: $rows:ident,)*) => {
        /// A structure that the rows of a debugger's tables come from.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum Structure {
            $($(#[$doc])* $name,)*
        }

        /// Every structure, and what a change does to rows.
        pub const STRUCTURES: &[(Structure, Rows)] =
            &[$((Structure::$name, Rows::$rows)),*];
    };
}

/// What a change to a structure does to the rows that come from it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Some come or go, so a table that was read in parts must be read again.
    Move,
    /// They keep their places, though not their contents; in the log, new
    /// ones come after all others.
    Stay,
}

structures! {
    /// The table of processes.
    Processes: Move,
    /// The table of tasks.
    Tasks: Move,
    /// The table of mailboxes.
    Mailboxes: Move,
    /// The messages in all mailboxes.
    Messages: Stay,
    /// The table of shared windows.
    Windows: Move,
    /// The table of where shared windows are mapped.
    Attachments: Move,
    /// The table of the ranges of ports that processes have.
    Claims: Move,
    /// The lists that records are linked into.
    Lists: Stay,
    /// The allocator of frames.
    FrameTree: Stay,
    /// The allocator of global memory.
    GlobalTree: Stay,
    /// The allocators of all processes.
    ProcessTrees: Stay,
    /// The log.
    Log: Stay,
}

/// How many times each structure has begun to change or ended it: odd while
/// it changes.
static COUNTS: [AtomicU32; STRUCTURES.len()] =
    [const { AtomicU32::new(0) }; STRUCTURES.len()];

impl Structure {
    const fn count(self) -> &'static AtomicU32 {
        &COUNTS[self as usize]
    }

    /// Returns a number that is odd while the structure changes, and
    /// different after each change.
    pub fn changes(self) -> u32 {
        self.count().load(Ordering::Relaxed)
    }
}

/// Returns a number that changes when a row comes or goes.
pub fn generation() -> u32 {
    let all = STRUCTURES.iter().filter(|(_, rows)| *rows == Rows::Move);
    all.fold(0, |sum, (it, _)| sum.wrapping_add(it.changes()))
}

/// Returns whether no structure is half changed.
pub fn is_consistent() -> bool {
    STRUCTURES.iter().all(|(it, _)| it.changes().is_multiple_of(2))
}

/// A change under way to something that a debugger reads.
pub struct Change<'c>(&'c AtomicU32);

impl<'c> Change<'c> {
    /// Counts a change to a structure until the guard is dropped.
    pub fn of(structure: Structure) -> Self {
        debug_assert!(
            structure.changes().is_multiple_of(2),
            "a change in a change"
        );
        Self::begin(structure.count())
    }

    /// Makes `counter` odd until the guard is dropped.
    pub fn begin(counter: &'c AtomicU32) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        Self(counter)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        compiler_fence(Ordering::SeqCst);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_until_it_ends_and_moves_rows_where_it_does() {
        assert!(is_consistent());
        let before = generation();
        let message = Change::of(Structure::Messages);
        assert!(!is_consistent());
        let mailbox = Change::of(Structure::Mailboxes);
        drop(message);
        assert!(!is_consistent());
        drop(mailbox);
        assert!(is_consistent());
        assert_ne!(generation(), before);
        let before = generation();
        drop(Change::of(Structure::Log));
        assert_eq!(generation(), before);
    }
}
