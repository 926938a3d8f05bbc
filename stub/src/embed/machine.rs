//! All capabilities together.

use super::debug_registers::DebugRegisters;
use super::memory::Memory;
use super::paging::Paging;
use super::processor::Processor;
use super::tables::Tables;
use super::tasks::Tasks;
use super::time::Time;

/// The kernel and the processor under it: a trait for each capability.
///
/// [`Memory`] and [`Processor`] are what every kernel has. The others have
/// a default for each method, and a kernel that has nothing of the kind says
/// so by an empty `impl`.
pub trait Machine:
    Memory + Processor + Paging + DebugRegisters + Tasks + Tables + Time
{
}

impl<M> Machine for M where
    M: Memory + Processor + Paging + DebugRegisters + Tasks + Tables + Time
{
}
