//! Decides whether a breakpoint hit is reported to the debugger.
//!
//! It isn't if the condition is false, if the breakpoint only prints, or if it
//! belongs to another process.

use super::Session;
use crate::built_in::CONDITIONS;
use crate::embed::{
    GeneralRegisters, HitAction, Machine, SerialLine, Stop, Task,
};
use crate::interpreters::agent::Context;
use crate::link::{Console, LINE_BYTES};
use crate::protocol::RegisterId;
use crate::requests::conditions::{Breakpoint, Judgement};
use crate::requests::debug_registers::Kind;
use crate::target::Debuggee;
use core::fmt::Write;
use gdbstub::arch::RegId;
use layout::VirtAddr;
use wire::i386::general::EIP;

impl<M: Machine, L: SerialLine> Session<M, L> {
    /// Decides whether a breakpoint, a watchpoint or a finished step stops the
    /// system, by the breakpoint's condition and owner.
    ///
    /// Call it before [`Session::stopped`], with interrupts disabled.
    #[inline(never)]
    pub fn judge_hit(&mut self, reason: Stop) -> HitAction {
        let action = match reason {
            _ if !CONDITIONS => None,
            Stop::Breakpoint => self.judge_breakpoint(),
            Stop::Step => self.debuggee.end_step(),
            Stop::DebugRegister { hits } => self.judge_register(hits),
            _ => None,
        };
        self.debuggee.machine.close_window();
        action.unwrap_or(HitAction::Report(reason))
    }

    /// Ends the step that [`HitAction::Step`] began, because the task faulted
    /// instead. If it was a fault, the instruction will be retried.
    #[inline(never)]
    pub fn end_step_over(&mut self) {
        self.debuggee.forget_foreseen();
        if CONDITIONS && let Some(step) = self.debuggee.step_over.take() {
            self.debuggee.put_back(step);
            self.debuggee.machine.close_window();
            // A trap, such as that of `into`, comes after the instruction.
            if self.debuggee.eip(step.task) == step.at {
                self.debuggee.judged = Some((step.task, step.at));
            }
        }
    }

    fn judge_breakpoint(&mut self) -> Option<HitAction> {
        let machine = &mut self.debuggee.machine;
        let id = machine.current_task();
        let task = machine.task(id)?;
        let mut registers = machine.general_registers(id);
        let registers = registers.as_mut()?;
        let eip = registers.get_mut(EIP)?;
        *eip = eip.wrapping_sub(1);
        let at = VirtAddr(*eip);
        let hit = self.debuggee.int3_at(at, &task)?;
        // If its instruction was left unfinished, it has been judged already.
        let is_judged = self.debuggee.judged.take() == Some((id, at));
        if hit.concerns && !is_judged {
            match self.judge((false, at), task, registers) {
                Judgement::Stop => return None,
                Judgement::Done(_) if !self.tell_console() => {
                    let is_pending = self.is_stop_pending();
                    // A debugger that left has removed it.
                    let is_gone = self.debuggee.int3_at(at, &task).is_none();
                    if is_pending || is_gone {
                        let machine = &mut self.debuggee.machine;
                        machine.set_general_register(id, EIP, at.0);
                        return Some(if is_pending {
                            HitAction::Report(Stop::Interrupt)
                        } else {
                            HitAction::Continue
                        });
                    }
                }
                Judgement::Continue | Judgement::Done(_) => {}
            }
        }
        self.debuggee.go_past(&task, registers, hit)
    }

    /// Judges a debug register's hit: to get past it, setting RF is enough.
    fn judge_register(&mut self, hits: u8) -> Option<HitAction> {
        if let Some(hit) = self.debuggee.hit(hits) {
            if hit.kind != Kind::Execute {
                return None;
            }
            let machine = &mut self.debuggee.machine;
            let id = machine.current_task();
            let task = machine.task(id)?;
            let registers = machine.general_registers(id);
            let registers = registers.as_ref()?;
            match self.judge((true, hit.address), task, registers) {
                Judgement::Stop => return None,
                Judgement::Done(_)
                    if !self.tell_console() && self.is_stop_pending() =>
                {
                    return Some(HitAction::Report(Stop::Interrupt));
                }
                Judgement::Continue | Judgement::Done(_) => {}
            }
        }
        self.debuggee.set_resume_flag();
        Some(HitAction::Continue)
    }

    fn judge(
        &mut self,
        breakpoint: Breakpoint,
        task: Task,
        registers: &GeneralRegisters,
    ) -> Judgement {
        let mut view = View {
            debuggee: &mut self.debuggee,
            console: &mut self.console,
            task,
            registers,
            room: LINE_BYTES,
        };
        let judgement = self.client.conditions.judge(breakpoint, &mut view);
        if let Judgement::Done(Some(failure)) = judgement {
            // What doesn't fit is cut off.
            let (_, at) = breakpoint;
            let _ = writeln!(view, "commands at {at}: {failure}");
        }
        judgement
    }
}

/// What an expression can read.
struct View<'s, M> {
    debuggee: &'s mut Debuggee<M>,
    console: &'s mut Console,
    task: Task,
    registers: &'s GeneralRegisters,
    room: usize,
}

impl<M: Machine> Context for View<'_, M> {
    fn register(&mut self, number: u16) -> Option<u64> {
        // A register's number is its index.
        if let Some(value) = self.registers.get(usize::from(number)) {
            return Some((*value).into());
        }
        let (id, _) = RegisterId::from_raw_id(number.into())?;
        self.debuggee.value_of(self.task.id, id).map(u64::from)
    }

    fn read(&mut self, address: u32, into: &mut [u8]) -> bool {
        let Some(space) = self.debuggee.space(self.task.id) else {
            return false;
        };
        self.debuggee.read(space.at(VirtAddr(address)), into).1.is_none()
    }

    fn print(&mut self, byte: u8) {
        if let Some(less) = self.room.checked_sub(1) {
            self.room = less;
            self.console.print(byte);
        }
    }
}

impl<M: Machine> Write for View<'_, M> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        text.bytes().for_each(|byte| self.print(byte));
        Ok(())
    }
}
