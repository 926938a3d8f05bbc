//! What the debugger has requested, as data: nothing here acts on a machine.

pub(crate) mod breakpoint_table;
pub(crate) mod conditions;
pub(crate) mod debug_registers;
pub(crate) mod plan;
