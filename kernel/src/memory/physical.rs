//! Access of exception tasks to any frame, through a few pages that are mapped
//! in the kernel's own directory only, and are otherwise empty.
//!
//! The temporary and create windows are not used for this: what they map is
//! evidence for the debugger.

use crate::memory::address_space::{
    fill_table_entry, set_table_entry, table_entry,
};
use crate::memory::frames;
use core::{ptr, slice};
use layout::paging::{Entry, Table, Tables, walk};
use layout::regions::{DESCRIPTORS, EXCEPTION_TSSES, KERNEL_TSS, STUB_WINDOW};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use stub::embed::NoMemory;

const PAGES: usize = STUB_WINDOW.pages() as usize;

/// The window; it closes when it is dropped. Only exception tasks may use it,
/// one at a time: they run in the kernel's directory, with interrupts off.
pub(crate) struct PhysicalWindow {
    shown: [Option<PhysAddr>; PAGES],
}

impl PhysicalWindow {
    pub(crate) const fn new() -> Self {
        Self { shown: [None; PAGES] }
    }

    /// Copies from physical memory, within one page.
    pub(crate) fn read(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory> {
        let start = self.show(at, into.len())?;
        // SAFETY: `show` maps the page, and the bytes lie within it.
        let bytes = unsafe { slice::from_raw_parts(start, into.len()) };
        into.copy_from_slice(bytes);
        Ok(())
    }

    /// Copies to physical memory, within one page.
    pub(crate) fn write(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory> {
        let start = self.show(at, from.len())?;
        // SAFETY: as in `read`. Other users of the frame do not run meanwhile,
        // and a debugger is meant to be able to change anything.
        unsafe { ptr::copy(from.as_ptr(), start, from.len()) }
        Ok(())
    }

    /// Returns whether the processor could continue with `directory` in CR3:
    /// the tables it needs are where they are in every directory.
    pub(crate) fn can_be_loaded(&mut self, directory: PhysAddr) -> bool {
        let needed = [EXCEPTION_TSSES, KERNEL_TSS, DESCRIPTORS];
        directory.offset() == 0
            && needed.iter().all(|row| {
                let walk = walk(self, directory, row.start);
                let frame = PhysAddr(row.start.0);
                walk.is_ok_and(|walk| walk.physical() == Some(frame))
            })
    }

    /// Unmaps all pages.
    pub(crate) fn close(&mut self) {
        for (index, shown) in self.shown.iter_mut().enumerate() {
            if shown.take().is_some() {
                set_table_entry(page(index), Entry::ABSENT);
            }
        }
    }

    /// Maps the frame of `at`, and returns the address at which `at` is mapped.
    fn show(
        &mut self,
        at: PhysAddr,
        len_bytes: usize,
    ) -> Result<*mut u8, NoMemory> {
        let frame = at.page();
        let fits = len_bytes <= at.left_in_page() as usize;
        if !frames::is_memory(frame) || !fits {
            return Err(NoMemory(at));
        }
        let index = frame.page_number() as usize % PAGES;
        if self.shown[index] != Some(frame) {
            let entry = Entry::new(frame, Entry::WRITABLE);
            match self.shown[index].replace(frame) {
                Some(_) => set_table_entry(page(index), entry),
                None => fill_table_entry(page(index), entry),
            }
        }
        Ok((page(index).0 + at.offset()) as usize as *mut u8)
    }
}

/// Unmaps all pages when the task that used them will not continue.
pub(crate) fn clear() {
    for index in 0..PAGES {
        set_table_entry(page(index), Entry::ABSENT);
    }
}

/// Writes a byte even while the window is in use, and leaves the window
/// unchanged. Returns whether there is memory at `at`.
pub(crate) fn poke(at: PhysAddr, byte: u8) -> bool {
    let page = page(at.page_number() as usize % PAGES);
    let before = table_entry(page);
    // The window maps without a look at the TLB, where `before` may be.
    set_table_entry(page, Entry::ABSENT);
    let written = PhysicalWindow::new().write(at, &[byte]);
    set_table_entry(page, before);
    written.is_ok()
}

impl Drop for PhysicalWindow {
    fn drop(&mut self) {
        self.close();
    }
}

impl Tables for PhysicalWindow {
    type Error = NoMemory;

    fn table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        let start = self.show(frame.page(), PAGE_BYTES as usize)?;
        // SAFETY: `show` maps the whole page; any words are a valid table, and
        // the borrow of `self` keeps it mapped.
        Ok(unsafe { &*start.cast::<Table>() })
    }
}

fn page(index: usize) -> VirtAddr {
    VirtAddr(STUB_WINDOW.start.0 + index as u32 * PAGE_BYTES)
}
