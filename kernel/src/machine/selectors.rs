//! The segment selectors, and what each is for.

use crate::machine::vectors::EXCEPTIONS;

/// Code and data of ring 0, code and data of ring 3.
pub(crate) const KERNEL_CODE: u16 = 1 << 3;
pub(crate) const KERNEL_DATA: u16 = 2 << 3;
pub(crate) const USER_CODE: u16 = 3 << 3 | 3;
pub(crate) const USER_DATA: u16 = 4 << 3 | 3;
/// The kernel TSS.
pub(crate) const KERNEL_TASK: u16 = 5 << 3;
/// The first exception task's index in the GDT.
const FIRST_EXCEPTION: u16 = 6;
/// The exception tasks' own code and data segments: these tasks must run even
/// if the kernel's descriptors are corrupt.
pub(crate) const EXCEPTION_CODE: u16 = 254 << 3;
pub(crate) const EXCEPTION_DATA: u16 = 255 << 3;

/// Returns the index of a selector's descriptor in its table.
pub(crate) const fn index(selector: u16) -> usize {
    (selector >> 3) as usize
}

/// Returns whether a code segment is ring 3's.
pub(crate) const fn is_ring3(cs: u32) -> bool {
    cs & 3 == 3
}

/// Returns the selector of an exception task's TSS, by the task's number.
pub(crate) const fn exception_task(number: usize) -> u16 {
    (FIRST_EXCEPTION + number as u16) << 3
}

/// Returns whether a segment is the exception tasks' own code or data.
pub(crate) const fn is_of_exceptions(selector: u16) -> bool {
    matches!(selector, EXCEPTION_CODE | EXCEPTION_DATA)
}

/// Returns the task of a TSS: `None` inside for the kernel TSS, otherwise the
/// exception task's number.
pub(crate) fn task_of(selector: u16) -> Option<Option<usize>> {
    if selector == KERNEL_TASK {
        return Some(None);
    }
    let number = index(selector).checked_sub(FIRST_EXCEPTION.into())?;
    (number < EXCEPTIONS.len()).then_some(Some(number))
}
