//! Steps over breakpoints that don't stop the system: those whose condition is
//! false, that only print, or that belong to another process.
//!
//! The instruction under the int3 must still be executed: the stub emulates it
//! if it is simple, else the processor single-steps it. During that step the
//! int3 is not in memory, so no other task may run: IF is cleared in the task's
//! own EFLAGS. That is cheaper than masking interrupts at the controller, and
//! instructions that would notice are emulated or handled specially.

use super::breakpoints::{INT3, Int3};
use super::debuggee::Debuggee;
use super::location::AddressSpace;
use crate::embed::{GeneralRegisters, HitAction, Machine, Stop, Task};
use crate::interpreters::accesses::Access;
use crate::interpreters::effects::effects;
use crate::interpreters::emulate::{Memory, Registers, emulate};
use crate::requests::debug_registers::Point;
use crate::requests::plan::StepOver;
use layout::paging::Entry;
use layout::{PhysAddr, VirtAddr};
use wire::i386::eflags::{IF, TF};
use wire::i386::general::{CS, EFLAGS, EIP};

/// `sti`, which is emulated together with a `hlt` after it.
const STI: u8 = 0xFB;

/// How many bytes to look at: the longest instruction has fifteen, and four
/// words are faster to copy.
const CODE_BYTES: usize = 16;

impl<M: Machine> Debuggee<M> {
    /// Executes the instruction under an int3, or lets the processor do it.
    /// None if the hit must be reported to the debugger after all.
    pub(crate) fn go_past(
        &mut self,
        task: &Task,
        registers: &mut GeneralRegisters,
        hit: Int3,
    ) -> Option<HitAction> {
        let id = task.id;
        let at = *registers.get(EIP)?;
        let eflags = *registers.get(EFLAGS)?;
        let ring = registers.get(CS)? & 3;
        let mut code = [0; CODE_BYTES];
        // Bytes past the end of the page aren't worth another walk.
        let len = usize::try_from(hit.physical.left_in_page()).ok()?;
        let code = code.get_mut(..len.min(CODE_BYTES))?;
        self.machine.read_physical(hit.physical, code).ok()?;
        let (first, rest) = code.split_first_mut()?;
        *first = hit.original;
        let behind = PhysAddr(hit.physical.0.wrapping_add(1));
        let next = rest.first().copied();
        self.hide_breakpoints(behind, rest);
        let mut code = &*code;
        if let [STI, after, ..] = code
            && (next != Some(*after)
                || self.hardware.is_used_at(VirtAddr(at.wrapping_add(1))))
        {
            // There is a breakpoint right after it, which must be hit.
            code = code.get(..1)?;
        }
        let watched = self.look_before_step(id).then_some(id);
        let rights = if ring == 3 { Entry::USER } else { 0 };
        let (space, watch_hit) = (hit.space, None);
        let mut memory =
            TaskMemory { debuggee: self, space, rights, watched, watch_hit };
        let mut registers = Registers::of(registers);
        if emulate(code, &mut registers, &mut memory).is_some() {
            let watch_hit = memory.watch_hit;
            for (index, value) in registers.changed() {
                self.machine.set_general_register(id, index, value);
            }
            return Some(self.after_step_over(id, watch_hit));
        }
        // Code that goes on in another page, or in another instruction, has to
        // be found.
        let effects = match effects(code) {
            Some(effects) if code.len() == CODE_BYTES => effects,
            _ => self.effects_at(space.at(VirtAddr(at))),
        };
        if effects.enters_kernel {
            // The kernel would run, and could switch tasks.
            return None;
        }
        let is_trusted = ring <= eflags >> 12 & 3; // IOPL
        let restored = match (effects.loads_flags, is_trusted) {
            (false, _) => IF | TF,
            (true, false) => IF,
            (true, true) => 0,
        };
        let is_stepped = self.plan.step == Some(id);
        let flags = eflags & if is_stepped { IF } else { IF | TF };
        let (physical, original) = (hit.physical, hit.original);
        self.machine.write_physical(physical, &[original]).ok()?;
        let stepping = eflags & !IF | TF;
        self.machine.set_general_register(id, EFLAGS, stepping);
        self.machine.set_general_register(id, EIP, at);
        if watched.is_some() {
            self.foresee_hit(id);
        }
        let (task, at) = (id, VirtAddr(at));
        self.step_over = Some(StepOver {
            task,
            at,
            physical,
            original,
            flags,
            restored,
            effects,
        });
        Some(HitAction::Step)
    }

    /// Ends the step over an int3, if there was one.
    pub(crate) fn end_step(&mut self) -> Option<HitAction> {
        let step_over = self.step_over.take()?;
        self.put_back(step_over);
        if let Some(len) = step_over.effects.pushes_flags {
            let end = step_over.at.0.wrapping_add(len);
            self.correct_pushed_flags(step_over.task, end, step_over.flags);
        }
        if step_over.effects.repeats
            && self.general(step_over.task, EIP) == Some(step_over.at.0)
        {
            self.judged = Some((step_over.task, step_over.at));
        }
        Some(self.after_step_over(step_over.task, None))
    }

    /// Restores the int3 and the flags.
    pub(crate) fn put_back(&mut self, step_over: StepOver) {
        let mut byte = [step_over.original];
        // The instruction itself may have written there. Neither can fail:
        // the byte was written just before the step.
        let _ = self.machine.read_physical(step_over.physical, &mut byte);
        let [original] = byte;
        let is_alone = self.remember_original(step_over.physical, original);
        // A process that has changed its code has left its image's breakpoint.
        if is_alone || original == step_over.original {
            let _ = self.machine.write_physical(step_over.physical, &[INT3]);
        }
        if let Some(eflags) = self.general(step_over.task, EFLAGS) {
            let StepOver { flags, restored, .. } = step_over;
            let eflags = eflags & !restored | flags & restored;
            self.machine.set_general_register(step_over.task, EFLAGS, eflags);
        }
    }

    /// Finishes a step over an int3. If the debugger asked this task to step,
    /// this was the step, unless that has led from ring 3 into the kernel, and
    /// ends only with the return. `watch_hit` is known already if the stub made
    /// it.
    fn after_step_over(
        &mut self,
        task: u32,
        watch_hit: Option<Point>,
    ) -> HitAction {
        self.watch_hit = watch_hit;
        if self.plan.step == Some(task)
            && (self.plan.begins_in_kernel || !self.is_in_kernel(task))
        {
            self.machine.set_single_step(task, true);
            return HitAction::Report(Stop::Step);
        }
        self.watch_hit = watch_hit.or_else(|| self.watched_by_step(task));
        if self.watch_hit.is_some() {
            HitAction::Report(Stop::Step)
        } else {
            HitAction::Continue
        }
    }
}

/// A task's memory, with the rights of its ring.
struct TaskMemory<'d, M> {
    debuggee: &'d mut Debuggee<M>,
    space: AddressSpace,
    rights: u32,
    /// The task, if anything is watched.
    watched: Option<u32>,
    /// The first watchpoint that was hit.
    watch_hit: Option<Point>,
}

impl<M: Machine> TaskMemory<'_, M> {
    /// Returns where the word at `address` is, if `rights` allow the access.
    fn word(&mut self, address: u32, rights: u32) -> Option<PhysAddr> {
        let place = self.space.at(VirtAddr(address));
        let at = self.debuggee.allowed(place, rights | self.rights).ok()?;
        (at.left_in_page() >= 4).then_some(at)
    }

    fn note(&mut self, address: u32, writes: bool) {
        if let (Some(task), None) = (self.watched, self.watch_hit) {
            let access = Access { address, len_bytes: 4, writes };
            self.watch_hit = self.debuggee.hit_by_access(task, access);
        }
    }
}

impl<M: Machine> Memory for TaskMemory<'_, M> {
    fn load(&mut self, address: u32) -> Option<u32> {
        let at = self.word(address, 0)?;
        let mut word = [0; 4];
        self.debuggee.machine.read_physical(at, &mut word).ok()?;
        self.debuggee.hide_breakpoints(at, &mut word);
        self.note(address, false);
        Some(u32::from_le_bytes(word))
    }

    fn store(&mut self, address: u32, value: u32) -> Option<()> {
        let at = self.word(address, Entry::WRITABLE)?;
        let bytes = value.to_le_bytes();
        self.debuggee.machine.write_physical(at, &bytes).ok()?;
        // The word was just written, so this cannot fail.
        let _ = self.debuggee.plant_again(at, &bytes);
        self.note(address, true);
        Some(())
    }
}
