//! Memory of the running process, as system calls access it.
//!
//! A range is checked page by page before the first byte is copied: with
//! interrupts off and one processor, what is mapped stays mapped.

use crate::cpu;
use crate::memory::address_space::{directory_entry, table_entry};
use crate::process::stack;
use abi::{Error, NAME_BYTES};
use core::slice;
use layout::paging::Entry;
use layout::regions::{PROCESS_DATA, PROCESS_SPACE, PROCESS_STACK};
use layout::{PAGE_BYTES, VirtAddr};

/// Returns the process' bytes at `address`. They do not change until the kernel
/// reaches a preemption point.
///
/// # Errors
///
/// As all functions here, fails with [`Error::InvalidArgument`] if the process
/// itself may not access the range in this way.
pub(crate) fn read<'t>(
    address: u32,
    len_bytes: u32,
) -> Result<&'t [u8], Error> {
    check(address, len_bytes, 0)?;
    if len_bytes == 0 {
        // The address of an empty range may be null.
        return Ok(&[]);
    }
    let start = address as usize as *const u8;
    // SAFETY: every page of the range is present and open to ring 3, and
    // the kernel writes to none of them while it holds the slice.
    Ok(unsafe { slice::from_raw_parts(start, len_bytes as usize) })
}

/// Reads a name: 1 to 32 bytes of text without zeros.
pub(crate) fn read_name(
    address: u32,
    len_bytes: u32,
) -> Result<[u8; NAME_BYTES], Error> {
    let len_bytes = len_bytes.min(NAME_BYTES as u32 + 1);
    let bytes = read(address, len_bytes)?;
    let mut name = [0; NAME_BYTES];
    let place = name.get_mut(..bytes.len()).ok_or(Error::InvalidArgument)?;
    place.copy_from_slice(bytes);
    if bytes.is_empty() || bytes.contains(&0) || !bytes.is_ascii() {
        return Err(Error::InvalidArgument);
    }
    Ok(name)
}

/// Copies `bytes` into the process' memory at `address`.
pub(crate) fn write(address: u32, bytes: &[u8]) -> Result<(), Error> {
    check(address, bytes.len() as u32, Entry::WRITABLE)?;
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
) -> Result<(), Error> {
    check(address, len_bytes, Entry::WRITABLE)
}

/// Checks that the process may access `len_bytes` at `address` with `rights`,
/// those of a page-table entry.
fn check(address: u32, len_bytes: u32, rights: u32) -> Result<(), Error> {
    if len_bytes == 0 {
        return Ok(());
    }
    let last =
        address.checked_add(len_bytes - 1).ok_or(Error::InvalidArgument)?;
    let rows = [PROCESS_DATA, PROCESS_SPACE, PROCESS_STACK];
    let inside = |at| rows.iter().any(|row| row.contains(VirtAddr(at)));
    if !inside(address) || !inside(last) {
        return Err(Error::InvalidArgument);
    }
    let needed = Entry::PRESENT | Entry::USER | rights;
    let mut page = VirtAddr(address).page();
    loop {
        let allows =
            directory_entry(page).has(needed) && table_entry(page).has(needed);
        if !allows && stack::grow(page).is_err() {
            return Err(Error::InvalidArgument);
        }
        if VirtAddr(last).page() == page {
            return Ok(());
        }
        page.0 += PAGE_BYTES;
    }
}
