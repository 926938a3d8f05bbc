//! `checksum`: a CRC-32 of memory, computed by the target.
#![doc = manual!("checksum")]

use super::run::Run;
use crate::arguments::{AddressArg, MemoryArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use layout::VirtAddr;
use serde_json::json;

const EXAMPLE: &str = concat!(
    "The CRC is that of gdb's compare-sections: polynomial 0x04c11db7, most \
     significant bit first, initial value 0xffffffff.\n\n",
    example!("checksum")
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

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["checksum"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let address = context.range(&self.address, self.len)?;
        let space = self.memory.space();
        let crc = context.target()?.checksum(space, address, self.len)?;
        let (address, bytes) = (VirtAddr(address), self.len);
        // It prints like an address: eight digits after 0x.
        let crc32 = VirtAddr(crc);
        Ok(context.answer(
            || {
                json!({"checksum": {
                    "address": address,
                    "bytes": bytes,
                    "crc32": crc32,
                }})
            },
            |out| writeln!(out, "{address}, {bytes} bytes: CRC-32 {crc32}"),
        ))
    }
}
