//! What an embedding kernel implements: its machine and its serial line.
//!
//! The machine is one trait per capability. Every kernel must implement
//! [`Memory`] and [`Processor`]. The others have default methods: a kernel
//! overrides what it supports, and an empty `impl` says that it lacks the
//! capability.
//!
//! The stub calls these methods with interrupts off, on the stack and in the
//! address space in which the kernel called the stub, and the kernel may be in
//! any state. So an implementation takes no lock, allocates nothing, follows no
//! pointer that it has not checked, and does not panic.

mod debug_registers;
mod images;
mod machine;
mod memory;
mod paging;
mod policy;
mod processor;
mod rows;
mod serial_line;
mod stops;
mod tables;
mod tasks;
mod time;

pub use debug_registers::DebugRegisters;
pub use images::Images;
pub use machine::Machine;
pub use memory::{Memory, NoMemory};
pub use paging::Paging;
pub use policy::{Access, OnLoss};
pub use processor::{GeneralRegisters, Processor, SystemRegisters};
pub(crate) use rows::{Group, TextRows};
pub use rows::{NoRows, RowSink};
pub use serial_line::{Port, Received, SerialLine};
pub use stops::{HitAction, Resume, Stop};
pub use tables::{Facts, Tables};
pub use tasks::{Task, Tasks};
pub use time::Time;
