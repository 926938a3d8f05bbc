//! i386 as gdbstub needs it, from the one register table in [`wire::i386`].

use crate::embed::GeneralRegisters;
use core::num::NonZeroUsize;
use gdbstub::arch;
use gdbstub_arch::x86::reg::id::X86CoreRegId;
use wire::i386;
use wire::i386::general::{EBP, EIP, ESP};

/// 32-bit x86 without SSE, and with control and debug registers.
pub(crate) enum I386 {}

impl arch::Arch for I386 {
    type Usize = u32;
    type Registers = Registers;
    type BreakpointKind = usize;
    type RegId = RegisterId;
}

/// The registers of a `g` packet.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Registers {
    /// The values of [`i386::GENERAL`].
    pub(crate) general: GeneralRegisters,
    /// Whether those that point to the stack are not available.
    pub(crate) hides_stack: bool,
}

/// Returns whether this one of [`i386::GENERAL`] points to the stack.
pub(crate) const fn is_stack(index: usize) -> bool {
    matches!(index, ESP | EBP)
}

impl arch::Registers for Registers {
    type ProgramCounter = u32;

    fn pc(&self) -> u32 {
        self.general.get(EIP).copied().unwrap_or(0)
    }

    fn gdb_serialize(&self, mut write_byte: impl FnMut(Option<u8>)) {
        for (index, value) in self.general.iter().enumerate() {
            let is_hidden = self.hides_stack && is_stack(index);
            for byte in value.to_le_bytes() {
                write_byte((!is_hidden).then_some(byte));
            }
        }
        // gdb requires x87 registers, but this target does not save them.
        for register in &i386::FLOAT {
            (0..register.bits() / 8).for_each(|_| write_byte(None));
        }
    }

    fn gdb_deserialize(&mut self, bytes: &[u8]) -> Result<(), ()> {
        let mut words = bytes.as_chunks().0.iter();
        for value in &mut self.general {
            *value = u32::from_le_bytes(*words.next().ok_or(())?);
        }
        Ok(())
    }
}

/// A register by gdb's number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RegisterId {
    /// An index into [`i386::GENERAL`].
    General(usize),
    /// An x87 register, by gdb's number.
    Float(usize),
    /// An index into [`i386::SYSTEM`].
    System(usize),
    /// An index into [`i386::TASK`].
    Task(usize),
}

impl arch::RegId for RegisterId {
    fn from_raw_id(id: usize) -> Option<(Self, Option<NonZeroUsize>)> {
        if let Some(index) = id.checked_sub(i386::TASK_FIRST) {
            i386::TASK.get(index)?;
            return Some((Self::Task(index), NonZeroUsize::new(4)));
        }
        if let Some(index) = id.checked_sub(i386::SYSTEM_FIRST) {
            i386::SYSTEM.get(index)?;
            return Some((Self::System(index), NonZeroUsize::new(4)));
        }
        let float = id.checked_sub(i386::GENERAL.len());
        let register = match float {
            None => Self::General(id),
            Some(index) => {
                i386::FLOAT.get(index)?;
                Self::Float(id)
            }
        };
        let (_, size) = X86CoreRegId::from_raw_id(id)?;
        Some((register, size))
    }

    fn to_raw_id(&self) -> Option<usize> {
        match *self {
            Self::General(id) | Self::Float(id) => Some(id),
            Self::System(index) => index.checked_add(i386::SYSTEM_FIRST),
            Self::Task(index) => index.checked_add(i386::TASK_FIRST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arch::{RegId, Registers as _};

    #[test]
    fn every_register_of_the_table_has_its_size_and_number() {
        let all = i386::GENERAL.iter().chain(&i386::FLOAT);
        let system = (i386::SYSTEM_FIRST..).zip(&i386::SYSTEM);
        let task = (i386::TASK_FIRST..).zip(&i386::TASK);
        let apart = system.chain(task);
        for (number, register) in (0..).zip(all).chain(apart) {
            let (id, size) = RegisterId::from_raw_id(number)
                .unwrap_or_else(|| panic!("{}", register.name));
            assert_eq!(id.to_raw_id(), Some(number));
            let bits = size.map(|bytes| bytes.get() as u32 * 8);
            assert_eq!(bits, Some(register.bits()), "{}", register.name);
        }
        for number in (32..41).chain([53, 54, usize::MAX]) {
            assert_eq!(RegisterId::from_raw_id(number), None);
        }
    }

    #[test]
    fn a_short_register_file_is_refused() {
        let mut registers = Registers::default();
        assert_eq!(registers.gdb_deserialize(&[1; 63]), Err(()));
        assert_eq!(registers.gdb_deserialize(&[1; 64]), Ok(()));
        assert_eq!(registers.pc(), 0x0101_0101);
    }
}
