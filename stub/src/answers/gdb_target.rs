//! The machine as gdbstub's target: threads, registers, memory, breakpoints,
//! and how to resume.
//!
//! gdbstub names the thread that its state machine remembers from `H`. Ours
//! lives for one packet only, so [`Debuggee::selected_task`] is used instead.
//!
//! gdbstub would reduce the reason of a refusal to a number. So it is passed as
//! a fatal error of the target, which comes back unchanged.

mod breakpoints;
mod resume;

use crate::embed::Machine;
use crate::protocol::{
    I386, Refused, RegisterId, Registers, is_stack, x87_register,
};
use crate::storage::Text;
use crate::target::Debuggee;
use gdbstub::common::Tid;
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::multithread::{
    MultiThreadBase, MultiThreadResumeOps,
};
use gdbstub::target::ext::base::single_register_access::{
    SingleRegisterAccess, SingleRegisterAccessOps,
};
use gdbstub::target::ext::breakpoints::BreakpointsOps;
use gdbstub::target::ext::thread_extra_info::{
    ThreadExtraInfo, ThreadExtraInfoOps,
};
use gdbstub::target::{Target, TargetError, TargetResult};
use layout::VirtAddr;
use wire::x87::{Image, Value};

/// The longest description of a task that fits in gdb's line, in bytes.
const DESCRIPTION_BYTES: usize = 120;

impl From<Refused> for TargetError<Refused> {
    fn from(refused: Refused) -> Self {
        Self::Fatal(refused)
    }
}

impl<M: Machine> Debuggee<M> {
    /// Returns the id of the task that gdbstub calls `tid`.
    fn named(&mut self, tid: Tid) -> Result<u32, Refused> {
        let id = u32::try_from(tid.get()).ok();
        let task = id.and_then(|id| self.machine.task(id));
        task.map(|task| task.id).ok_or(Refused::NoTask)
    }

    /// Sets a task's x87 registers if they are there and have other values.
    fn set_x87(&mut self, id: u32, new: Option<Image>) -> Result<(), Refused> {
        let old = self.machine.x87_registers(id);
        let (Some(old), Some(new)) = (old, new) else { return Ok(()) };
        if old == new || self.machine.set_x87_registers(id, &new) {
            return Ok(());
        }
        Err(Refused::CannotStep)
    }

    /// Checks that `register` is not one that is hidden.
    fn check_stack(
        &self,
        task: u32,
        register: RegisterId,
    ) -> Result<(), Refused> {
        match register {
            RegisterId::General(index)
                if is_stack(index) && self.is_stack_hidden(task) =>
            {
                Err(Refused::OtherTask)
            }
            _ => Ok(()),
        }
    }
}

impl<M: Machine> Target for Debuggee<M> {
    type Arch = I386;
    type Error = Refused;

    fn base_ops(&mut self) -> BaseOps<'_, I386, Refused> {
        BaseOps::MultiThread(self)
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    /// Without acknowledgements, a byte lost on a UART could not be recovered.
    fn use_no_ack_mode(&self) -> bool {
        false
    }

    /// [`crate::link::Reply`] does that for all replies.
    fn use_rle(&self) -> bool {
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

impl<M: Machine> MultiThreadBase for Debuggee<M> {
    fn read_registers(
        &mut self,
        registers: &mut Registers,
        _: Tid,
    ) -> TargetResult<(), Self> {
        let id = self.selected_task();
        let found = self.machine.general_registers(id);
        registers.general = found.ok_or(Refused::NoTask)?;
        registers.hides_stack = self.is_stack_hidden(id);
        registers.x87 = self.machine.x87_registers(id);
        Ok(())
    }

    fn write_registers(
        &mut self,
        registers: &Registers,
        _: Tid,
    ) -> TargetResult<(), Self> {
        let id = self.selected_task();
        let old = self.machine.general_registers(id);
        let old = old.ok_or(Refused::NoTask)?;
        let is_hidden = self.is_stack_hidden(id);
        let both = old.iter().zip(&registers.general).enumerate();
        let changed = both.filter(|(index, (old, new))| {
            old != new && !(is_hidden && is_stack(*index))
        });
        let refused = changed.clone().find_map(|(index, (_, new))| {
            let set = self.set_general(id, index, *new);
            set.err().map(|refused| (index, refused))
        });
        let (end, refused) = match refused {
            Some(refused) => refused,
            None => match self.set_x87(id, registers.x87) {
                Ok(()) => return Ok(()),
                Err(refused) => (old.len(), refused),
            },
        };
        // All or nothing.
        for (index, (old, _)) in changed.take_while(|(index, _)| *index < end) {
            // It had this value, so it can have it again.
            let _ = self.set_general(id, index, *old);
        }
        Err(refused.into())
    }

    fn support_single_register_access(
        &mut self,
    ) -> Option<SingleRegisterAccessOps<'_, Tid, Self>> {
        Some(self)
    }

    fn read_addrs(
        &mut self,
        start: u32,
        data: &mut [u8],
        _: Tid,
    ) -> TargetResult<usize, Self> {
        let place = self.memory_space()?.at(VirtAddr(start));
        // 0 would be an empty reply, which means "no such packet".
        match self.read(place, data) {
            (0, Some(_)) => Err(Refused::NoMemory.into()),
            (count, _) => Ok(count),
        }
    }

    fn write_addrs(
        &mut self,
        start: u32,
        data: &[u8],
        _: Tid,
    ) -> TargetResult<(), Self> {
        let place = self.memory_space()?.at(VirtAddr(start));
        let written = self.write(place, data);
        written.map_err(|missing| Refused::from(missing).into())
    }

    /// No packet that gets here needs it. gdb would number the tasks
    /// differently: see `client::tasks`.
    fn list_active_threads(
        &mut self,
        _: &mut dyn FnMut(Tid),
    ) -> Result<(), Refused> {
        Err(Refused::Unsupported)
    }

    /// Never returns false: gdbstub would turn that into a number.
    fn is_thread_alive(&mut self, tid: Tid) -> Result<bool, Refused> {
        self.named(tid).map(|_| true)
    }

    fn support_resume(&mut self) -> Option<MultiThreadResumeOps<'_, Self>> {
        Some(self)
    }

    fn support_thread_extra_info(
        &mut self,
    ) -> Option<ThreadExtraInfoOps<'_, Self>> {
        Some(self)
    }
}

impl<M: Machine> SingleRegisterAccess<Tid> for Debuggee<M> {
    fn read_register(
        &mut self,
        _: Tid,
        register: RegisterId,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        let id = self.selected_task();
        if let RegisterId::Sse(index) = register {
            // 0 bytes: not available.
            let Some(image) = self.machine.sse_registers(id) else {
                return Ok(0);
            };
            let len = image.with(index, |bytes| {
                let place = buffer.get_mut(..bytes.len())?;
                place.copy_from_slice(bytes);
                Some(bytes.len())
            });
            return Ok(len.flatten().ok_or(Refused::Invalid)?);
        }
        if let RegisterId::Float(index) = register {
            let image = self.machine.x87_registers(id);
            // 0 bytes: not available.
            let value = x87_register(image.as_ref(), index);
            let bytes = value.as_ref().map_or(&[][..], Value::bytes);
            let place = buffer.get_mut(..bytes.len());
            place.ok_or(Refused::Invalid)?.copy_from_slice(bytes);
            return Ok(bytes.len());
        }
        self.check_stack(id, register)?;
        let value = self.value_of(id, register);
        let bytes = value.ok_or(Refused::NoTask)?.to_le_bytes();
        let place = buffer.get_mut(..bytes.len()).ok_or(Refused::Invalid)?;
        place.copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn write_register(
        &mut self,
        _: Tid,
        register: RegisterId,
        value: &[u8],
    ) -> TargetResult<(), Self> {
        let id = self.selected_task();
        self.check_stack(id, register)?;
        if let RegisterId::Sse(index) = register {
            let old = self.machine.sse_registers(id);
            let mut new = old.ok_or(Refused::Unsupported)?;
            if !new.set(index, value) {
                return Err(Refused::Invalid.into());
            }
            if old == Some(new) || self.machine.set_sse_registers(id, &new) {
                return Ok(());
            }
            return Err(Refused::CannotStep.into());
        }
        if let RegisterId::Float(index) = register {
            let image = self.machine.x87_registers(id);
            let old = x87_register(image.as_ref(), index);
            if old.is_some_and(|old| old.bytes() == value) {
                return Ok(());
            }
            let mut image = image.ok_or(Refused::Unsupported)?;
            if !image.set(index, value) {
                return Err(Refused::Invalid.into());
            }
            return Ok(self.set_x87(id, Some(image))?);
        }
        let value = value.try_into().ok().map(u32::from_le_bytes);
        let RegisterId::General(index) = register else {
            // After a call, gdb restores every register that it saved.
            if value.is_some() && self.value_of(id, register) == value {
                return Ok(());
            }
            return Err(Refused::Unsupported.into());
        };
        Ok(self.set_general(id, index, value.ok_or(Refused::Invalid)?)?)
    }
}

impl<M: Machine> ThreadExtraInfo for Debuggee<M> {
    fn thread_extra_info(
        &self,
        tid: Tid,
        buffer: &mut [u8],
    ) -> Result<usize, Refused> {
        let id = u32::try_from(tid.get()).map_err(|_| Refused::NoTask)?;
        let mut line = Text::<DESCRIPTION_BYTES>::new();
        // What is too long is cut off.
        let _ = self.machine.describe_task(id, &mut line);
        let line = line.as_bytes();
        let place = buffer.get_mut(..line.len()).ok_or(Refused::Full)?;
        place.copy_from_slice(line);
        Ok(line.len())
    }
}
