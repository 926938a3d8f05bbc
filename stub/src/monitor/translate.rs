//! `monitor translate`: the page-table entries that map an address.

use crate::embed::Machine;
use crate::target::{Debuggee, row_of};
use core::fmt::{self, Write};
use layout::VirtAddr;
use layout::paging::{
    Entry, Flags, directory_entry_address, directory_index,
    table_entry_address, table_index, walk,
};

/// Writes the walk of `task` to `address`, as host-cli words it.
pub(super) fn write<M: Machine>(
    address: VirtAddr,
    task: u32,
    debuggee: &mut Debuggee<M>,
    out: &mut dyn Write,
) -> fmt::Result {
    let Some(task) = debuggee.machine.task(task) else {
        return out.write_str("the task is gone\n");
    };
    let Some(directory) = debuggee.machine.directory(task.id) else {
        return out.write_str("without paging a linear address is physical\n");
    };
    writeln!(out, "linear address    {address}")?;
    let rows = debuggee.machine.regions();
    // A kernel without that table need not have the window either.
    let window = |at: VirtAddr| (!rows.is_empty()).then_some(at);
    if !rows.is_empty() {
        let row = row_of(rows, address);
        let row = row.map_or("outside the table", |row| row.name);
        writeln!(out, "row               {row}")?;
    }
    writeln!(
        out,
        "seen by           task {} of process {}",
        task.id, task.process
    )?;
    let walk = match walk(debuggee, directory, address) {
        Ok(walk) => walk,
        Err(missing) => return writeln!(out, "{missing}"),
    };
    let index = directory_index(address);
    let seen = window(directory_entry_address(address));
    entry(out, "directory entry   ", walk.directory_entry, index, seen)?;
    if let Some(found) = walk.table_entry {
        let index = table_index(address);
        let seen = window(table_entry_address(address));
        entry(out, "table entry       ", found, index, seen)?;
    }
    match walk.physical() {
        None => out.write_str(match walk.table_entry {
            None => "not mapped        the directory entry is not present\n",
            Some(_) => "not mapped        the table entry is not present\n",
        }),
        Some(physical) => writeln!(
            out,
            "physical address  {physical}, in a page of {} KiB",
            walk.page_bytes() >> 10,
        ),
    }
}

fn entry(
    out: &mut dyn Write,
    name: &str,
    entry: Entry,
    index: usize,
    seen: Option<VirtAddr>,
) -> fmt::Result {
    write!(out, "{name}{:#010x}, number {index}", entry.0)?;
    if let Some(seen) = seen {
        write!(out, ", seen at {seen}")?;
    }
    out.write_str("\n                 ")?;
    for name in Flags(entry.0).names() {
        out.write_char(' ')?;
        out.write_str(name)?;
    }
    out.write_char('\n')
}
