//! What an instruction works on: registers and memory.

use crate::embed::GeneralRegisters;

/// Memory as the instruction's task sees it, with the access rights of its
/// ring.
pub(crate) trait Memory {
    /// Returns the word at `address`; none if the processor would fault.
    fn load(&mut self, address: u32) -> Option<u32>;

    /// Writes the word at `address`; none if the processor would fault.
    fn store(&mut self, address: u32, value: u32) -> Option<()>;
}

/// A task's registers, and which of them an instruction may have changed.
pub(crate) struct Registers<'r> {
    values: &'r mut GeneralRegisters,
    changed: u32,
}

impl<'r> Registers<'r> {
    /// Returns the task's registers, none of them changed.
    pub(crate) const fn of(values: &'r mut GeneralRegisters) -> Self {
        Self { values, changed: 0 }
    }

    /// Returns the registers that may have changed, with their indexes.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (usize, u32)> {
        let mut left = self.changed;
        core::iter::from_fn(move || {
            // If none is left this is 32, and no register has that index.
            let index = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            Some((index, *self.values.get(index)?))
        })
    }

    /// Returns a register.
    pub(super) fn get(&self, index: usize) -> Option<u32> {
        self.values.get(index).copied()
    }

    /// Changes a register.
    pub(super) fn set(&mut self, index: usize, value: u32) -> Option<()> {
        self.changed |= 1_u32.wrapping_shl(index as u32);
        *self.values.get_mut(index)? = value;
        Some(())
    }
}
