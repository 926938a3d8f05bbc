//! The record of a process.

use crate::records::claim::Claim;
use crate::records::list::{Link, List, OfOwner, links};
use crate::records::mailbox::Mailbox;
use crate::records::table::{Record, Records, Slot};
use crate::records::task::{OfProcess, Task, WaitLink};
use crate::records::window::{Attachment, Window};
use abi::NAME_BYTES;
use core::cell::Cell;
use layout::PhysAddr;
use structures::change::Structure;

/// Every process, by id. The first is the kernel's own.
pub(crate) static PROCESSES: Records<Process> = Records::new(0);

/// The stages of a process' life.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Phase {
    /// The keeper is creating it, or soon will.
    #[default]
    Creation,
    /// Its tasks run.
    Life,
    /// It has no resources left; its tasks are zombies or gone.
    Death,
}

/// What the tasks of a process share.
#[derive(Default)]
pub(crate) struct Process {
    pub(crate) name: [u8; NAME_BYTES],
    pub(crate) phase: Cell<Phase>,
    /// The image that it was made from; 0 before that is known.
    pub(crate) image: Cell<u32>,
    /// The process that created it; 0 if that was the kernel, or once that
    /// process has ended.
    pub(crate) parent: Cell<u32>,
    /// The processes that it has created and not yet waited for.
    pub(crate) children: List<Self, Siblings>,
    /// Its tasks, oldest first.
    pub(crate) tasks: List<Task, OfProcess>,
    /// How many of them have not ended.
    pub(crate) live_tasks: Cell<u32>,
    /// The status with which it has ended, or will end.
    pub(crate) status: Cell<Option<u32>>,
    /// The tasks that wait for its end.
    pub(crate) waiters: List<Task, WaitLink>,
    pub(crate) mailboxes: List<Mailbox, OfOwner>,
    /// The I/O ports that it may use.
    pub(crate) ports: List<Claim, OfOwner>,
    /// The shared windows that it has created and that still have frames.
    pub(crate) windows: List<Window, OfOwner>,
    /// Where it has mapped shared windows.
    pub(crate) attachments: List<Attachment, OfOwner>,
    /// The frames that it owns, page tables included.
    pub(crate) pages: Cell<u32>,
    /// The task that waits for its creation.
    pub(crate) creator: Cell<u32>,
    /// The frame of its process data, until that is mapped.
    pub(crate) data: Cell<Option<PhysAddr>>,
    sibling: Link,
    creation: Link,
}

impl Record for Process {
    const MAGIC: [u8; 4] = *b"PROC";
    const STRUCTURE: Structure = Structure::Processes;
    const TABLE: &'static Records<Self> = &PROCESSES;
}

impl Process {
    /// Returns a process without tasks and memory.
    pub(crate) fn new(name: [u8; NAME_BYTES], parent: u32) -> Self {
        Self { name, parent: Cell::new(parent), ..Self::default() }
    }

    /// Returns its tasks, newest first.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &'static Slot<Task>> {
        self.tasks.iter_back()
    }
}

impl Task {
    /// Returns the process that it belongs to.
    pub(crate) fn process(&self) -> Option<&'static Slot<Process>> {
        PROCESSES.get(self.process)
    }
}

/// The list of a parent's children.
pub(crate) struct Siblings;

/// The list of processes that the keeper has yet to create.
pub(crate) struct InCreation;

links!(Process: Siblings = sibling, InCreation = creation);
