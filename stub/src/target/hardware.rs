//! Breakpoints and watchpoints in the processor's debug registers.
//!
//! The registers hold linear addresses, which refer to different memory in each
//! process. So each request is bound to an owner, as breakpoints in memory are,
//! and any other task's hit is silently ignored.
//!
//! The registers are armed only while the system runs freely, not while a task
//! makes a step: QEMU 7.2 crashes on a step that hits a watchpoint. Instead,
//! watched memory is compared before and after the step. So a step reports a
//! write that changes something, and misses a read.

use super::debuggee::{Debuggee, eip};
use crate::built_in::HARDWARE;
use crate::embed::Machine;
use crate::protocol::Refused;
use crate::requests::breakpoint_table::Owner;
use crate::requests::debug_registers::{
    Hardware, Hit, Kind, REGISTERS, Register, Request, pieces,
};
use layout::VirtAddr;
use wire::i386::eflags::RF;
use wire::i386::general::EFLAGS;

impl<M: Machine> Debuggee<M> {
    /// Sets a breakpoint or watchpoint, if it is not set already.
    pub(crate) fn set_hardware(
        &mut self,
        kind: Kind,
        address: VirtAddr,
        len_bytes: u32,
    ) -> Result<(), Refused> {
        let behind = len_bytes.checked_sub(1).ok_or(Refused::Invalid)?;
        let last = address.0.checked_add(behind).ok_or(Refused::Invalid)?;
        if kind == Kind::Execute {
            if self.machine.is_stub_code(address) {
                return Err(Refused::StubCode);
            }
        } else if self
            .machine
            .is_written_by_interrupts(address..=VirtAddr(last))
        {
            return Err(Refused::Unwatchable);
        }
        if self.hardware.find(kind, address, len_bytes).is_some() {
            return Ok(());
        }
        let needed =
            pieces(address, len_bytes).take(REGISTERS.saturating_add(1));
        let needed = needed.count().saturating_add(self.hardware.used());
        if needed > REGISTERS {
            return Err(Refused::Full);
        }
        let owner = self.bound(address)?;
        let mut places = self.hardware.requests.iter_mut();
        // There is one slot per register.
        if let Some(place) = places.find(|place| place.is_none()) {
            *place = Some(Request { kind, address, len_bytes, owner });
        }
        self.load_registers();
        Ok(())
    }

    /// Returns the owner of a request: that of the breakpoint in memory at the
    /// same address, even if the debugger has removed it. If there is none, an
    /// unset breakpoint is added to remember the owner.
    fn bound(&mut self, address: VirtAddr) -> Result<Owner, Refused> {
        let mut owners = self.breakpoints.owners(address);
        match (owners.next(), owners.next()) {
            (Some(_), Some(_)) => Ok(Owner::Everyone),
            (Some(only), None) => Ok(only),
            (None, _) => {
                drop(owners);
                let owner = self.owner_of(address).ok_or(Refused::NoTask)?;
                // If there is no room, the owner isn't remembered.
                let _ = self.breakpoints.add(address, owner, false);
                Ok(owner)
            }
        }
    }

    /// Rebinds the requests at `address` to `owner`.
    pub(crate) fn rebind_hardware(&mut self, address: VirtAddr, owner: Owner) {
        for request in self.hardware.requests.iter_mut().flatten() {
            if request.address == address {
                request.owner = owner;
            }
        }
        self.load_registers();
    }

    /// Removes a breakpoint or watchpoint; returns whether there was one.
    pub(crate) fn clear_hardware(
        &mut self,
        kind: Kind,
        address: VirtAddr,
        len_bytes: u32,
    ) -> bool {
        let Some(place) = self.hardware.find(kind, address, len_bytes) else {
            return false;
        };
        *place = None;
        self.load_registers();
        true
    }

    /// Removes and forgets all of them.
    pub(crate) fn forget_hardware(&mut self) {
        self.hardware = Hardware::new();
        self.load_registers();
    }

    /// Loads the debug registers; returns whether the machine has any.
    pub(crate) fn load_registers(&mut self) -> bool {
        if !HARDWARE {
            return false;
        }
        self.hardware.assign();
        let control = self.hardware.control();
        self.machine.set_debug_registers(self.hardware.addresses(), control)
    }

    /// Returns which of the registers in `hits`, encoded as in DR6, to report:
    /// one that the current task's process owns.
    pub(crate) fn hit(&mut self, hits: u8) -> Option<Hit> {
        let task = self.machine.current_task();
        let mut found: Option<Hit> = None;
        for (index, bit) in (0..REGISTERS).zip([1, 2, 4, 8]) {
            let Some(register) = self.register(index) else { continue };
            let Register { kind, address, owner, .. } = register;
            // A watchpoint reports an access already made; a breakpoint will
            // hit again.
            let is_wanted = found.is_none_or(|hit| {
                hit.kind == Kind::Execute && kind != Kind::Execute
            });
            if hits & bit != 0 && is_wanted && self.is_met_by(owner, task) {
                found = Some(Hit { kind, address });
            }
        }
        found
    }

    /// Returns the breakpoint that the current task is at.
    fn breakpoint_here(&mut self) -> Option<Hit> {
        let task = self.machine.current_task();
        let at = eip(self, task);
        (0..REGISTERS).find_map(|index| {
            let it = self.register(index)?;
            let is_here = it.kind == Kind::Execute
                && it.address == at
                && self.is_met_by(it.owner, task);
            is_here.then_some(Hit { kind: it.kind, address: at })
        })
    }

    /// Sets RF if the current task is at a hardware breakpoint, no matter
    /// whose: otherwise the same breakpoint would hit again.
    pub(crate) fn set_resume_flag(&mut self) {
        let task = self.machine.current_task();
        let at = eip(self, task);
        let is_here =
            |it: &Register| it.kind == Kind::Execute && it.address == at;
        let registers = &self.hardware.registers;
        if registers.iter().flatten().any(is_here)
            && let Some(eflags) = self.general(task, EFLAGS)
        {
            // If RF can't be set, the breakpoint is reported once more.
            let _ =
                self.machine.set_general_register(task, EFLAGS, eflags | RF);
        }
    }

    /// Saves watched memory before `task` makes a step.
    pub(crate) fn look_before_step(&mut self, task: u32) {
        for index in 0..REGISTERS {
            let Some(register) = self.register(index) else { continue };
            let before = if register.kind == Kind::Execute {
                None
            } else {
                self.watched(&register, task)
            };
            if let Some(Some(place)) = self.hardware.registers.get_mut(index) {
                place.before = before;
            }
        }
    }

    /// Returns what a step of `task` hit.
    pub(crate) fn look_after_step(&mut self, task: u32) -> Option<Hit> {
        self.changed_by_step(task).or_else(|| self.breakpoint_here())
    }

    /// Returns a watchpoint whose memory a step of `task` changed.
    pub(crate) fn changed_by_step(&mut self, task: u32) -> Option<Hit> {
        (0..REGISTERS).find_map(|index| {
            let register = self.register(index)?;
            let before = register.before?;
            let now = self.watched(&register, task)?;
            let Register { kind, address, .. } = register;
            (now != before).then_some(Hit { kind, address })
        })
    }

    fn register(&self, index: usize) -> Option<Register> {
        self.hardware.registers.get(index).copied().flatten()
    }

    fn watched(&mut self, register: &Register, task: u32) -> Option<[u8; 4]> {
        if !self.is_met_by(register.owner, task) {
            return None;
        }
        let place = self.space(task)?.at(register.address);
        let mut bytes = [0; 4];
        let len = usize::try_from(register.len_bytes).ok()?;
        match self.read(place, bytes.get_mut(..len)?) {
            (_, None) => Some(bytes),
            (_, Some(_)) => None,
        }
    }

    /// Returns whether requests of `owner` apply to `task`.
    fn is_met_by(&mut self, owner: Owner, task: u32) -> bool {
        match owner {
            Owner::System | Owner::Everyone => true,
            Owner::Task(id) => id == task,
            Owner::Process(id) => {
                self.machine.task(task).is_some_and(|it| it.process == id)
            }
        }
    }
}
