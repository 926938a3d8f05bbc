//! The tables, and the collector of each.

mod id_list;
mod images;
mod interrupts;
mod log;
mod mailboxes;
mod ports;
mod processes;
mod records;
mod windows;

use crate::debugger::collector::{Asked, Collector};
use structures::change::{STRUCTURES, Structure};
use stub::embed::{NoRows, RowSink};
use wire::rows::{self, Row, Table};

/// Says which rows each table has.
macro_rules! tables {
    ($($table:ident of $row:ty,)*) => {
        /// Pushes the rows of `table`; see `stub::embed::Tables::rows`.
        pub(crate) fn collect(
            table: Table,
            asked: Asked<'_>,
            sink: &mut RowSink<'_>,
        ) -> Result<(), NoRows> {
            match table {
                $(Table::$table => <$row>::collect(asked, sink),)*
            }
        }

        /// What the rows of each table come from.
        const SOURCES: &[&[Structure]] = &[$(<$row>::SOURCES),*];

        $(const _: () = assert!(matches!(<$row>::TABLE, Table::$table));)*
    };
}

tables! {
    Processes of rows::Process<'_>,
    Threads of rows::Thread<'_>,
    Mailboxes of rows::Mailbox<'_>,
    Messages of rows::Message<'_>,
    Windows of rows::Window<'_>,
    WindowFrames of rows::WindowFrame,
    Mappings of rows::Mapping,
    Frames of rows::FrameRun<'_>,
    Allocator of rows::AllocatorRun<'_>,
    Ports of rows::PortRange,
    Log of rows::LogEntry<'_>,
    Descriptors of rows::Descriptor<'_>,
    Images of rows::Image<'_>,
    Interrupts of rows::InterruptLine<'_>,
}

const _: () = assert!(all_are_sources(), "a structure that no row comes from");

/// Returns whether each structure has rows that come from it.
const fn all_are_sources() -> bool {
    let (mut known, mut tables) = (0_u32, SOURCES);
    while let [sources, others @ ..] = tables {
        let mut sources = *sources;
        while let [source, behind @ ..] = sources {
            known |= 1 << *source as u32;
            sources = behind;
        }
        tables = others;
    }
    known.count_ones() as usize == STRUCTURES.len()
}
