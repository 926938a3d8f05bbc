//! What an embedding kernel implements: its machine, and its line.
//!
//! The machine is a trait for each capability. [`Memory`] and [`Processor`]
//! every kernel has. For each of the others a kernel implements what it has,
//! or says by an empty `impl` that it has nothing of the kind.
//!
//! The stub calls these with interrupts off, from a stack and an address
//! space of its own, at moments when the kernel may be in any state. So an
//! implementation takes no lock, allocates nothing, follows no pointer that
//! it has not checked, and does not panic.

mod debug_registers;
mod line;
mod machine;
mod memory;
mod paging;
mod policy;
mod processor;
mod rows;
mod stops;
mod tables;
mod tasks;
mod time;

pub use debug_registers::DebugRegisters;
pub use line::{Line, Port, Received};
pub use machine::Machine;
pub use memory::{Memory, NoMemory};
pub use paging::Paging;
pub use policy::{Access, OnLoss};
pub use processor::{GeneralRegisters, Processor, SystemRegisters};
pub(crate) use rows::{Group, TextRows};
pub use rows::{NoRows, RowSink};
pub use stops::{HitAction, Resume, Stop};
pub use tables::{Facts, Tables};
pub use tasks::{Task, Tasks};
pub use time::Time;
