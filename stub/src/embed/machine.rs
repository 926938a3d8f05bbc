//! All the capabilities as one trait.

use super::debug_registers::DebugRegisters;
use super::images::Images;
use super::memory::Memory;
use super::paging::Paging;
use super::processor::Processor;
use super::tables::Tables;
use super::tasks::Tasks;
use super::time::Time;

/// The kernel and its processor: one trait per capability. Implemented for
/// every type that has them all.
///
/// Every kernel must implement [`Memory`] and [`Processor`]. In the others
/// every method has a default, so an empty `impl` says that the kernel lacks
/// the capability.
pub trait Machine:
    Memory + Processor + Paging + DebugRegisters + Tasks + Images + Tables + Time
{
}

impl<M> Machine for M where
    M: Memory
        + Processor
        + Paging
        + DebugRegisters
        + Tasks
        + Images
        + Tables
        + Time
{
}
