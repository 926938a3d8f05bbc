//! Breakpoints that stop nothing: whose condition is false, that only
//! print, or that are another process'.
//!
//! The instruction under the int3 is executed all the same: by the stub if
//! it is a simple one, else by the processor in a single step. During that
//! step the int3 is out of memory, so nobody else may run: interrupts are
//! off in the task's own EFLAGS. That is cheaper than to mask them at the
//! controller, and the instructions that would see it are executed by the
//! stub or made good for.

use crate::agent::Context;
use crate::arch::RegisterId;
use crate::breakpoints::{INT3, Int3};
use crate::conditions::{Breakpoint, Judgement};
use crate::console::{Console, LINE_BYTES};
use crate::debuggee::Debuggee;
use crate::embed::{GeneralRegisters, Line, Machine, Passage, Stop, Task};
use crate::emulate::{Memory, Registers, emulate};
use crate::hardware::Kind;
use crate::location::Place;
use crate::plan::Pass;
use crate::session::Session;
use core::fmt::Write;
use gdbstub::arch::RegId;
use layout::paging::{Entry, walk};
use layout::{PhysAddr, VirtAddr};
use wire::i386::general::{CS, EFLAGS, EIP};

/// EFLAGS.TF: trap after the next instruction.
const TRAP: u32 = 1 << 8;
/// EFLAGS.IF: let interrupts in.
const INTERRUPTS: u32 = 1 << 9;

/// How many bytes to look at: the longest instruction has fifteen, and four
/// words are copied sooner.
const CODE_BYTES: usize = 16;

impl<M: Machine, L: Line> Session<M, L> {
    /// Looks whether an exception is nothing that the debugger is to know.
    ///
    /// To be asked before [`Session::stopped`], with interrupts off.
    #[inline(never)]
    pub fn pass(&mut self, reason: Stop) -> Passage {
        let passage = match reason {
            Stop::Breakpoint => self.pass_breakpoint(),
            Stop::Step => self.debuggee.end_step(),
            Stop::DebugRegister { hits } => self.pass_register(hits),
            _ => None,
        };
        self.debuggee.machine.close_window();
        passage.unwrap_or(Passage::Stops(reason))
    }

    /// Ends a step that [`Session::pass`] began, because something else has
    /// come than its end: a fault. The instruction will be tried again.
    #[inline(never)]
    pub fn end_pass(&mut self) {
        if let Some(pass) = self.debuggee.pass.take() {
            self.debuggee.put_back(pass);
            self.debuggee.machine.close_window();
            self.debuggee.passed = Some((pass.task, pass.at));
        }
    }

    fn pass_breakpoint(&mut self) -> Option<Passage> {
        let machine = &mut self.debuggee.machine;
        let id = machine.current_task();
        let task = machine.task(id)?;
        let mut registers = machine.general_registers(id);
        let registers = registers.as_mut()?;
        let eip = registers.get_mut(EIP)?;
        *eip = eip.wrapping_sub(1);
        let at = VirtAddr(*eip);
        let hit = self.debuggee.int3_at(at, &task)?;
        // It was judged already if its instruction did not come to its end.
        let is_judged = self.debuggee.passed.take() == Some((id, at));
        if hit.concerns && !is_judged {
            match self.judge((false, at), task, registers) {
                Judgement::Stop => return None,
                Judgement::Pass => {}
                Judgement::Done(_) => {
                    if !self.tell_console() {
                        let is_wanted = self.is_wanted();
                        // A debugger that has left has taken it out.
                        let is_gone =
                            self.debuggee.int3_at(at, &task).is_none();
                        if is_wanted || is_gone {
                            let machine = &mut self.debuggee.machine;
                            machine.set_general_register(id, EIP, at.0);
                            return Some(if is_wanted {
                                Passage::Stops(Stop::Interrupt)
                            } else {
                                Passage::Goes
                            });
                        }
                    }
                }
            }
        }
        self.debuggee.go_past(&task, registers, hit)
    }

    /// A debug register has hit: RF is all that it takes to go past it.
    fn pass_register(&mut self, hits: u8) -> Option<Passage> {
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
                Judgement::Pass => {}
                Judgement::Done(_) => {
                    if !self.tell_console() && self.is_wanted() {
                        return Some(Passage::Stops(Stop::Interrupt));
                    }
                }
            }
        }
        self.debuggee.pass_breakpoint();
        Some(Passage::Goes)
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
            // What does not fit is cut.
            let (_, at) = breakpoint;
            let _ = writeln!(view, "commands at {at}: {failure}");
        }
        judgement
    }
}

/// What an expression sees.
struct View<'s, M> {
    debuggee: &'s mut Debuggee<M>,
    console: &'s mut Console,
    task: Task,
    registers: &'s GeneralRegisters,
    room: usize,
}

impl<M: Machine> Context for View<'_, M> {
    fn register(&mut self, number: u16) -> Option<u64> {
        // Their numbers are their places.
        if let Some(value) = self.registers.get(usize::from(number)) {
            return Some((*value).into());
        }
        let (id, _) = RegisterId::from_raw_id(number.into())?;
        self.debuggee.value_of(self.task.id, id).map(u64::from)
    }

    fn read(&mut self, address: u32, into: &mut [u8]) -> bool {
        let place = Place::Linear(self.task.directory, VirtAddr(address));
        self.debuggee.read(place, into).1.is_none()
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

impl<M: Machine> Debuggee<M> {
    /// Executes the instruction under an int3, or lets the processor do it.
    /// None if it must be shown to the debugger after all.
    fn go_past(
        &mut self,
        task: &Task,
        registers: &mut GeneralRegisters,
        hit: Int3,
    ) -> Option<Passage> {
        let id = task.id;
        let at = *registers.get(EIP)?;
        let eflags = *registers.get(EFLAGS)?;
        let ring = registers.get(CS)? & 3;
        let mut code = [0; CODE_BYTES];
        // What lies behind a page's end is not worth a walk.
        let len = usize::try_from(hit.physical.left_in_page()).ok()?;
        let code = code.get_mut(..len.min(CODE_BYTES))?;
        self.machine.read_physical(hit.physical, code).ok()?;
        let (first, rest) = code.split_first_mut()?;
        *first = hit.original;
        let behind = PhysAddr(hit.physical.0.wrapping_add(1));
        self.hide_breakpoints(behind, rest);
        let code = &*code;
        self.look_before_step(id);
        let rights = if ring == 3 { Entry::USER } else { 0 };
        let directory = task.directory;
        let mut memory = TaskMemory { debuggee: self, directory, rights };
        let mut registers = Registers::of(registers);
        if emulate(code, &mut registers, &mut memory).is_some() {
            for (index, value) in registers.changed() {
                self.machine.set_general_register(id, index, value);
            }
            return Some(self.passed_by(id));
        }
        let repeats = matches!(code.first()?, 0xF2 | 0xF3);
        let interrupts = match code {
            // int n: the kernel would run, and could let others run.
            [INT3 | 0xCD | 0xF1, ..] => return None,
            // popf and iret in ring 0.
            [0x9D | 0xCF, ..] | [0x66, 0x9D | 0xCF, ..] if ring == 0 => None,
            _ => Some(eflags & INTERRUPTS),
        };
        let (physical, original) = (hit.physical, hit.original);
        self.machine.write_physical(physical, &[original]).ok()?;
        let stepping = eflags & !INTERRUPTS | TRAP;
        self.machine.set_general_register(id, EFLAGS, stepping);
        self.machine.set_general_register(id, EIP, at);
        let (task, at) = (id, VirtAddr(at));
        let pass = Pass { task, at, physical, original, interrupts, repeats };
        self.pass = Some(pass);
        Some(Passage::Steps)
    }

    /// Ends the step over an int3, if there was one.
    fn end_step(&mut self) -> Option<Passage> {
        let pass = self.pass.take()?;
        self.put_back(pass);
        if pass.repeats && self.general(pass.task, EIP) == Some(pass.at.0) {
            self.passed = Some((pass.task, pass.at));
        }
        Some(self.passed_by(pass.task))
    }

    /// Puts the int3 back, and the flags.
    fn put_back(&mut self, pass: Pass) {
        let mut byte = [pass.original];
        // The instruction itself may have written there. Neither can fail:
        // the byte was written just before the step.
        let _ = self.machine.read_physical(pass.physical, &mut byte);
        let _ = self.machine.write_physical(pass.physical, &[INT3]);
        let [original] = byte;
        self.remember_original(pass.physical, original);
        if let Some(eflags) = self.general(pass.task, EFLAGS) {
            let eflags = match pass.interrupts {
                Some(interrupts) => eflags & !INTERRUPTS | interrupts,
                None => eflags,
            };
            let eflags = eflags & !TRAP;
            self.machine.set_general_register(pass.task, EFLAGS, eflags);
        }
    }

    /// The instruction is executed. If the debugger had wanted that step of
    /// this task, it has made it.
    fn passed_by(&mut self, task: u32) -> Passage {
        if self.plan.step == Some(task) {
            self.machine.set_single_step(task, true);
            return Passage::Stops(Stop::Step);
        }
        self.written = self.changed_by_step(task);
        if self.written.is_some() {
            Passage::Stops(Stop::Step)
        } else {
            Passage::Goes
        }
    }
}

/// Memory with the rights that a task has in its ring.
struct TaskMemory<'d, M> {
    debuggee: &'d mut Debuggee<M>,
    directory: PhysAddr,
    rights: u32,
}

impl<M: Machine> TaskMemory<'_, M> {
    /// Returns where the word at `address` is, if it may be reached so.
    fn word(&mut self, address: u32, rights: u32) -> Option<PhysAddr> {
        let address = VirtAddr(address);
        let machine = &mut self.debuggee.machine;
        let walk = walk(machine, self.directory, address).ok()?;
        let at = walk.physical().filter(|at| at.left_in_page() >= 4)?;
        walk.allows(rights | self.rights).then_some(at)
    }
}

impl<M: Machine> Memory for TaskMemory<'_, M> {
    fn load(&mut self, address: u32) -> Option<u32> {
        let at = self.word(address, 0)?;
        let mut word = [0; 4];
        self.debuggee.machine.read_physical(at, &mut word).ok()?;
        self.debuggee.hide_breakpoints(at, &mut word);
        Some(u32::from_le_bytes(word))
    }

    fn store(&mut self, address: u32, value: u32) -> Option<()> {
        let at = self.word(address, Entry::WRITABLE)?;
        let bytes = value.to_le_bytes();
        self.debuggee.machine.write_physical(at, &bytes).ok()?;
        // The word is written: it cannot fail any more.
        let _ = self.debuggee.plant_again(at, &bytes);
        Some(())
    }
}
