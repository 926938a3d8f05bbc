//! A copy of the processor's tables, made when the kernel had filled them.
//! Later corruption hits whichever program runs next, so the tables are checked
//! before a fault is blamed on a program.

use crate::descriptors::tables::{ENTRIES, set_words, words};
use crate::descriptors::tss::{TSS_BYTES, kernel_tss};
use crate::devices::console::print_interrupting;
use crate::machine::selectors::{
    KERNEL_DATA, KERNEL_TASK, exception_task, index,
};
use core::sync::atomic::{AtomicU32, Ordering};
use layout::regions::KERNEL_STACK;

type Words = [AtomicU32; 2];
static PRISTINE: [Words; 2 * ENTRIES] =
    [const { [AtomicU32::new(0), AtomicU32::new(0)] }; 2 * ENTRIES];

/// Saves the current tables as the correct ones.
pub(super) fn remember() {
    for (index, place) in PRISTINE.iter().enumerate() {
        let [lower, upper] = words(index);
        place[0].store(lower, Ordering::Relaxed);
        place[1].store(upper, Ordering::Relaxed);
    }
}

/// Prints a warning for each corrupt descriptor, and if the constant part of
/// the kernel TSS is corrupt. Returns whether there was any.
pub(crate) fn report_corruption() -> bool {
    const MAX_REPORTED: usize = 4;
    let mut corrupt = 0;
    for (index, pristine) in PRISTINE.iter().enumerate() {
        if is_sound(index, pristine) {
            continue;
        }
        corrupt += 1;
        if corrupt <= MAX_REPORTED {
            let [lower, upper] = words(index);
            let table = if index < ENTRIES { "GDT" } else { "IDT" };
            print_interrupting!(
                "warning: ",
                table,
                " entry ",
                (index % ENTRIES) as u32,
                " is corrupt: its words are ",
                layout::VirtAddr(lower),
                " ",
                layout::VirtAddr(upper),
            );
        }
    }
    if corrupt > MAX_REPORTED {
        print_interrupting!(
            "warning: ",
            corrupt as u32,
            " descriptors are corrupt"
        );
    }
    let is_tss_corrupt = !is_kernel_tss_sound();
    if is_tss_corrupt {
        print_interrupting!("warning: the kernel TSS is corrupt");
    }
    corrupt > 0 || is_tss_corrupt
}

/// Restores the tables, from within the exception task `task_index`, which has
/// interrupted the kernel's task.
pub(crate) fn restore(task_index: usize) {
    let busy = [KERNEL_TASK, exception_task(task_index)].map(index);
    for (index, pristine) in PRISTINE.iter().enumerate() {
        if is_sound(index, pristine) {
            continue;
        }
        let [lower, upper] = loaded(pristine);
        let upper = match is_tss(index, upper) {
            true if busy.contains(&index) => upper | BUSY,
            true => upper & !BUSY,
            false => upper,
        };
        set_words(index, [lower, upper]);
    }
    let tss = kernel_tss();
    tss.esp0 = STACK_TOP;
    tss.ss0 = KERNEL_DATA;
    tss.ldtr = 0;
    tss.iobp_offset = TSS_BYTES as u16;
}

/// Restores the descriptor of the kernel's task, without which an exception
/// task cannot return.
pub(crate) fn restore_kernel_task() {
    let index = index(KERNEL_TASK);
    let [lower, upper] = loaded(&PRISTINE[index]);
    let busy = [lower, upper | BUSY];
    if words(index) != busy {
        print_interrupting!(
            "warning: the kernel task's descriptor has been restored"
        );
        set_words(index, busy);
    }
}

const STACK_TOP: u32 = KERNEL_STACK.last().0 + 1;

fn is_kernel_tss_sound() -> bool {
    let tss = *kernel_tss();
    tss.esp0 == STACK_TOP
        && tss.ss0 == KERNEL_DATA
        && tss.ldtr == 0
        && u32::from(tss.iobp_offset) == TSS_BYTES
}

/// In a descriptor's upper word: a code or data segment, not a system segment.
const IS_MEMORY: u32 = 1 << 12;
/// In a code or data descriptor: the processor sets it on a load.
const ACCESSED: u32 = 1 << 8;
/// In a TSS descriptor: the task is running, or has been interrupted.
const BUSY: u32 = 1 << 9;

fn is_sound(index: usize, pristine: &Words) -> bool {
    let pristine = loaded(pristine);
    let changes_by_itself = if is_tss(index, pristine[1]) {
        BUSY
    } else if index < ENTRIES && pristine[1] & IS_MEMORY != 0 {
        ACCESSED
    } else {
        0
    };
    let [lower, upper] = words(index);
    lower == pristine[0] && (upper ^ pristine[1]) & !changes_by_itself == 0
}

fn is_tss(index: usize, upper: u32) -> bool {
    index < ENTRIES && upper & IS_MEMORY == 0 && upper != 0
}

fn loaded(words: &Words) -> [u32; 2] {
    [words[0].load(Ordering::Relaxed), words[1].load(Ordering::Relaxed)]
}
