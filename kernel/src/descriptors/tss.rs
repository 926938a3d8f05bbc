//! The task-state segments: the kernel's, and one for each exception task.
//!
//! Spec: Intel SDM vol. 3A, "Task Management".

use crate::machine::eflags::{EFLAGS_CLEAR, NESTED};
use crate::machine::selectors::{
    self, EXCEPTION_CODE, EXCEPTION_DATA, KERNEL_DATA, KERNEL_TASK,
};
use crate::machine::{entry_points, vectors};
use layout::PhysAddr;
use layout::regions::{EXCEPTION_TSSES, KERNEL_STACK, KERNEL_TSS};
use structures::port_bitmap;
use x86::bits32::task::TaskStateSegment;

pub(super) const TSS_BYTES: u32 = size_of::<TaskStateSegment>() as u32;
const _: () = assert!(TSS_BYTES == port_bitmap::OFFSET);
const _: () = assert!(
    vectors::EXCEPTIONS.len() as u32 * TSS_BYTES <= EXCEPTION_TSSES.len_bytes
);

/// Fills all of them, for code that runs in `directory`.
pub(super) fn fill(directory: PhysAddr) {
    let tss = kernel_tss();
    *tss = TaskStateSegment::new();
    tss.cr3 = directory.0;
    tss.esp0 = KERNEL_STACK.last().0 + 1;
    tss.ss0 = KERNEL_DATA;
    port_bitmap().fill(0xFF);
    for index in 0..vectors::EXCEPTIONS.len() {
        *exception_tss(index) = exception_task(index, directory);
    }
}

/// Returns the TSS that holds the registers of the code that an exception task
/// has interrupted.
pub(crate) fn kernel_tss() -> &'static mut TaskStateSegment {
    tss(KERNEL_TSS.start.0)
}

/// Returns whether the exception task `index` has interrupted the kernel's
/// task, and not another exception task.
pub(crate) fn interrupted_kernel_task(index: usize) -> bool {
    exception_tss(index).link == KERNEL_TASK
}

/// Returns the number of the exception task that was interrupted by the
/// exception task `index`.
pub(crate) fn interrupted_exception(index: usize) -> Option<usize> {
    let link = exception_tss(index).link;
    let mut all = 0..vectors::EXCEPTIONS.len();
    all.find(|number| selectors::exception_task(*number) == link)
}

/// Restarts an exception task that another one has interrupted, on an empty
/// stack, as if its exception had just been raised with this error code.
pub(crate) fn restart(number: usize, code: u32) {
    let tss = exception_tss(number);
    let (link, cr3) = (tss.link, PhysAddr(tss.cr3));
    *tss = exception_task(number, cr3);
    tss.link = link;
    tss.eflags |= NESTED;
    tss.eip = entry_points::again_address();
    tss.eax = code;
    tss.ebx = number as u32;
}

/// Returns whether an error code names the exception task of `vector`.
pub(crate) fn names_task_of(code: u32, vector: u8) -> bool {
    let is_it =
        |it: &vectors::Exception| it.vector == vectors::Vector::Fixed(vector);
    let number = vectors::EXCEPTIONS.iter().position(is_it);
    number
        .is_some_and(|it| u32::from(selectors::exception_task(it)) == code & !7)
}

pub(crate) fn exception_tss(index: usize) -> &'static mut TaskStateSegment {
    tss(EXCEPTION_TSSES.start.0 + index as u32 * TSS_BYTES)
}

fn tss(address: u32) -> &'static mut TaskStateSegment {
    let tss = address as usize as *mut TaskStateSegment;
    // SAFETY: the callers name only the two TSS rows, which hold nothing else,
    // are mapped in every directory, and are identity-mapped. Each reference
    // lives for one statement, with interrupts off.
    unsafe { &mut *tss }
}

/// Returns the I/O bitmap, which fills the rest of the kernel TSS' page.
pub(crate) fn port_bitmap() -> &'static mut [u8; port_bitmap::BYTES] {
    let bitmap = KERNEL_TSS.start.0 + port_bitmap::OFFSET;
    let bytes = bitmap as usize as *mut [u8; port_bitmap::BYTES];
    // SAFETY: the bitmap is the rest of the TSS' own page; each reference lives
    // for one statement, with interrupts off.
    unsafe { &mut *bytes }
}

fn exception_task(index: usize, directory: PhysAddr) -> TaskStateSegment {
    let (eip, esp) = entry_points::exception_entry(index);
    let mut tss = TaskStateSegment::new();
    tss.cr3 = directory.0;
    tss.eip = eip;
    tss.esp = esp;
    tss.eflags = EFLAGS_CLEAR;
    tss.cs = EXCEPTION_CODE;
    tss.ss = EXCEPTION_DATA;
    tss.ds = EXCEPTION_DATA;
    tss.es = EXCEPTION_DATA;
    tss.fs = EXCEPTION_DATA;
    tss.gs = EXCEPTION_DATA;
    tss
}
