//! The machine as gdbstub asks about it: threads, registers, memory.

use crate::arch::{I386, RegisterId, Registers};
use crate::breakpoints::Breakpoints;
use crate::embed::Machine;
use crate::hardware::{Hardware, Hit};
use crate::memory::Place;
use crate::pass::Pass;
use crate::resume::Plan;
use core::fmt;
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::single_register_access::{
    SingleRegisterAccess, SingleRegisterAccessOps,
};
use gdbstub::target::ext::base::singlethread::SingleThreadBase;
use gdbstub::target::{Target, TargetError, TargetResult};
use layout::{PhysAddr, VirtAddr};

/// The machine, and what the debugger has done to it.
#[derive(Debug)]
pub(crate) struct Debuggee<M> {
    /// The kernel's side.
    pub(crate) machine: M,
    /// What is planted in memory.
    pub(crate) breakpoints: Breakpoints,
    /// What is in the debug registers.
    pub(crate) hardware: Hardware,
    /// What the last `vCont` packet asked for.
    pub(crate) plan: Plan,
    /// The task whose registers and memory are asked for; none for the
    /// current one.
    pub(crate) selected: Option<u32>,
    /// Whether pages that their owner may only read are the debugger's to
    /// read only, too.
    pub(crate) protects: bool,
    /// Why the packet at hand is refused, if it is.
    pub(crate) refused: Option<Refused>,
    /// Why one was refused last.
    pub(crate) refused_last: Option<Refused>,
    /// A step over an int3 of which the debugger knows nothing.
    pub(crate) pass: Option<Pass>,
    /// A task, and the int3 that it is to step over once more.
    pub(crate) passed: Option<(u32, VirtAddr)>,
    /// What is watched and was written by an instruction under an int3.
    pub(crate) written: Option<Hit>,
}

impl<M> Debuggee<M> {
    /// Returns `machine`, as yet untouched.
    pub(crate) const fn new(machine: M) -> Self {
        Self {
            machine,
            breakpoints: Breakpoints::new(),
            hardware: Hardware::new(),
            plan: Plan::new(),
            selected: None,
            protects: true,
            refused: None,
            refused_last: None,
            pass: None,
            passed: None,
            written: None,
        }
    }
}

impl<M: Machine> Debuggee<M> {
    /// Returns the id of the task that is asked about.
    #[inline(never)]
    pub(crate) fn selected_task(&mut self) -> u32 {
        match self.selected {
            Some(task) => task,
            None => self.machine.current_task(),
        }
    }

    /// Returns the general register of `task` that stands at `index`.
    #[inline(never)]
    pub(crate) fn general(&mut self, task: u32, index: usize) -> Option<u32> {
        let all = self.machine.general_registers(task);
        all.and_then(|all| all.get(index).copied())
    }

    /// Returns the lowest id above `id` that a task has.
    pub(crate) fn task_after(&mut self, id: u32) -> Option<u32> {
        // A machine that goes round would hold the stub for ever.
        self.machine.task_after(id).filter(|next| *next > id)
    }

    /// Remembers why something is refused, which gdbstub tells by a number
    /// only.
    pub(crate) fn refuse(&mut self, refused: Refused) -> TargetError<Refused> {
        self.refused = Some(refused);
        TargetError::Errno(refused.code())
    }

    /// Returns what the task `id` has in `register`; none if it is not
    /// available.
    #[inline(never)]
    pub(crate) fn value_of(
        &mut self,
        id: u32,
        register: RegisterId,
    ) -> Option<u32> {
        match register {
            RegisterId::Float(_) => None,
            RegisterId::General(index) => self.general(id, index),
            RegisterId::System(index) => {
                let all = self.machine.system_registers(id);
                all.and_then(|all| all.get(index).copied())
            }
            RegisterId::Task(index) => {
                let task = self.machine.task(id);
                task.and_then(|task| task.ids().get(index).copied())
            }
        }
    }

    fn directory(&mut self) -> Result<PhysAddr, Refused> {
        let id = self.selected_task();
        let task = self.machine.task(id).ok_or(Refused::NoTask)?;
        Ok(task.directory)
    }
}

/// What cannot be done, by the number that gdb is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// EPERM: the stub itself runs there.
    StubCode,
    /// EPERM: interrupts write there, whoever runs.
    Unwatchable,
    /// ESRCH: there is no such task.
    NoTask,
    /// EFAULT: there is no memory.
    NoMemory,
    /// EBUSY: this task is where it cannot be stepped or changed.
    CannotStep,
    /// EAGAIN: this task waits for something, and would be alone.
    Blocked,
    /// EINVAL: it makes no sense.
    Invalid,
    /// ENOSPC: too many.
    Full,
    /// EOPNOTSUPP: it makes sense, but is not offered.
    Unsupported,
    /// EROFS: the page may only be read.
    ReadOnly,
    /// EFBIG: it takes longer than a debugger waits.
    TooMuch,
}

impl Refused {
    /// Returns the number after `E`.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::StubCode | Self::Unwatchable => 1,
            Self::NoTask => 3,
            Self::Blocked => 11,
            Self::NoMemory => 14,
            Self::CannotStep => 16,
            Self::Invalid => 22,
            Self::Full => 28,
            Self::Unsupported => 95,
            Self::ReadOnly => 30,
            Self::TooMuch => 27,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StubCode => "the stub itself runs there",
            Self::Unwatchable => "interrupts themselves write there",
            Self::NoTask => "no such task",
            Self::NoMemory => "no memory there",
            Self::CannotStep => "this task cannot be stepped or changed now",
            Self::Blocked => {
                "this task waits for something, and nobody else may run"
            }
            Self::Invalid => "a packet that makes no sense",
            Self::Full => "no room for more",
            Self::Unsupported => "not offered",
            Self::TooMuch => "it would take too long: ask for less",
            Self::ReadOnly => {
                "the page is read-only; `monitor write-protect off` permits it"
            }
        })
    }
}

impl core::error::Error for Refused {}

impl From<Refused> for TargetError<Refused> {
    fn from(refused: Refused) -> Self {
        Self::Errno(refused.code())
    }
}

impl<M: Machine> Target for Debuggee<M> {
    type Arch = I386;
    type Error = Refused;

    fn base_ops(&mut self) -> BaseOps<'_, I386, Refused> {
        BaseOps::SingleThread(self)
    }

    /// Without acknowledgements a byte lost on a UART is lost for good.
    fn use_no_ack_mode(&self) -> bool {
        false
    }

    /// [`crate::reply::Reply`] does that for all replies.
    fn use_rle(&self) -> bool {
        false
    }

    /// Those that are set by [`crate::client`] never show in memory.
    fn guard_rail_implicit_sw_breakpoints(&self) -> bool {
        true
    }

    /// [`Debuggee::go_on`] does it all.
    fn use_resume_stub(&self) -> bool {
        false
    }

    fn use_fork_stop_reason(&self) -> bool {
        false
    }

    fn use_vfork_stop_reason(&self) -> bool {
        false
    }

    fn use_vforkdone_stop_reason(&self) -> bool {
        false
    }
}

/// To gdbstub there is one thread: the task that is asked about. What is of
/// several threads is [`crate::client`]'s.
impl<M: Machine> SingleThreadBase for Debuggee<M> {
    fn read_registers(
        &mut self,
        registers: &mut Registers,
    ) -> TargetResult<(), Self> {
        let id = self.selected_task();
        let found = self.machine.general_registers(id);
        registers.general = found.ok_or(Refused::NoTask)?;
        Ok(())
    }

    fn write_registers(
        &mut self,
        registers: &Registers,
    ) -> TargetResult<(), Self> {
        let id = self.selected_task();
        let old = self.machine.general_registers(id);
        let old = old.ok_or(Refused::NoTask)?;
        let both = old.iter().zip(&registers.general);
        for (index, (old, &new)) in both.enumerate() {
            if *old != new && !self.machine.set_general_register(id, index, new)
            {
                return Err(self.refuse(Refused::CannotStep));
            }
        }
        Ok(())
    }

    fn support_single_register_access(
        &mut self,
    ) -> Option<SingleRegisterAccessOps<'_, (), Self>> {
        Some(self)
    }

    fn read_addrs(
        &mut self,
        start: u32,
        data: &mut [u8],
    ) -> TargetResult<usize, Self> {
        let place = Place::Linear(self.directory()?, VirtAddr(start));
        // 0 would be an empty reply, which means "no such packet".
        match self.read(place, data) {
            (0, Some(_)) => Err(self.refuse(Refused::NoMemory)),
            (count, _) => Ok(count),
        }
    }

    fn write_addrs(
        &mut self,
        start: u32,
        data: &[u8],
    ) -> TargetResult<(), Self> {
        let place = Place::Linear(self.directory()?, VirtAddr(start));
        self.write(place, data).map_err(|missing| self.refuse(missing.into()))
    }
}

impl<M: Machine> SingleRegisterAccess<()> for Debuggee<M> {
    fn read_register(
        &mut self,
        _: (),
        register: RegisterId,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        // 0 bytes: not available.
        if let RegisterId::Float(_) = register {
            return Ok(0);
        }
        let id = self.selected_task();
        let value = self.value_of(id, register);
        let bytes = value.ok_or(Refused::NoTask)?.to_le_bytes();
        let place = buffer.get_mut(..bytes.len()).ok_or(Refused::Invalid)?;
        place.copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn write_register(
        &mut self,
        _: (),
        register: RegisterId,
        value: &[u8],
    ) -> TargetResult<(), Self> {
        let id = self.selected_task();
        let value = value.try_into().ok().map(u32::from_le_bytes);
        let RegisterId::General(index) = register else {
            // After a call gdb puts back all that it has saved.
            if value.is_some() && self.value_of(id, register) == value {
                return Ok(());
            }
            return Err(self.refuse(Refused::Unsupported));
        };
        let value = value.ok_or(Refused::Invalid)?;
        if self.machine.set_general_register(id, index, value) {
            Ok(())
        } else {
            Err(self.refuse(Refused::CannotStep))
        }
    }
}
