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
use crate::machine::{debug_registers, processor};
use crate::memory::physical::PhysicalWindow;
use crate::records::process::PROCESSES;
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use crate::{cpu, schedule};
use abi::Text;
use core::fmt;
use layout::PhysAddr;
use layout::regions::KERNEL_STACK;
use stub::embed::SystemRegisters;
use wire::fields::Field;
use wire::i386::general;
use wire::rows::{State, Wait, WaitKind};

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

/// Returns the record with the lowest id above `id`.
pub(crate) fn record_after(id: u32) -> Option<&'static Slot<Task>> {
    TASKS.after_mapped(id).filter(|_| schedule::current_id() != 0)
}

/// Returns a task's registers, in the order of `wire::i386::GENERAL`.
pub(crate) fn registers(
    window: &mut PhysicalWindow,
    id: u32,
) -> Option<GeneralRegisters> {
    if is_current(id) {
        return Some(shown(registers::from_tss(kernel_tss())));
    }
    let task = TASKS.get_mapped(id)?;
    if task.is_kernel {
        return from_switch(window, task);
    }
    let frame = read_frame(window, task)?;
    Some(shown(registers::from_frame(&frame)))
}

/// Changes one register; returns none if that is impossible.
pub(crate) fn set_register(
    window: &mut PhysicalWindow,
    id: u32,
    index: usize,
    value: u32,
) -> Option<()> {
    if is_current(id) {
        let mut all = registers::from_tss(kernel_tss());
        change(&mut all, index, value)?;
        registers::set_in_tss(kernel_tss(), &all);
        return Some(());
    }
    let task = TASKS.get_mapped(id).filter(|task| !task.is_kernel)?;
    let mut frame = read_frame(window, task)?;
    let mut all = registers::from_frame(&frame);
    change(&mut all, index, value)?;
    registers::set_in_frame(&mut frame, &all);
    window.write(frame_place(task), frame.as_bytes()).ok()
}

/// Sets or clears a task's single-step flag.
pub(crate) fn set_single_step(
    window: &mut PhysicalWindow,
    id: u32,
    on: bool,
) -> Option<()> {
    let eflags = registers(window, id)?[general::EFLAGS];
    let eflags = if on { eflags | TRAP } else { eflags & !TRAP };
    set_register(window, id, general::EFLAGS, eflags)
}

/// Clears the running task's single-step flag.
pub(crate) fn end_step_of_current() {
    kernel_tss().eflags &= !TRAP;
}

/// Returns whether a task waits for something.
pub(crate) fn is_blocked(id: u32) -> bool {
    TASKS.get_mapped(id).is_some_and(|task| {
        !matches!(task.state.get(), State::Running | State::Ready)
    })
}

/// Returns a task's directory: the one that the processor has loaded, even if
/// it is invalid, or the one that it will load.
pub(crate) fn directory(id: u32) -> Option<PhysAddr> {
    if is_current(id) {
        return Some(PhysAddr(kernel_tss().cr3));
    }
    TASKS.get_mapped(id).map(|task| task.directory)
}

/// Returns the control and debug registers as a task has them.
pub(crate) fn system_registers(id: u32) -> Option<SystemRegisters> {
    let directory = directory(id)?;
    let [cr0, cr2, _] = cpu::control_registers();
    let has_cr4 = processor::current().has_control_register_4();
    let cr4 = if has_cr4 { cpu::control_register_4() } else { 0 };
    let [dr0, dr1, dr2, dr3, dr6, _] = cpu::debug_registers();
    let dr7 = debug_registers::control();
    Some([cr0, cr2, directory.0, cr4, dr0, dr1, dr2, dr3, dr6, dr7])
}

/// Writes a task's name and its state.
#[inline(never)]
pub(crate) fn describe(id: u32, out: &mut dyn fmt::Write) -> fmt::Result {
    let Some(task) = record(id) else {
        let boots = schedule::current_id() == 0;
        return out.write_str(if boots { "boot" } else { "no record" });
    };
    if let Some(process) = task.process() {
        write!(out, "{}", Text(&process.name))?;
    }
    write!(out, "/{} {}", Text(&task.name), task.state.get().value())?;
    match task.waits_for.get() {
        None => Ok(()),
        Some(Wait { kind: WaitKind::Timer, id }) => {
            write!(out, " until tick {id}")
        }
        Some(wait) => write!(out, ", {}", wait.value()),
    }
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

fn frame_place(task: &Task) -> PhysAddr {
    PhysAddr(task.kernel_stack.0 + TrapFrame::OFFSET)
}

fn read_frame(window: &mut PhysicalWindow, task: &Task) -> Option<TrapFrame> {
    let mut bytes = [0; TrapFrame::BYTES as usize];
    window.read(frame_place(task), &mut bytes).ok()?;
    Some(TrapFrame::from_bytes(bytes))
}

/// Returns registers as shown to a debugger: TF set for a step is not the
/// task's own.
fn shown(mut all: GeneralRegisters) -> GeneralRegisters {
    all[general::EFLAGS] &= !TRAP;
    all
}

/// Changes one register; returns none if that is impossible.
fn change(all: &mut GeneralRegisters, index: usize, value: u32) -> Option<()> {
    let register = all.get_mut(index)?;
    match index {
        general::EFLAGS => {
            *register = *register & !CHANGEABLE | value & CHANGEABLE;
        }
        // Any other segment would make the return to the program fault.
        general::CS.. => return (*register == value).then_some(()),
        _ => *register = value,
    }
    Some(())
}
