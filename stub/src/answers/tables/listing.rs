//! Every table that a debugger can ask for, and where its rows come from.

use crate::embed::{Machine, RowSink, TextRows};
use crate::target::Debuggee;
use core::fmt;
use layout::VirtAddr;
use layout::regions::region_of;
use layout::runs::{Run, runs};
use wire::columns;
use wire::rows::{Region, Table};

/// A table that a debugger can ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Listing {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it lists.
    pub(crate) what: &'static str,
    rows: Source,
}

/// Where rows come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Source {
    /// The names of all tables.
    Names,
    /// The kernel.
    Kernel(Table),
    /// The kernel, mailbox by mailbox.
    Messages,
    /// The page tables of the task that is selected.
    Regions,
}

const fn listing(
    name: &'static str,
    what: &'static str,
    rows: Source,
) -> Listing {
    Listing { name, what, rows }
}

use Source::{Kernel, Messages, Names, Regions};

/// Every table.
pub(crate) static LISTINGS: [Listing; 10] = [
    listing("processes", "processes and their tasks", Kernel(Table::Processes)),
    listing("threads", "tasks and what they wait for", Kernel(Table::Threads)),
    listing("regions", "what the selected thread has mapped", Regions),
    listing("mailboxes", "mailboxes and who waits", Kernel(Table::Mailboxes)),
    listing("messages", "messages in all mailboxes", Messages),
    listing("windows", "shared windows", Kernel(Table::Windows)),
    listing("frames", "memory by owner and use", Kernel(Table::Frames)),
    listing("descriptors", "GDT, IDT and TSSes", Kernel(Table::Descriptors)),
    listing("ports", "I/O ports that somebody has", Kernel(Table::Ports)),
    listing("log", "the kernel's last lines", Kernel(Table::Log)),
];

/// The table of tables, as gdb wants it.
static TYPES: Listing = listing("types", "", Names);

/// Returns the table that gdb asks for by this name; the empty one is that
/// of the tables.
pub(crate) fn find(name: &[u8]) -> Option<&'static Listing> {
    if name.is_empty() {
        return Some(&TYPES);
    }
    let mut all = LISTINGS.iter();
    all.find(|listing| listing.name.as_bytes() == name)
}

impl Listing {
    /// Hands on the rows from that with id `from.1` of mailbox `from.0` on.
    pub(super) fn rows<M: Machine>(
        &self,
        from: (u32, u32),
        task: u32,
        to: &mut dyn TextRows,
        debuggee: &mut Debuggee<M>,
    ) -> fmt::Result {
        let (mut of, mut id) = from;
        match self.rows {
            Source::Names => types(id, to),
            Source::Kernel(table) => kernel_rows(table, 0, id, to, debuggee),
            Source::Regions => {
                to.group(("task", task));
                regions(id, task, to, debuggee)
            }
            Source::Messages => {
                while let Some(mailbox) = mailbox_from(of, debuggee) {
                    if mailbox != of {
                        id = 0;
                    }
                    to.group(("mailbox", mailbox));
                    let messages = Table::Messages;
                    kernel_rows(messages, mailbox, id, to, debuggee)?;
                    let Some(next) = mailbox.checked_add(1) else { break };
                    (of, id) = (next, 0);
                }
                Ok(())
            }
        }
    }
}

fn kernel_rows<M: Machine>(
    table: Table,
    of: u32,
    from: u32,
    to: &mut dyn TextRows,
    debuggee: &mut Debuggee<M>,
) -> fmt::Result {
    let mut from = from;
    loop {
        let mut sink = RowSink::text(to);
        // What does not exist has no rows.
        let _ = debuggee.machine.rows(table, of, from, &mut sink);
        match sink.finish().1 {
            None => return Ok(()),
            Some(next) if next > from && to.wants_more() => from = next,
            Some(_) => return Err(fmt::Error),
        }
    }
}

/// Returns the first mailbox with this id or a higher one.
fn mailbox_from<M: Machine>(
    id: u32,
    debuggee: &mut Debuggee<M>,
) -> Option<u32> {
    // Nothing fits, so the first row is the one to go on from.
    let mut sink = RowSink::new(&mut []);
    let all = debuggee.machine.rows(Table::Mailboxes, 0, id, &mut sink);
    all.ok().and_then(|()| sink.finish().1)
}

fn types(from: u32, to: &mut dyn TextRows) -> fmt::Result {
    for (id, Listing { name, what, .. }) in (0..).zip(&LISTINGS) {
        if id < from {
            continue;
        }
        to.begin_row(id)?;
        // gdb does not print what is called `Title`.
        let cells = [("Type", name), ("Description", what), ("Title", name)];
        for (column, text) in cells {
            to.column(column)?;
            to.text(text)?;
        }
        to.end_row()?;
    }
    Ok(())
}

fn regions<M: Machine>(
    from: u32,
    task: u32,
    to: &mut dyn TextRows,
    debuggee: &mut Debuggee<M>,
) -> fmt::Result {
    let machine = &mut debuggee.machine;
    let Some(task) = machine.task(task) else { return Ok(()) };
    let mut result = Ok(());
    let mut push = |run: Run| {
        let row = Region {
            start: run.start,
            pages: run.pages,
            writable: run.writable,
            user: run.user,
            physical: run.physical,
            row: region_of(run.start).map(|row| row.name),
        };
        result = to
            .begin_row(run.start.0)
            .and_then(|()| columns::write(&row, to))
            .and_then(|()| to.end_row());
        result.is_ok()
    };
    let push: &mut dyn FnMut(Run) -> bool = &mut push;
    // Where a table is in no memory the rows end.
    let _ = runs(machine, task.directory, VirtAddr(from), push);
    result
}
