//! Inspects a running Stormglass kernel over its serial line.
//!
//! This is the library of the program `host-cli`. The program asks the stub
//! in the kernel questions, which the stub answers without stopping the
//! system, and prints the answers as text or as one JSON document.
//!
//! Three types to begin with:
//!
//! - [`target::Target`]: the kernel at the other end of a line, and every
//!   question that it can be asked.
//! - [`commands::Run`]: a command; its file holds the arguments, the question
//!   and the printed answer. [`commands::translate`] is a good one to read.
//! - [`client::Client`]: sends a question again until it is answered, on a
//!   line that may lose or change bytes.
//!
//! To ask a kernel from a program of one's own:
//!
//! ```no_run
//! use host_cli::client::Client;
//! use host_cli::link::{self, Address, Interrupt};
//! use host_cli::target::Target;
//! use std::time::Duration;
//! use wire::rows::{Process, Table};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let address: Address = "unix:/tmp/line".parse()?;
//! let (timeout, interrupt) = (Duration::from_secs(5), Interrupt::listen());
//! let line = link::open(&address, timeout, &interrupt)?;
//! let client = Client::new(line, address.baud(), timeout, interrupt);
//! let rows = Target::new(client).rows(Table::Processes, 0)?;
//! for process in rows.decode::<Process<'_>>()? {
//!     println!("{} {}", process.id, process.name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The other modules, from the command line down to the serial line:
//! [`program`] runs one command line, [`context`] and [`arguments`] are what a
//! command is given, [`output`] and [`failure`] are the JSON document and the
//! exit codes, [`symbols`], [`numbers`] and [`terminal`] are what people read
//! and write, and [`link`] opens serial ports, ptys and sockets. What crosses
//! the line is defined in the crate [`wire`].
#![forbid(unsafe_code)]

pub mod arguments;
pub mod client;
pub mod commands;
pub mod context;
pub mod failure;
pub mod link;
pub mod naming;
pub mod numbers;
pub mod output;
pub mod program;
pub mod rsp;
pub mod symbols;
pub mod target;
pub mod terminal;

pub use program::run;
