//! `read`: the memory of a task, or physical memory.
#![doc = manual!("read")]

use super::run::Run;
use crate::arguments::{self, AddressArg};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{FileToBe, Outcome};
use crate::target::{Error, Memory};
use crate::terminal::hexdump;
use crate::terminal::table::counted;
use layout::VirtAddr;
use serde_json::json;
use std::path::PathBuf;
use wire::rows::Bytes;

/// The memory of a task, or physical memory
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("read"))]
pub struct Args {
    /// The first address: a number, or a symbol of an image
    #[arg(value_name = "ADDR")]
    address: AddressArg,
    /// How many bytes
    #[arg(value_name = "LEN", value_parser = crate::numbers::number)]
    len: u32,
    #[command(flatten)]
    memory: arguments::MemoryArgs,
    /// Write the bytes to this file, once all have come; until then, and if
    /// some never come, they are in FILE.partial
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["read"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let address = context.range(&self.address, self.len)?;
        let space = self.memory.space();
        // Created first: reading may take long, and must not be in vain.
        let output = self.output.as_deref();
        let file = output.map(FileToBe::create).transpose()?;
        let Memory { task, process, bytes: data, missing } =
            context.target()?.read(space, address, self.len);
        let missing = missing.map(|error| {
            let explains = matches!(error, Error::Unmapped(..));
            (Failure::from(error), explains)
        });
        if let Some((failure, false)) = &missing
            && data.is_empty()
        {
            return Err(failure.clone());
        }
        if let (Some(task), Some(process)) = (task, process) {
            let naming = context.naming()?;
            let row = naming.name_of(VirtAddr(address)).unwrap_or_default();
            context.note(format_args!(
                "{address:#010x} in task {task} of process {process}: {row}"
            ));
        }
        if let Some(file) = file {
            let path = file.write(&data, missing.is_none())?;
            let count = counted(data.len() as u64, "byte");
            eprintln!("host-cli: {count} written to {}", path.display());
        }
        let outcome = context.answer(
            || {
                json!({"read": {
                    "address": VirtAddr(address),
                    "bytes": data.len(),
                    "data": Bytes(&data),
                }})
            },
            |out| match self.output {
                Some(_) => Ok(()),
                None => hexdump::write(out, address, &data),
            },
        );
        Ok(outcome.with_failure(missing.map(|(failure, _)| failure)))
    }
}
