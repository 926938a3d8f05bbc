//! `checksum`: a CRC-32 of memory, computed by the target.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/checksum.txt")]
#![doc = "```"]

use super::run::Run;
use crate::arguments::{AddressArg, MemoryArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use layout::VirtAddr;
use serde::Serialize;
use std::fmt;

const EXAMPLE: &str = concat!(
    "The CRC is that of gdb's compare-sections: polynomial 0x04c11db7, most \
     significant bit first, initial value 0xffffffff.\n\nExample:\n\n",
    include_str!("../../tests/golden/checksum.txt")
);

/// A CRC-32 of memory, computed by the target
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {
    /// The first address: a number, or a symbol of an image
    #[arg(value_name = "ADDR")]
    address: AddressArg,
    /// How many bytes
    #[arg(value_name = "LEN", value_parser = crate::numbers::number)]
    len: u32,
    #[command(flatten)]
    memory: MemoryArgs,
}

#[derive(Serialize)]
struct Computed {
    checksum: Checksum,
}

#[derive(Serialize)]
struct Checksum {
    address: VirtAddr,
    bytes: u32,
    crc32: VirtAddr,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["checksum"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let address = context.range(&self.address, self.len)?;
        let space = self.memory.space();
        let answer = context.target()?.checksum(space, address, self.len)?;
        let checksum = Checksum {
            address: VirtAddr(address),
            bytes: self.len,
            // It prints like an address: eight digits after 0x.
            crc32: VirtAddr(answer.value),
        };
        Ok(Outcome::answered(context.form(), &Computed { checksum }))
    }
}

impl Report for Computed {
    fn text(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let Checksum { address, bytes, crc32 } = self.checksum;
        writeln!(out, "{address}, {bytes} bytes: CRC-32 {crc32}")
    }
}
