//! Breakpoints and watchpoints in the processor's debug registers.
//!
//! The registers hold linear addresses, which mean other memory in another
//! process. So each request is bound to an owner as breakpoints in memory
//! are, and a hit of anybody else is passed over in silence.
//!
//! The processor heeds the registers only while the system runs, and not
//! while a task makes a step: QEMU 7.2 dies of a step that hits a
//! watchpoint. What is watched is compared after a step instead. So a step
//! reports a write that changes something, and misses a read.

use crate::breakpoints::Owner;
use crate::client::eip;
use crate::debuggee::{Debuggee, Refused};
use crate::embed::Machine;
use crate::memory::Place;
use layout::VirtAddr;
use wire::i386::general::EFLAGS;

/// How many debug registers hold an address.
const REGISTERS: usize = 4;

/// DR7 with nothing enabled.
const OFF: u32 = 0x400;
/// EFLAGS.RF: no breakpoint at the next instruction.
const RESUME: u32 = 1 << 16;

/// What makes a debug register hit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Execute,
    Write,
    /// Reading or writing.
    Access,
}

impl Kind {
    /// Returns the two bits R/W of DR7.
    ///
    /// Spec: Intel SDM vol. 3B, "Debug Control Register (DR7)".
    const fn bits(self) -> u32 {
        match self {
            Self::Execute => 0b00,
            Self::Write => 0b01,
            Self::Access => 0b11,
        }
    }
}

/// A debug register that has hit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hit {
    pub(crate) kind: Kind,
    pub(crate) address: VirtAddr,
}

/// What the debugger has asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Request {
    kind: Kind,
    address: VirtAddr,
    len_bytes: u32,
    owner: Owner,
}

/// What one register stands for: 1, 2 or 4 bytes, aligned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Register {
    kind: Kind,
    address: VirtAddr,
    len_bytes: u32,
    owner: Owner,
    /// What stood there before the step that is being made.
    before: Option<[u8; 4]>,
}

/// Every request of the session, and the registers made from them.
#[derive(Debug)]
pub(crate) struct Hardware {
    requests: [Option<Request>; REGISTERS],
    registers: [Option<Register>; REGISTERS],
}

impl Hardware {
    /// Returns registers of which none is used.
    pub(crate) const fn new() -> Self {
        Self { requests: [None; REGISTERS], registers: [None; REGISTERS] }
    }

    #[inline(never)]
    fn find(
        &mut self,
        kind: Kind,
        address: VirtAddr,
        len_bytes: u32,
    ) -> Option<&mut Option<Request>> {
        let is_it = |it: &Request| {
            it.kind == kind
                && it.address == address
                && it.len_bytes == len_bytes
        };
        let mut places = self.requests.iter_mut();
        places.find(|place| place.as_ref().is_some_and(is_it))
    }

    /// Returns whether something at `address` is set.
    pub(crate) fn is_used_at(&self, address: VirtAddr) -> bool {
        let mut all = self.requests.iter().flatten();
        all.any(|it| it.address == address)
    }

    fn used(&self) -> usize {
        self.registers.iter().flatten().count()
    }

    /// Makes the registers from the requests.
    fn assign(&mut self) {
        self.registers = [None; REGISTERS];
        let mut places = self.registers.iter_mut();
        for request in self.requests.iter().flatten() {
            let Request { kind, owner, .. } = *request;
            for (address, len_bytes) in
                pieces(request.address, request.len_bytes)
            {
                let before = None;
                let new = Register { kind, address, len_bytes, owner, before };
                // There were enough of them when it was asked for.
                if let Some(place) = places.next() {
                    *place = Some(new);
                }
            }
        }
    }

    fn addresses(&self) -> [u32; REGISTERS] {
        core::array::from_fn(|index| {
            let register = self.registers.get(index).and_then(Option::as_ref);
            register.map_or(0, |register| register.address.0)
        })
    }

    /// Returns DR7. Only global enable bits are set: a task switch clears
    /// the local ones.
    fn control(&self) -> u32 {
        let used = (0_u32..).zip(&self.registers);
        used.fold(OFF, |control, (index, register)| match register {
            None => control,
            Some(Register { kind, len_bytes, .. }) => {
                let what = kind.bits() | len_bytes.saturating_sub(1) << 2;
                let enable = 0b10_u32.wrapping_shl(index.wrapping_mul(2));
                let place = index.wrapping_mul(4).wrapping_add(16);
                control | enable | what.wrapping_shl(place)
            }
        })
    }
}

/// Splits a range into pieces that a debug register can hold.
fn pieces(
    address: VirtAddr,
    len_bytes: u32,
) -> impl Iterator<Item = (VirtAddr, u32)> {
    let mut rest = Some((address, len_bytes));
    core::iter::from_fn(move || {
        let (at, left) = rest?;
        let fits = |len: &u32| *len <= left && at.0.is_multiple_of(*len);
        let len = [4, 2, 1].into_iter().find(fits)?;
        let next = at.0.checked_add(len).map(VirtAddr);
        rest = next.zip(left.checked_sub(len));
        Some((at, len))
    })
}

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
        // There is one for each register.
        if let Some(place) = places.find(|place| place.is_none()) {
            *place = Some(Request { kind, address, len_bytes, owner });
        }
        self.load_registers();
        Ok(())
    }

    /// Returns for whom a request is: for whom a breakpoint in memory is, or
    /// was before the debugger took it out. Where there is none, one that is
    /// not set remembers it.
    fn bound(&mut self, address: VirtAddr) -> Result<Owner, Refused> {
        let mut owners = self.breakpoints.owners(address);
        match (owners.next(), owners.next()) {
            (Some(_), Some(_)) => Ok(Owner::Everyone),
            (Some(only), None) => Ok(only),
            (None, _) => {
                drop(owners);
                let owner = self.owner_of(address).ok_or(Refused::NoTask)?;
                // If there is no room, nobody remembers it.
                let _ = self.breakpoints.add(address, owner, false);
                Ok(owner)
            }
        }
    }

    /// Makes the requests at `address` those of `owner`.
    pub(crate) fn rebind_hardware(&mut self, address: VirtAddr, owner: Owner) {
        for request in self.hardware.requests.iter_mut().flatten() {
            if request.address == address {
                request.owner = owner;
            }
        }
        self.load_registers();
    }

    /// Takes a breakpoint or watchpoint out; returns whether there was one.
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

    /// Takes every one out and forgets it.
    pub(crate) fn forget_hardware(&mut self) {
        self.hardware = Hardware::new();
        self.load_registers();
    }

    fn load_registers(&mut self) {
        self.hardware.assign();
        let control = self.hardware.control();
        self.machine.set_debug_registers(self.hardware.addresses(), control);
    }

    /// Returns which of the registers in `hits`, as DR6 names them, is the
    /// debugger's business: one that the current task's process owns.
    pub(crate) fn hit(&mut self, hits: u8) -> Option<Hit> {
        let task = self.machine.current_task();
        let mut found: Option<Hit> = None;
        for (index, bit) in (0..REGISTERS).zip([1, 2, 4, 8]) {
            let Some(register) = self.register(index) else { continue };
            let Register { kind, address, owner, .. } = register;
            // A watchpoint tells of what is done, a breakpoint comes again.
            let is_wanted = found.is_none_or(|hit| {
                hit.kind == Kind::Execute && kind != Kind::Execute
            });
            if hits & bit != 0 && is_wanted && self.is_met_by(owner, task) {
                found = Some(Hit { kind, address });
            }
        }
        found
    }

    /// Returns the breakpoint at which the current task is.
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

    /// Makes the current task pass the breakpoint at which it is, whoever
    /// owns that: else it would hit again and again.
    pub(crate) fn pass_breakpoint(&mut self) {
        let task = self.machine.current_task();
        let at = eip(self, task);
        let is_here =
            |it: &Register| it.kind == Kind::Execute && it.address == at;
        let registers = &self.hardware.registers;
        if registers.iter().flatten().any(is_here)
            && let Some(eflags) = self.general(task, EFLAGS)
        {
            // If it cannot be, the breakpoint is reported once more.
            let _ = self.machine.set_general_register(
                task,
                EFLAGS,
                eflags | RESUME,
            );
        }
    }

    /// Remembers what is watched, before `task` makes a step.
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

    /// Returns what a step of `task` has hit.
    pub(crate) fn look_after_step(&mut self, task: u32) -> Option<Hit> {
        self.changed_by_step(task).or_else(|| self.breakpoint_here())
    }

    /// Returns what is watched and was changed by a step of `task`.
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
        let directory = self.machine.task(task)?.directory;
        let mut bytes = [0; 4];
        let len = usize::try_from(register.len_bytes).ok()?;
        let place = Place::Linear(directory, register.address);
        match self.read(place, bytes.get_mut(..len)?) {
            (_, None) => Some(bytes),
            (_, Some(_)) => None,
        }
    }

    /// Returns whether what is `owner`'s is the business of `task`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn pieces_cover_the_range_and_can_be_registers(
            start in any::<u32>(),
            len in 1_u32..40,
        ) {
            let all: Vec<_> = pieces(VirtAddr(start), len).collect();
            let mut next = Some(start);
            let mut covered = 0;
            for (at, len) in all {
                prop_assert_eq!(Some(at.0), next);
                prop_assert!([1, 2, 4].contains(&len));
                prop_assert!(at.0.is_multiple_of(len));
                next = at.0.checked_add(len);
                covered += len;
            }
            let end_of_memory = start.checked_add(len - 1).is_none();
            prop_assert!(covered == len || end_of_memory);
        }
    }

    #[test]
    fn the_control_register_is_as_the_manual_has_it() {
        let mut hardware = Hardware::new();
        assert_eq!(hardware.control(), OFF);
        for (place, (kind, at, len_bytes)) in
            hardware.requests.iter_mut().zip([
                (Kind::Execute, 0x1001, 1),
                (Kind::Write, 0x2002, 2),
                (Kind::Access, 0x3004, 4),
            ])
        {
            let (address, owner) = (VirtAddr(at), Owner::System);
            *place = Some(Request { kind, address, len_bytes, owner });
        }
        hardware.assign();
        assert_eq!(hardware.addresses(), [0x1001, 0x2002, 0x3004, 0]);
        // LEN2 RW2, LEN1 RW1, LEN0 RW0; G2 G1 G0.
        assert_eq!(hardware.control(), 0x0F50_042A);
    }
}
