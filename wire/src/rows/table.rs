//! The tables, and what their rows have in common.

use crate::fields::Fields;
use serde::{Deserialize, Serialize};

/// Declares the tables, in the order of their numbers on the line.
macro_rules! tables {
    ($($(#[$of:meta])* $table:ident,)*) => {
        /// The tables that a target can list.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub enum Table {
            $($(#[$of])* $table,)*
        }

        /// Every table, by its number on the line.
        pub const TABLES: [Table; [$(stringify!($table)),*].len()] =
            [$(Table::$table),*];
    };
}

tables! {
    /// [`Process`](super::Process) rows, by id.
    Processes,
    /// [`Thread`](super::Thread) rows, by id.
    Threads,
    /// [`Mailbox`](super::Mailbox) rows, by id.
    Mailboxes,
    /// [`Message`](super::Message) rows of one mailbox, oldest first.
    Messages,
    /// [`Window`](super::Window) rows, by id.
    Windows,
    /// [`WindowFrame`](super::WindowFrame) rows of one window, first page first.
    WindowFrames,
    /// [`Mapping`](super::Mapping) rows of one frame, given by its number, in no order that
    /// means anything.
    Mappings,
    /// [`FrameRun`](super::FrameRun) rows, by the number of the first frame.
    Frames,
    /// [`AllocatorRun`](super::AllocatorRun) rows of one tree, by the first page; see
    /// [`AllocatorId`](super::AllocatorId).
    Allocator,
    /// [`PortRange`](super::PortRange) rows, the oldest claim first.
    Ports,
    /// [`LogEntry`](super::LogEntry) rows, oldest first, by their numbers.
    Log,
    /// [`Descriptor`](super::Descriptor) rows: those of the GDT, then those of the IDT.
    Descriptors,
}

/// A row of one of the tables.
pub trait Row<'a>: Fields + Serialize + Deserialize<'a> {
    /// The table that has such rows.
    const TABLE: Table;
}

/// Declares the rows of a table.
macro_rules! row {
    (
        $(#[$doc:meta])*
        pub struct $name:ident $(<$life:lifetime>)?: $table:ident {
            $($(#[$of:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $crate::fields::fields! {
            $(#[$doc])*
            pub struct $name $(<$life>)? {
                $($(#[$of])* pub $field: $type,)*
            }
        }

        impl<'a> $crate::rows::table::Row<'a> for $name $(<$life>)? {
            const TABLE: $crate::rows::table::Table = $crate::rows::table::Table::$table;
        }
    };
}

pub(super) use row;
