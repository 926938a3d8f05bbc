//! The machine as gdbstub asks about it: threads, registers, memory.

use crate::embed::Machine;
use crate::protocol::{I386, Refused, RegisterId, Registers};
use crate::target::{AddressSpace, Debuggee};
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::single_register_access::{
    SingleRegisterAccess, SingleRegisterAccessOps,
};
use gdbstub::target::ext::base::singlethread::SingleThreadBase;
use gdbstub::target::{Target, TargetError, TargetResult};
use layout::VirtAddr;

/// Fatal to gdbstub, which would tell a debugger the number only. It ends with
/// its packet anyway, and returns the reason to [`super::Engine`].
impl From<Refused> for TargetError<Refused> {
    fn from(refused: Refused) -> Self {
        Self::Fatal(refused)
    }
}

impl<M: Machine> Debuggee<M> {
    fn selected_space(&mut self) -> Result<AddressSpace, Refused> {
        let id = self.selected_task();
        self.space(id).ok_or(Refused::NoTask)
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

    /// [`crate::link::Reply`] does that for all replies.
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
                return Err(Refused::CannotStep.into());
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
        let place = self.selected_space()?.at(VirtAddr(start));
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
    ) -> TargetResult<(), Self> {
        let place = self.selected_space()?.at(VirtAddr(start));
        self.write(place, data).map_err(|missing| Refused::from(missing).into())
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
            return Err(Refused::Unsupported.into());
        };
        let value = value.ok_or(Refused::Invalid)?;
        if self.machine.set_general_register(id, index, value) {
            Ok(())
        } else {
            Err(Refused::CannotStep.into())
        }
    }
}
