//! Every table, once: what its rows are, and what debuggers call it.

use super::{
    AllocatorRun, Descriptor, FrameRun, Image, InterruptLine, LogEntry,
    Mailbox, Mapping, Message, PortRange, Process, Thread, Window, WindowFrame,
};
use crate::fields::Fields;
use serde::{Deserialize, Serialize};

/// A row of one of the tables.
pub trait Row<'a>: Fields + Serialize + Deserialize<'a> {
    /// The table that has such rows.
    const TABLE: Table;
}

/// Whether a table exists once, or once for each of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// One table: debuggers list it.
    System,
    /// One for each row of another table: debuggers list them all, with that
    /// row's id in a column of this name.
    Each(Table, &'static str),
    /// One for each number that may be asked for: debuggers do not list it.
    Number,
}

/// Declares the tables, in the order of their numbers on the line.
macro_rules! tables {
    ($(
        $(#[$doc:meta])*
        $table:ident of $row:ty,
        $name:literal, $what:literal, $scope:expr;
    )*) => {
        /// The tables that a target can list.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub enum Table {
            $($(#[$doc])* $table,)*
        }

        impl Table {
            /// Every table, by its number on the line.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$table),*];

            /// Returns its name, as people write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$table => $name,)*
                }
            }

            /// Returns what it lists, in a few words.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$table => $what,)*
                }
            }

            /// Returns whether it exists once, or once for each of something.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self {
                    $(Self::$table => $scope,)*
                }
            }
        }

        $(
            impl<'a> Row<'a> for $row {
                const TABLE: Table = Table::$table;
            }
        )*
    };
}

tables! {
    /// [`Process`] rows, by id.
    Processes of Process<'a>,
    "processes", "processes and their tasks", Scope::System;

    /// [`Thread`] rows, by id.
    Threads of Thread<'a>,
    "threads", "tasks and what they wait for", Scope::System;

    /// [`Mailbox`] rows, by id.
    Mailboxes of Mailbox<'a>,
    "mailboxes", "mailboxes and waiting tasks", Scope::System;

    /// [`Message`] rows of one mailbox, oldest first.
    Messages of Message<'a>,
    "messages", "messages in all mailboxes",
    Scope::Each(Self::Mailboxes, "mailbox");

    /// [`Window`] rows, by id.
    Windows of Window<'a>,
    "windows", "shared windows", Scope::System;

    /// [`WindowFrame`] rows of one window, first page first.
    WindowFrames of WindowFrame,
    "window-frames", "frames of a shared window", Scope::Number;

    /// [`Mapping`] rows of one frame, given by its number, in no particular
    /// order.
    Mappings of Mapping,
    "mappings", "pages that map a frame", Scope::Number;

    /// [`FrameRun`] rows, by the number of the first frame.
    Frames of FrameRun<'a>,
    "frames", "memory by owner and use", Scope::System;

    /// [`AllocatorRun`] rows of one tree, by the first page; see
    /// [`AllocatorId`](super::AllocatorId).
    Allocator of AllocatorRun<'a>,
    "allocator", "runs of an allocator's tree", Scope::Number;

    /// [`PortRange`] rows, the oldest claim first.
    Ports of PortRange,
    "ports", "I/O ports in use", Scope::System;

    /// [`LogEntry`] rows, oldest first, by their numbers.
    Log of LogEntry<'a>,
    "log", "the kernel's log", Scope::System;

    /// [`Descriptor`] rows: those of the GDT, then those of the IDT.
    Descriptors of Descriptor<'a>,
    "descriptors", "GDT, IDT and TSSes", Scope::System;

    /// [`Image`] rows, by id.
    Images of Image<'a>,
    "images", "files of kernel and programs", Scope::System;

    /// [`InterruptLine`] rows, by their numbers.
    Interrupts of InterruptLine<'a>,
    "interrupts", "lines of the interrupt controllers", Scope::System;
}
