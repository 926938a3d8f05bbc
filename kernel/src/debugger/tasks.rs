//! Registers and words of tasks.
//!
//! The running task's registers are in the kernel TSS. Another task's registers
//! are those with which it left ring 3, in the trap frame at the top of its
//! kernel stack. A kernel task has no such frame; its registers are those with
//! which it yielded the processor.

use crate::descriptors::kernel_tss;
use crate::machine::eflags::{CHANGEABLE, EFLAGS_CLEAR, TRAP};
use crate::machine::registers::{self, GeneralRegisters};
use crate::machine::selectors::{KERNEL_CODE, KERNEL_DATA};
use crate::machine::trap_frame::TrapFrame;
use crate::memory::physical::PhysicalWindow;
use crate::records::process::PROCESSES;
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use crate::schedule;
use layout::PhysAddr;
use layout::regions::KERNEL_STACK;
use wire::i386::general;

/// Returns the id of a process' first task.
pub(crate) fn first_of(process: u32) -> Option<u32> {
    if schedule::current_id() == 0 {
        return (process == 1).then_some(1);
    }
    PROCESSES.get(process)?.tasks.first().map(Slot::id)
}

/// Returns a task's record. Before there is a first task, the boot code takes
/// its place, and has none.
pub(crate) fn record(id: u32) -> Option<&'static Slot<Task>> {
    TASKS.get_mapped(id).filter(|_| schedule::current_id() != 0)
}

/// Returns a task's registers, in the order of `wire::i386::GENERAL`.
pub(crate) fn registers(
    window: &mut PhysicalWindow,
    id: u32,
) -> Option<GeneralRegisters> {
    if is_current(id) {
        return Some(registers::from_tss(kernel_tss()));
    }
    let task = TASKS.get_mapped(id)?;
    if task.is_kernel {
        return from_switch(window, task);
    }
    let frame = read_frame(window, task)?;
    Some(registers::from_frame(&frame))
}

/// Changes one register; returns none if that is impossible.
pub(crate) fn set_register(
    window: &mut PhysicalWindow,
    id: u32,
    index: usize,
    value: u32,
) -> Option<()> {
    if is_current(id) {
        let tss = kernel_tss();
        let old = registers::one_from_tss(tss, index)?;
        registers::set_one_in_tss(tss, index, changed(index, old, value)?);
        return Some(());
    }
    let task = TASKS.get_mapped(id).filter(|task| !task.is_kernel)?;
    let mut frame = read_frame(window, task)?;
    let mut all = registers::from_frame(&frame);
    let register = all.get_mut(index)?;
    *register = changed(index, *register, value)?;
    registers::set_in_frame(&mut frame, &all);
    window.write(task.trap_frame(), frame.as_bytes()).ok()
}

/// Sets or clears TF, with which a task is single-stepped; returns whether that
/// is possible. A step over a system call may end in the kernel: then TF is in
/// the frame, too.
pub(crate) fn set_single_step(
    window: &mut PhysicalWindow,
    id: u32,
    on: bool,
) -> bool {
    let set = |eflags: u32| if on { eflags | TRAP } else { eflags & !TRAP };
    if is_current(id) {
        let tss = kernel_tss();
        tss.eflags = set(tss.eflags);
        if on {
            return true;
        }
    }
    let mut change = || {
        let task = TASKS.get_mapped(id).filter(|task| !task.is_kernel)?;
        let mut frame = read_frame(window, task)?;
        if frame.eflags == set(frame.eflags) {
            return Some(());
        }
        frame.eflags = set(frame.eflags);
        window.write(task.trap_frame(), frame.as_bytes()).ok()
    };
    change().is_some() || is_current(id)
}

/// Returns a task's directory: the one that the processor has loaded, even if
/// it is invalid, or the one that it will load.
pub(crate) fn directory(id: u32) -> Option<PhysAddr> {
    if is_current(id) {
        return Some(PhysAddr(kernel_tss().cr3));
    }
    TASKS.get_mapped(id).map(|task| task.directory)
}

/// Returns whether the kernel TSS holds a task's registers.
#[inline]
pub(crate) fn is_current(id: u32) -> bool {
    schedule::current_id().max(1) == id
}

/// Reads what `switch_to` has left on the stack of a kernel task: EDI, ESI,
/// EBX, EBP and the return address.
fn from_switch(
    window: &mut PhysicalWindow,
    task: &Task,
) -> Option<GeneralRegisters> {
    let esp = task.kernel_esp.get();
    let offset = esp.checked_sub(KERNEL_STACK.start.0)?;
    let mut words = [[0; 4]; 5];
    let at = PhysAddr(task.kernel_stack.0.checked_add(offset)?);
    window.read(at, words.as_flattened_mut()).ok()?;
    let [edi, esi, ebx, ebp, eip] = words.map(u32::from_le_bytes);
    let mut all = [0; general::GS + 1];
    all[general::EBX] = ebx;
    all[general::ESP] = esp + 20;
    all[general::EBP] = ebp;
    all[general::ESI] = esi;
    all[general::EDI] = edi;
    all[general::EIP] = eip;
    all[general::EFLAGS] = EFLAGS_CLEAR;
    all[general::CS] = KERNEL_CODE.into();
    all[general::SS..].fill(KERNEL_DATA.into());
    Some(all)
}

fn read_frame(window: &mut PhysicalWindow, task: &Task) -> Option<TrapFrame> {
    let mut bytes = [0; TrapFrame::BYTES as usize];
    window.read(task.trap_frame(), &mut bytes).ok()?;
    Some(TrapFrame::from_bytes(bytes))
}

/// Returns what a register becomes that is set to `value`; none if that is
/// impossible.
fn changed(index: usize, old: u32, value: u32) -> Option<u32> {
    match index {
        general::EFLAGS => Some(old & !CHANGEABLE | value & CHANGEABLE),
        // Any other segment would make the return to the program fault.
        general::CS.. => (old == value).then_some(value),
        _ => Some(value),
    }
}
