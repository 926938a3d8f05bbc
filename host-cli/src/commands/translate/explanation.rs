//! `translate --explain`: the walk in sentences.

use super::walked::{EntrySeen, Walked};
use crate::naming::Naming;
use crate::terminal::table::{WIDTH, wrap};
use layout::paging::{Entry, Walk};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr, regions};
use std::fmt::{self, Write};

/// Writes how the processor translates the address.
pub(super) fn write(
    out: &mut dyn Write,
    walk: &Walk,
    walked: &Walked,
    naming: &Naming,
) -> fmt::Result {
    let mut paragraphs = vec![
        introduction(walked, naming),
        directory_step(walk, walked),
        table_step(walk, walked),
        last_step(walk),
    ];
    // The walk may end before it reaches the table or the page.
    paragraphs.retain(|text| !text.is_empty());
    for line in wrap(&paragraphs.remove(0), WIDTH) {
        writeln!(out, "{line}")?;
    }
    for (number, text) in (1..).zip(paragraphs) {
        out.write_char('\n')?;
        let text = format!("{number}. {text}");
        wrap(&text, WIDTH).iter().try_for_each(|l| writeln!(out, "{l}"))?;
    }
    Ok(())
}

fn introduction(walked: &Walked, naming: &Naming) -> String {
    let Walked { address, whose, .. } = walked;
    let row = match naming.row_of(*address) {
        Some(row) => format!("in the row \"{}\". {}", row.name, row.holds),
        None if naming.is_empty() => "translated so:".to_owned(),
        None => "in no row of the table: nothing belongs there.".to_owned(),
    };
    format!("In {whose}, linear address {address} is {row}")
}

fn directory_step(walk: &Walk, walked: &Walked) -> String {
    let entry = walk.directory_entry;
    let next = if !entry.is_present() {
        let slot = VirtAddr(walked.address.0 & !(regions::SLOT_BYTES - 1));
        format!(
            "Its present bit is clear: none of the 4 MiB from {slot} on is \
             mapped, and the walk ends here with a page fault."
        )
    } else if walk.table_entry.is_none() {
        let frame = entry.large_frame();
        format!("It points to a page of 4 MiB at physical {frame}.")
    } else if is_window(&walked.pde, walked) {
        let frame = entry.frame();
        let window = VirtAddr(walked.pde.index as u32 * regions::SLOT_BYTES);
        format!(
            "It is the self-referencing entry: it points back to the directory \
             itself, at physical {frame}. So the processor takes the directory \
             for a page table too, and each page table of the task appears as \
             a page in the 4 MiB from {window} on."
        )
    } else {
        let frame = entry.frame();
        format!("It points to the page table at physical {frame}.")
    };
    let index = walked.pde.index;
    format!(
        "Bits 31 to 22 are {index}, so the processor takes entry {index} of \
         the task's page directory. {} {next}",
        seen(&walked.pde),
    )
}

fn table_step(walk: &Walk, walked: &Walked) -> String {
    let (Some(entry), Some(pte)) = (walk.table_entry, &walked.pte) else {
        return String::new();
    };
    let in_window = is_window(&walked.pde, walked);
    let next = if in_window {
        in_directory(entry, pte, walked)
    } else if entry.is_present() {
        let frame = entry.frame();
        format!("It points to a page of 4 KiB at physical {frame}.")
    } else {
        "Its present bit is clear: this page is not mapped, and the walk ends \
         here with a page fault."
            .to_owned()
    };
    let index = pte.index;
    let table = if in_window { "the directory again" } else { "this table" };
    format!(
        "Bits 21 to 12 are {index}, so the processor takes entry {index} of \
         {table}. {} {next}",
        seen(pte),
    )
}

/// Returns whether it is the directory's entry for the page-table window.
fn is_window(pde: &EntrySeen, walked: &Walked) -> bool {
    walked.slot.is_some_and(|slot| pde.index == slot as usize)
}

/// Returns what an entry of the directory means where it is taken for that of
/// a page table.
fn in_directory(entry: Entry, seen: &EntrySeen, walked: &Walked) -> String {
    let frame = entry.frame();
    let slot = VirtAddr(seen.index as u32 * regions::SLOT_BYTES);
    if !entry.is_present() {
        format!(
            "Its present bit is clear: there is no page table for the 4 MiB \
             from {slot} on, so none appears here, and the walk ends here with \
             a page fault."
        )
    } else if is_window(seen, walked) {
        format!(
            "It is the self-referencing entry once more, so the page that \
             appears here is the directory itself, at physical {frame}."
        )
    } else {
        format!(
            "The page that appears here is the page table of the 4 MiB from \
             {slot} on, at physical {frame}."
        )
    }
}

fn last_step(walk: &Walk) -> String {
    let Some(PhysAddr(physical)) = walk.physical() else {
        return String::new();
    };
    let page_bytes = walk.page_bytes();
    let last_bit = if page_bytes == PAGE_BYTES { 11 } else { 21 };
    let offset = physical & (page_bytes - 1);
    let who = match walk.allows(Entry::USER) {
        true => "Every level has the user bit, so ring 3 may use it",
        false => "Not every level has the user bit, so only ring 0 may use it",
    };
    let how = match walk.allows(Entry::WRITABLE) {
        true => "every level has the writable bit, so it may be written",
        false => "not every level has the writable bit, so it may only be read",
    };
    format!(
        "Bits {last_bit} to 0 are {offset:#x}, the offset in the page: the \
         physical address is {}. {who}; {how}.",
        PhysAddr(physical),
    )
}

fn seen(entry: &EntrySeen) -> String {
    let EntrySeen { address, value, .. } = entry;
    let what = match value.0 {
        0 => "empty".to_owned(),
        _ => format!("{value} ({})", entry.flag_names(", ")),
    };
    match address {
        Some(address) => format!(
            "It is {what}, and can be seen at {address} in the page-table \
             window."
        ),
        None => format!("It is {what}."),
    }
}
