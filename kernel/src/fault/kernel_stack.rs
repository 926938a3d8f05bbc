//! The running task's kernel stack, as an exception task finds it.

use crate::descriptors::kernel_tss;
use crate::devices::console;
use crate::machine::trap_frame::TrapFrame;
use crate::machine::vectors::{DOUBLE_FAULT, PAGE_FAULT};
use crate::memory::foreign;
use crate::memory::physical::PhysicalWindow;
use crate::process::{UNFINISHED, service};
use crate::schedule;
use core::sync::atomic::Ordering;
use layout::paging::walk;
use layout::regions::KERNEL_STACK;
use layout::{PAGE_BYTES, PhysAddr};
use structures::change;
use stub::embed::NoMemory;

/// Returns whether the running task's kernel stack is the one in its record. If
/// not, nothing can run on it.
pub(super) fn is_there() -> bool {
    let Some(task) = schedule::interrupted_task() else { return false };
    let directory = PhysAddr(kernel_tss().cr3);
    let mut window = PhysicalWindow::new();
    let walk = walk(&mut window, directory, KERNEL_STACK.start);
    walk.is_ok_and(|walk| walk.physical() == Some(task.kernel_stack))
}

/// Returns whether the kernel has overflowed it by touching `address` in the
/// guard page, and the task can be killed: it is a program's, and the kernel
/// was not in the middle of a change on its behalf.
pub(super) fn is_outgrown(vector: u8, address: u32) -> bool {
    let guard = KERNEL_STACK.start.0 - PAGE_BYTES;
    let (esp, cr3) = (kernel_tss().esp, kernel_tss().cr3);
    let is_overflow = matches!(vector, PAGE_FAULT | DOUBLE_FAULT)
        && (guard..KERNEL_STACK.start.0).contains(&address)
        && (guard..=KERNEL_STACK.start.0 + PAGE_BYTES).contains(&esp);
    let Some(task) = schedule::interrupted_task() else { return false };
    let can_go = !task.is_kernel
        && cr3 == task.directory.0
        && UNFINISHED.load(Ordering::Relaxed).is_multiple_of(2)
        && change::is_consistent()
        && !foreign::is_open()
        && !service::is_in_use()
        && !console::is_in_use();
    is_overflow && can_go
}

/// Writes `frame` where a gate would have put it on entry from ring 3. The
/// location is derived from the task's record and not from ESP0, because
/// whatever ring 3 can corrupt is not trusted.
pub(super) fn put(frame: &TrapFrame) -> Result<(), NoMemory> {
    PhysicalWindow::new().write(frame_place()?, frame.as_bytes())
}

/// Returns the frame with which the task left ring 3.
pub(super) fn frame() -> Result<TrapFrame, NoMemory> {
    let mut bytes = [0; TrapFrame::BYTES as usize];
    PhysicalWindow::new().read(frame_place()?, &mut bytes)?;
    Ok(TrapFrame::from_bytes(bytes))
}

fn frame_place() -> Result<PhysAddr, NoMemory> {
    let task = schedule::interrupted_task().ok_or(NoMemory(PhysAddr(0)))?;
    Ok(task.trap_frame())
}
