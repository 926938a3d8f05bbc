//! What a terminal shows: tables, memory, and the progress of a transfer.

pub mod hexdump;
pub mod progress;
pub mod table;
