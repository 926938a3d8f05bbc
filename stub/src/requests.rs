//! What the debugger has asked for and is kept until it is done or undone:
//! data, which act on no machine.

pub(crate) mod breakpoint_table;
pub(crate) mod conditions;
pub(crate) mod debug_registers;
pub(crate) mod plan;
