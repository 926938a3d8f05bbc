//! Where the images of ring-3 programs are: each has a range of addresses of its
//! own, so that an address in it says which program it is, in whichever task.
//!
//! The ranges are part of the process space. Heaps and shared windows are kept
//! out of all of them, so that no address there has a second meaning.

use crate::address::{PAGE_BYTES, VirtAddr};
use crate::regions::{PROCESS_SPACE, SLOT_BYTES};

/// The first address of the first range.
pub const FIRST: VirtAddr = VirtAddr(0x4000_0000);

/// The size of each range, in bytes: a slot of the page directory.
pub const IMAGE_BYTES: u32 = SLOT_BYTES;

/// How many ranges there are.
pub const MOST: u32 = 64;

/// Returns the first address of a range, by its number from 0 on; none if there
/// are not as many.
#[must_use]
pub const fn start_of(number: u32) -> Option<VirtAddr> {
    if number < MOST {
        Some(VirtAddr(FIRST.0 + number * IMAGE_BYTES))
    } else {
        None
    }
}

/// The first page of all ranges, by its number.
pub const FIRST_PAGE: u32 = FIRST.page_number();

/// How many pages all ranges have.
pub const PAGES: u32 = MOST * (IMAGE_BYTES / PAGE_BYTES);

const _: () = {
    assert!(FIRST.0.is_multiple_of(IMAGE_BYTES));
    assert!(PROCESS_SPACE.contains(FIRST));
    assert!(
        PROCESS_SPACE.contains(VirtAddr(FIRST.0 + (MOST * IMAGE_BYTES - 1)))
    );
};
