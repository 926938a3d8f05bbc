//! Memory of the running process, as system calls access it.
//!
//! A range is checked page by page before the first byte is copied: with
//! interrupts off and one processor, what is mapped stays mapped.

use crate::cpu;
use crate::memory::address_space::{directory_entry, table_entry};
use crate::process::stack;
use core::slice;
use layout::paging::Entry;
use layout::regions::{PROCESS_DATA, PROCESS_SPACE, PROCESS_STACK};
use layout::{PAGE_BYTES, VirtAddr};

/// The process may not access the range in this way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct BadRange;

/// How the kernel wants to access memory of the process.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// Returns the process' bytes at `address`. They do not change until the kernel
/// reaches a preemption point.
pub(crate) fn read<'t>(
    address: u32,
    len_bytes: u32,
) -> Result<&'t [u8], BadRange> {
    check(address, len_bytes, Access::Read)?;
    if len_bytes == 0 {
        // The address of an empty range may be null.
        return Ok(&[]);
    }
    let start = address as usize as *const u8;
    // SAFETY: every page of the range is present and open to ring 3, and
    // the kernel writes to none of them while it holds the slice.
    Ok(unsafe { slice::from_raw_parts(start, len_bytes as usize) })
}

/// Copies `bytes` into the process' memory at `address`.
pub(crate) fn write(address: u32, bytes: &[u8]) -> Result<(), BadRange> {
    check(address, bytes.len() as u32, Access::Write)?;
    if bytes.is_empty() {
        return Ok(());
    }
    let start = address as usize as *mut u8;
    // SAFETY: every page of the range is present and ring 3 may write to
    // it; `bytes` is the kernel's, so the two do not overlap.
    unsafe { cpu::copy_bytes(start, bytes.as_ptr(), bytes.len()) }
    Ok(())
}

/// Checks that the process may write `len_bytes` at `address`.
pub(crate) fn check_writable(
    address: u32,
    len_bytes: u32,
) -> Result<(), BadRange> {
    check(address, len_bytes, Access::Write)
}

fn check(address: u32, len_bytes: u32, access: Access) -> Result<(), BadRange> {
    if len_bytes == 0 {
        return Ok(());
    }
    let last = address.checked_add(len_bytes - 1).ok_or(BadRange)?;
    let rows = [PROCESS_DATA, PROCESS_SPACE, PROCESS_STACK];
    let inside = |at| rows.iter().any(|row| row.contains(VirtAddr(at)));
    if !inside(address) || !inside(last) {
        return Err(BadRange);
    }
    let mut page = VirtAddr(address).page();
    loop {
        if !allows(page, access) && stack::grow(page).is_err() {
            return Err(BadRange);
        }
        if VirtAddr(last).page() == page {
            return Ok(());
        }
        page.0 += PAGE_BYTES;
    }
}

fn allows(page: VirtAddr, access: Access) -> bool {
    let needed = match access {
        Access::Read => Entry::PRESENT | Entry::USER,
        Access::Write => Entry::PRESENT | Entry::USER | Entry::WRITABLE,
    };
    directory_entry(page).has(needed) && table_entry(page).has(needed)
}
