//! Every table that a debugger can ask for, and where its rows come from.

use crate::built_in::TABLES;
use crate::embed::{Machine, RowSink, TextRows};
use crate::target::{AddressSpace, Debuggee, row_of};
use core::fmt;
use layout::VirtAddr;
use layout::runs::{Run, runs};
use wire::fields::{Column, Fields, Value};
use wire::rows::{Region, Scope, Table};

/// A table that a debugger can ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Listing {
    /// The table of tables, as gdb wants it.
    Types,
    /// One of the kernel's tables.
    Kernel(Table),
    /// What the selected task's page tables map.
    Regions,
}

/// Returns the table that gdb means by this name; the empty name means the
/// table of tables.
pub(crate) fn find(name: &[u8]) -> Option<Listing> {
    if name.is_empty() {
        return Some(Listing::Types);
    }
    Listing::all().find(|listing| listing.name().as_bytes() == name)
}

impl Listing {
    /// Returns every table except the table of tables.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let tables = Table::ALL.into_iter();
        let listed = tables.filter(|table| table.scope() != Scope::Number);
        listed.map(Self::Kernel).chain([Self::Regions])
    }

    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Types => "types",
            Self::Kernel(table) => table.name(),
            Self::Regions => "regions",
        }
    }

    /// Returns what it lists.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Types => "",
            Self::Kernel(table) => table.what(),
            Self::Regions => "what the selected thread has mapped",
        }
    }

    /// Returns whether the kernel has such a table.
    pub(crate) fn is_offered<M: Machine>(
        self,
        debuggee: &mut Debuggee<M>,
    ) -> bool {
        match self {
            _ if !TABLES => false,
            Self::Types => true,
            Self::Regions => {
                let task = debuggee.memory_task();
                debuggee.machine.directory(task).is_some()
            }
            Self::Kernel(table) => debuggee.machine.offers(table),
        }
    }

    /// Passes on the rows from id `from.1` of group `from.0` on.
    pub(super) fn rows<M: Machine>(
        self,
        from: (u32, u32),
        task: u32,
        to: &mut dyn TextRows,
        debuggee: &mut Debuggee<M>,
    ) -> fmt::Result {
        let (mut of, mut id) = from;
        let (table, others, name) = match self {
            Self::Types => return types(id, to, debuggee),
            Self::Regions => {
                to.group(("task", task));
                return regions(id, task, to, debuggee);
            }
            Self::Kernel(table) => match table.scope() {
                Scope::Each(others, name) => (table, others, name),
                Scope::System | Scope::Number => {
                    return kernel_rows(table, 0, id, to, debuggee);
                }
            },
        };
        // The table exists once for each row of `others`.
        while let Some(found) = id_from(others, of, debuggee) {
            if found != of {
                id = 0;
            }
            to.group((name, found));
            kernel_rows(table, found, id, to, debuggee)?;
            let Some(next) = found.checked_add(1) else { break };
            (of, id) = (next, 0);
        }
        Ok(())
    }
}

fn kernel_rows<M: Machine>(
    table: Table,
    of: u32,
    mut from: u32,
    to: &mut dyn TextRows,
    debuggee: &mut Debuggee<M>,
) -> fmt::Result {
    loop {
        let mut sink = RowSink::text(to);
        // A table that doesn't exist has no rows.
        let _ = debuggee.machine.rows(table, of, from, &mut sink);
        match sink.finish().1 {
            None => return Ok(()),
            Some(next) if next > from && to.wants_more() => from = next,
            Some(_) => return Err(fmt::Error),
        }
    }
}

/// Returns the lowest row id in `table` that is at least `id`.
fn id_from<M: Machine>(
    table: Table,
    id: u32,
    debuggee: &mut Debuggee<M>,
) -> Option<u32> {
    // Nothing fits, so the first row is where to continue.
    let mut sink = RowSink::new(&mut []);
    let all = debuggee.machine.rows(table, 0, id, &mut sink);
    all.ok().and_then(|()| sink.finish().1)
}

fn types<M: Machine>(
    from: u32,
    to: &mut dyn TextRows,
    debuggee: &mut Debuggee<M>,
) -> fmt::Result {
    // gdb does not print a column called `Title`.
    const COLUMNS: [Column; 3] = [
        Column::of::<&str>("Type"),
        Column::of::<&str>("Description"),
        Column::of::<&str>("Title"),
    ];
    for (id, listing) in (0..).zip(Listing::all()) {
        if id < from || !listing.is_offered(debuggee) {
            continue;
        }
        let values = [listing.name(), listing.what(), listing.name()];
        to.row(id, &COLUMNS, &values.map(Value::Text))?;
    }
    Ok(())
}

fn regions<M: Machine>(
    from: u32,
    task: u32,
    to: &mut dyn TextRows,
    debuggee: &mut Debuggee<M>,
) -> fmt::Result {
    let Some(AddressSpace::Paged(directory)) = debuggee.space(task) else {
        return Ok(());
    };
    let rows = debuggee.machine.regions();
    let mut result = Ok(());
    let mut push = |run: Run| {
        let row = Region {
            start: run.start,
            pages: run.pages,
            writable: run.writable,
            user: run.user,
            physical: run.physical,
            row: row_of(rows, run.start).map(|row| row.name),
        };
        result = to.row(run.start.0, Region::COLUMNS, &row.values());
        result.is_ok()
    };
    let push: &mut dyn FnMut(Run) -> bool = &mut push;
    // The rows end at a page table whose address has no memory.
    let _ = runs(debuggee, directory, VirtAddr(from), push);
    result
}
