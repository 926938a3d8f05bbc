//! What a terminal shows: tables, memory, and how far a transfer has come.

pub mod hexdump;
pub mod progress;
pub mod table;
