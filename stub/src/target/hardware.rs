//! Breakpoints and watchpoints in the processor's debug registers.
//!
//! The registers hold linear addresses, which refer to different memory in each
//! process. So each request is bound to an owner, as breakpoints in memory are,
//! and any other task's hit is silently ignored.
//!
//! The registers are armed only while the system runs freely, not while a task
//! makes a step: QEMU 7.2 crashes on a step that hits a watchpoint. Instead,
//! the stub decodes before the step what the instruction will read and write.
//! It does not know every instruction, so watched memory is also compared
//! before and after the step.

use super::debuggee::Debuggee;
use crate::built_in::HARDWARE;
use crate::embed::Machine;
use crate::interpreters::accesses::{Access, accesses};
use crate::interpreters::prefixes::LONGEST;
use crate::protocol::Refused;
use crate::requests::breakpoint_table::Owner;
use crate::requests::debug_registers::{
    Hardware, Kind, Point, REGISTERS, Request,
};
use layout::VirtAddr;
use wire::i386::eflags::RF;
use wire::i386::general::{EFLAGS, EIP};

/// How much code a step can execute: two instructions, if the first one loads
/// SS.
pub(super) const CODE_BYTES: usize = 2 * LONGEST;

impl<M: Machine> Debuggee<M> {
    /// Sets a breakpoint or watchpoint, if it is not set already.
    pub(crate) fn set_hardware(&mut self, point: Point) -> Result<(), Refused> {
        let Point { kind, address, len_bytes } = point;
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
        if self.hardware.find(point).is_some() {
            return Ok(());
        }
        let needed = point.pieces().take(REGISTERS.saturating_add(1));
        let needed = needed.count().saturating_add(self.hardware.used());
        if needed > REGISTERS {
            return Err(Refused::Full);
        }
        let owner = self.bound(point)?;
        let mut places = self.hardware.requests.iter_mut();
        // There is one slot per register.
        if let Some(place) = places.find(|place| place.is_none()) {
            *place = Some(Request { point, owner });
        }
        self.load_registers();
        Ok(())
    }

    /// Returns the owner of a request: that of the breakpoint in memory at the
    /// same address, even if the debugger has removed it. If there is none, an
    /// unset breakpoint is added to remember the owner.
    fn bound(&mut self, point: Point) -> Result<Owner, Refused> {
        let Point { kind, address, .. } = point;
        let mut owners = self.breakpoints.owners(address);
        match (owners.next(), owners.next()) {
            (Some(_), Some(_)) => Ok(Owner::Everyone),
            (Some(only), None) => Ok(only),
            (None, _) => {
                drop(owners);
                let owner = match kind {
                    Kind::Execute => self.owner_of(address),
                    _ => self.owner_of_data(address),
                };
                let owner = owner.ok_or(Refused::NoTask)?;
                // If there is no room, the owner isn't remembered.
                let _ = self.breakpoints.add(address, owner, false);
                Ok(owner)
            }
        }
    }

    /// Rebinds the requests at `address` to `owner`.
    pub(crate) fn rebind_hardware(&mut self, address: VirtAddr, owner: Owner) {
        for request in self.hardware.requests.iter_mut().flatten() {
            if request.point.address == address {
                request.owner = owner;
            }
        }
        self.load_registers();
    }

    /// Removes a breakpoint or watchpoint; returns whether there was one.
    pub(crate) fn clear_hardware(&mut self, point: Point) -> bool {
        let Some(place) = self.hardware.find(point) else { return false };
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
    pub(crate) fn hit(&mut self, hits: u8) -> Option<Point> {
        let task = self.machine.current_task();
        let mut found: Option<Point> = None;
        for (index, bit) in (0..REGISTERS).zip([1, 2, 4, 8]) {
            let Some(Request { point, owner }) = self.register(index) else {
                continue;
            };
            // A watchpoint reports an access already made; a breakpoint will
            // hit again.
            let is_preferred = found.is_none_or(|hit| {
                hit.kind == Kind::Execute && point.kind != Kind::Execute
            });
            if hits & bit != 0 && is_preferred && self.is_met_by(owner, task) {
                found = Some(point);
            }
        }
        found
    }

    /// Returns the breakpoint that the current task is at.
    fn breakpoint_here(&mut self) -> Option<Point> {
        let task = self.machine.current_task();
        let at = self.eip(task);
        (0..REGISTERS).find_map(|index| {
            let Request { point, owner } = self.register(index)?;
            let is_here = point.kind == Kind::Execute
                && point.address == at
                && self.is_met_by(owner, task);
            is_here.then_some(point)
        })
    }

    /// Sets RF if the current task is at a hardware breakpoint, no matter
    /// whose: otherwise the same breakpoint would hit again.
    pub(crate) fn set_resume_flag(&mut self) {
        let task = self.machine.current_task();
        let at = self.eip(task);
        let is_here = |Request { point, .. }: &Request| {
            point.kind == Kind::Execute && point.address == at
        };
        let registers = &self.hardware.registers;
        if registers.iter().flatten().any(is_here)
            && let Some(eflags) = self.general(task, EFLAGS)
        {
            // If RF can't be set, the breakpoint is reported once more.
            let _ =
                self.machine.set_general_register(task, EFLAGS, eflags | RF);
        }
    }

    /// Saves watched memory before `task` makes a step; returns whether there
    /// are any watchpoints.
    pub(crate) fn look_before_step(&mut self, task: u32) -> bool {
        self.hardware.before = [None; REGISTERS];
        self.hardware.foreseen = None;
        // Mostly there are none.
        if !self.hardware.registers.iter().flatten().any(Request::is_watch) {
            return false;
        }
        for index in 0..REGISTERS {
            let before = self.watched(index, task);
            if let Some(place) = self.hardware.before.get_mut(index) {
                *place = before;
            }
        }
        true
    }

    /// Notes which watchpoint the instruction that `task` executes next hits,
    /// if it completes. Call it only if anything is watched: it decodes the
    /// instruction.
    #[inline(never)]
    pub(super) fn foresee_hit(&mut self, task: u32) {
        let Some(registers) = self.machine.general_registers(task) else {
            return;
        };
        let Some(space) = self.space(task) else { return };
        let at = registers.get(EIP).copied().unwrap_or(0);
        let mut code = [0; CODE_BYTES];
        let (len, _) = self.read(space.at(VirtAddr(at)), &mut code);
        let code = code.get(..len).unwrap_or(&[]);
        let all = accesses(code, &registers);
        let hit = all
            .into_iter()
            .flatten()
            .find_map(|access| self.hit_by_access(task, access));
        self.hardware.foreseen = hit.map(|hit| (task, hit));
    }

    /// Forgets what was foreseen of a step of the current task: it faulted
    /// instead.
    pub(crate) fn forget_foreseen(&mut self) {
        let current = self.machine.current_task();
        let foreseen = self.hardware.foreseen;
        self.hardware.foreseen = foreseen.filter(|(task, _)| *task != current);
    }

    /// Returns which watchpoint is hit by an access of `task`.
    pub(crate) fn hit_by_access(
        &mut self,
        task: u32,
        access: Access,
    ) -> Option<Point> {
        let Access { address, len_bytes, writes } = access;
        (0..REGISTERS).find_map(|index| {
            let Request { point, owner } = self.register(index)?;
            let is_watched = point.kind == Kind::Access
                || point.kind == Kind::Write && writes;
            let start = point.address.0;
            let overlaps = start.wrapping_sub(address) < len_bytes
                || address.wrapping_sub(start) < point.len_bytes;
            let is_hit = is_watched && overlaps && self.is_met_by(owner, task);
            is_hit.then_some(point)
        })
    }

    /// Returns what a step of `task` hit.
    pub(crate) fn look_after_step(&mut self, task: u32) -> Option<Point> {
        self.watched_by_step(task).or_else(|| self.breakpoint_here())
    }

    /// Returns the watchpoint that a step of `task` hit.
    pub(crate) fn watched_by_step(&mut self, task: u32) -> Option<Point> {
        // Another task's trap says nothing about this one's instruction.
        let has_ended = self.machine.current_task() == task;
        let foreseen = self.hardware.foreseen;
        let foreseen = foreseen.filter(|(of, _)| has_ended && *of == task);
        if foreseen.is_some() {
            self.hardware.foreseen = None;
        }
        let changed = self.changed_by_step(task);
        changed.or(foreseen.map(|(_, point)| point))
    }

    /// Returns a watchpoint whose memory a step of `task` changed.
    fn changed_by_step(&mut self, task: u32) -> Option<Point> {
        (0..REGISTERS).find_map(|index| {
            let before = (*self.hardware.before.get(index)?)?;
            let now = self.watched(index, task)?;
            (now != before).then_some(self.register(index)?.point)
        })
    }

    fn register(&self, index: usize) -> Option<Request> {
        self.hardware.registers.get(index).copied().flatten()
    }

    /// Returns the memory that a register watches for `task`, if it does.
    fn watched(&mut self, index: usize, task: u32) -> Option<[u8; 4]> {
        let request = self.register(index)?;
        let Request { point, owner } = request;
        if !request.is_watch() || !self.is_met_by(owner, task) {
            return None;
        }
        let place = self.space(task)?.at(point.address);
        let mut bytes = [0; 4];
        let into = bytes.get_mut(..point.len_bytes as usize)?;
        self.read(place, into).1.is_none().then_some(bytes)
    }

    /// Returns whether requests of `owner` apply to `task`.
    fn is_met_by(&mut self, owner: Owner, task: u32) -> bool {
        match owner {
            Owner::System | Owner::Everyone => true,
            Owner::Task(id) => id == task,
            Owner::Process(id) => {
                self.machine.task(task).is_some_and(|it| it.process == id)
            }
            Owner::Image(id) => {
                let process = self.machine.task(task).map(|it| it.process);
                process.and_then(|it| self.machine.image_of(it)) == Some(id)
            }
        }
    }
}
