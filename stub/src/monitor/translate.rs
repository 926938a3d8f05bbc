//! `monitor translate`: from an address to what stands behind it.

use crate::embed::Machine;
use crate::target::Debuggee;
use core::fmt::{self, Write};
use layout::paging::{
    Entry, Flags, directory_entry_address, directory_index,
    table_entry_address, table_index, walk,
};
use layout::{VirtAddr, regions};

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
    let row =
        regions::region_of(address).map_or("outside the table", |row| row.name);
    writeln!(out, "linear address    {address}")?;
    writeln!(out, "row               {row}")?;
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
    let seen = directory_entry_address(address);
    entry(out, "directory entry   ", walk.directory_entry, index, seen)?;
    if let Some(found) = walk.table_entry {
        let index = table_index(address);
        let seen = table_entry_address(address);
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
    seen: VirtAddr,
) -> fmt::Result {
    writeln!(out, "{name}{:#010x}, number {index}, seen at {seen}", entry.0)?;
    out.write_str("                 ")?;
    for name in Flags(entry.0).names() {
        out.write_char(' ')?;
        out.write_str(name)?;
    }
    out.write_char('\n')
}
