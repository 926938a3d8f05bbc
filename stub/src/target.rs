//! The machine being debugged: its tasks, registers and memory, and what the
//! debugger does to them.

mod binding;
mod breakpoints;
mod debuggee;
mod hardware;
mod images;
mod location;
mod memory;
mod resume;
pub(crate) mod scan;
mod step_over;
mod stop;

pub(crate) use binding::Whose;
pub(crate) use debuggee::Debuggee;
pub(crate) use location::{AddressSpace, Missing, Place, row_of};
pub(crate) use stop::{Stopped, signal};
