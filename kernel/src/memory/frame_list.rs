//! The frames of a shared window: one word for the address of each, in pages of
//! global memory.

use crate::devices::preemption;
use crate::memory::address_space::{WindowPages, mapped_bytes, table_entry};
use crate::memory::{Label, OutOfMemory, frames, global};
use abi::MAX_WINDOW_PAGES;
use layout::regions::GLOBAL_DATA;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// Frames that are zeroed or freed between two preemption points.
const BATCH: u32 = 4;

const _: () = assert!(MAX_WINDOW_PAGES <= u32::MAX / 4);

/// A list of frames at a fixed address.
#[derive(Clone, Copy)]
pub(crate) struct FrameList {
    start: VirtAddr,
    pages: u32,
}

impl FrameList {
    /// Allocates this many zeroed frames, at most [`MAX_WINDOW_PAGES`], one by
    /// one; `release` frees them.
    ///
    /// # Errors
    ///
    /// Fails if there is too little memory; no resources are kept then.
    pub(crate) fn allocate(
        pages: u32,
        allocate: impl Fn() -> Result<PhysAddr, OutOfMemory>,
        release: impl Fn(PhysAddr),
    ) -> Result<Self, OutOfMemory> {
        // Do not begin an allocation that can hardly succeed.
        if pages > frames::free_count() {
            return Err(OutOfMemory);
        }
        let words = (4 * pages).div_ceil(PAGE_BYTES);
        let start = global::allocate(words, Label::WindowFrames)?;
        preemption::allow_interrupts();
        for first in (0..pages).step_by(BATCH as usize) {
            let batch = first..pages.min(first + BATCH);
            for index in batch.clone() {
                let list = Self { start, pages: index };
                let frame =
                    allocate().inspect_err(|_| list.release(&release))?;
                list.put(index, frame);
            }
            let list = Self { start, pages: batch.end };
            let frames = batch.filter_map(|index| list.get(index));
            WindowPages::create(frames).clear();
            preemption::allow_interrupts();
        }
        Ok(Self { start, pages })
    }

    /// Returns how many frames there are.
    pub(crate) const fn pages(&self) -> u32 {
        self.pages
    }

    /// Returns the frame of a page. As a debugger may ask at any moment,
    /// returns none if there is no such page or the list is corrupt.
    pub(crate) fn get(&self, index: u32) -> Option<PhysAddr> {
        let word = VirtAddr(self.start.0.checked_add(4 * index)?);
        if index >= self.pages.min(MAX_WINDOW_PAGES)
            || !word.0.is_multiple_of(4)
            || !GLOBAL_DATA.contains(word)
            || !table_entry(word).is_present()
        {
            return None;
        }
        let bytes = mapped_bytes(word, 4).first_chunk()?;
        Some(PhysAddr(u32::from_le_bytes(*bytes)))
    }

    /// Returns the frames, first page first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PhysAddr> {
        (0..self.pages).map_while(|index| self.get(index))
    }

    /// Frees the list, and drops one reference to each frame.
    pub(crate) fn release(self, release: impl Fn(PhysAddr)) {
        self.for_each(release);
        global::free(self.start);
    }

    /// Calls a function with each frame.
    pub(crate) fn for_each(self, change: impl Fn(PhysAddr)) {
        for (index, frame) in (0..).zip(self.iter()) {
            change(frame);
            preemption::allow_interrupts_every(BATCH, index);
        }
    }

    fn put(&self, index: u32, frame: PhysAddr) {
        let word = VirtAddr(self.start.0 + 4 * index);
        mapped_bytes(word, 4).copy_from_slice(&frame.0.to_le_bytes());
    }
}
