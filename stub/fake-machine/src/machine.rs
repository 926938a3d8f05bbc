//! The fake machine as the stub asks for it: a file for each capability.

mod debug_registers;
mod lacks;
mod memory;
mod paging;
mod processor;
mod tables;
mod tasks;
mod time;
