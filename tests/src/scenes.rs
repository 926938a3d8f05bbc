//! What many tests begin or end with, and what must hold for a machine
//! whatever was done to it.

pub mod consistency;
mod demo;
pub mod instructions;
pub mod moment;
pub mod outside;
pub mod page;
pub mod session;
pub mod text;
pub mod ticks;
pub mod transcript;

pub use demo::{
    attached, by_host_cli, directory_in_record, goes_on, goes_on_alone,
    in_a_program, in_a_system_call, unused_stack,
};
