//! i386 as gdbstub needs it, from the one register table in [`wire::i386`].

use crate::embed::GeneralRegisters;
use core::num::NonZeroUsize;
use gdbstub::arch;
use gdbstub_arch::x86::reg::id::X86CoreRegId;
use wire::i386;
use wire::i386::general::{EBP, EIP, ESP};
use wire::x87::{self, Image};

/// How many bytes of a `g` come before those of the x87 registers.
const GENERAL_BYTES: usize = 4 * i386::GENERAL.len();

/// The index of `fstat` in [`i386::FLOAT`].
const FSTAT: usize = 9;

/// 32-bit x86, with control and debug registers.
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
    /// The values of [`i386::FLOAT`].
    pub(crate) x87: Option<Image>,
}

/// Returns one of [`i386::FLOAT`].
///
/// `fstat` is always there: gdb from 15 on looks at it for most of its views of
/// registers, and would show nothing else.
pub(crate) fn x87_register(
    image: Option<&Image>,
    index: usize,
) -> Option<x87::Value> {
    match image {
        Some(image) => image.get(index),
        None if index == FSTAT => x87::INITIAL.get(index),
        None => None,
    }
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
        for (index, register) in i386::FLOAT.iter().enumerate() {
            let value = x87_register(self.x87.as_ref(), index);
            let bytes = value.as_ref().map(x87::Value::bytes);
            for at in 0..(register.bits() / 8) as usize {
                write_byte(bytes.and_then(|bytes| bytes.get(at).copied()));
            }
        }
    }

    fn gdb_deserialize(&mut self, bytes: &[u8]) -> Result<(), ()> {
        let mut words = bytes.as_chunks().0.iter();
        for value in &mut self.general {
            *value = u32::from_le_bytes(*words.next().ok_or(())?);
        }
        let mut rest = bytes.get(GENERAL_BYTES..).unwrap_or(&[]);
        let mut image = x87::INITIAL;
        for (index, register) in i386::FLOAT.iter().enumerate() {
            let len_bytes = (register.bits() / 8) as usize;
            let (value, more) = rest.split_at_checked(len_bytes).ok_or(())?;
            image.set(index, value).then_some(()).ok_or(())?;
            rest = more;
        }
        self.x87 = Some(image);
        Ok(())
    }
}

/// A register by gdb's number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RegisterId {
    /// An index into [`i386::GENERAL`].
    General(usize),
    /// An index into [`i386::FLOAT`].
    Float(usize),
    /// An index into [`i386::SSE`].
    Sse(usize),
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
        if let Some(index) = id.checked_sub(i386::SSE_FIRST) {
            let bytes = (i386::SSE.get(index)?.bits() / 8) as usize;
            return Some((Self::Sse(index), NonZeroUsize::new(bytes)));
        }
        let float = id.checked_sub(i386::GENERAL.len());
        let register = match float {
            None => Self::General(id),
            Some(index) => {
                i386::FLOAT.get(index)?;
                Self::Float(index)
            }
        };
        let (_, size) = X86CoreRegId::from_raw_id(id)?;
        Some((register, size))
    }

    fn to_raw_id(&self) -> Option<usize> {
        match *self {
            Self::General(id) => Some(id),
            Self::Float(index) => index.checked_add(i386::GENERAL.len()),
            Self::Sse(index) => index.checked_add(i386::SSE_FIRST),
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
        let sse = (i386::SSE_FIRST..).zip(&i386::SSE);
        let apart = sse.chain(system).chain(task);
        for (number, register) in (0..).zip(all).chain(apart) {
            let (id, size) = RegisterId::from_raw_id(number)
                .unwrap_or_else(|| panic!("{}", register.name));
            assert_eq!(id.to_raw_id(), Some(number));
            let bits = size.map(|bytes| bytes.get() as u32 * 8);
            assert_eq!(bits, Some(register.bits()), "{}", register.name);
        }
        for number in [53, 54, usize::MAX] {
            assert_eq!(RegisterId::from_raw_id(number), None);
        }
    }

    #[test]
    fn a_short_register_file_is_refused() {
        let mut registers = Registers::default();
        let bytes = [1; 176];
        for len_bytes in [0, 63, 64, 175] {
            let short = &bytes[..len_bytes];
            assert_eq!(registers.gdb_deserialize(short), Err(()));
        }
        assert_eq!(registers.gdb_deserialize(&bytes), Ok(()));
        assert_eq!(registers.pc(), 0x0101_0101);
    }

    #[test]
    fn without_x87_only_fstat_is_there() {
        assert_eq!(i386::FLOAT[FSTAT].name, "fstat");
        let (mut there, mut count) = ([false; 176], 0);
        Registers::default().gdb_serialize(|byte| {
            there[count] = byte.is_some();
            count += 1;
        });
        assert_eq!(count, there.len());
        let fstat = 64 + 80 + 4..64 + 80 + 8;
        for (at, is_there) in there.into_iter().enumerate() {
            assert_eq!(is_there, at < 64 || fstat.contains(&at), "{at}");
        }
    }
}
