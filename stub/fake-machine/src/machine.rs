//! The fake machine's implementation of the stub's capabilities, one file each.

mod debug_registers;
mod images;
mod lacks;
mod memory;
mod paging;
mod processor;
mod tables;
mod tasks;
mod time;
