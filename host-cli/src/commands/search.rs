//! `search`: where bytes occur in memory; the target searches.
#![doc = manual!("search")]

use super::run::Run;
use crate::arguments::{AddressArg, MemoryArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::naming::Naming;
use crate::output::Outcome;
use layout::VirtAddr;
use serde_json::json;
use std::fmt::{self, Write};
use wire::query::{MAX_PATTERN_BYTES, Pattern, Space};

/// Where bytes occur in memory; the target searches
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("search"))]
pub struct Args {
    /// The first address: a number, or a symbol of an image
    #[arg(value_name = "ADDR")]
    address: AddressArg,
    /// How many bytes to search
    #[arg(value_name = "LEN", value_parser = crate::numbers::number)]
    len: u32,
    /// What to search for: two hexadecimal digits a byte, in memory order;
    /// _ may separate digits
    #[arg(value_name = "BYTES")]
    pattern: String,
    /// BYTES is text, not digits
    #[arg(long)]
    text: bool,
    /// Stop after this many matches
    #[arg(
        long,
        value_name = "N",
        default_value = "1",
        value_parser = crate::numbers::number
    )]
    most: u32,
    #[command(flatten)]
    memory: MemoryArgs,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["found"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let start = context.range(&self.address, self.len)?;
        let pattern = self.pattern()?;
        let mut space = self.memory.space();
        let mut found = Vec::new();
        let (mut from, mut left) = (start, self.len);
        while found.len() < self.most as usize {
            let answer =
                context.target()?.search(space, from, left, pattern)?;
            let Some(at) = answer.value else { break };
            found.push(VirtAddr(at));
            // All matches are in one address space, even if the current task
            // changes meanwhile.
            if let (Space::Current, Some(task)) = (space, answer.task) {
                space = Space::Task(task);
            }
            left -= at - from + 1;
            from = at.wrapping_add(1);
        }
        let naming = match space {
            Space::Physical => Naming::default(),
            _ => context.naming()?,
        };
        let outcome = context.answer(
            || json!({"found": found}),
            |out| text(out, &found, &naming),
        );
        Ok(outcome.no_if(found.is_empty()))
    }
}

impl Args {
    fn pattern(&self) -> Result<Pattern, Failure> {
        let bytes = match self.text {
            true => Some(self.pattern.clone().into_bytes()),
            false => digits(&self.pattern),
        };
        let bytes = bytes.ok_or_else(|| {
            let what = format!("{} is not a sequence of bytes", self.pattern);
            Failure::usage(what)
                .hint("two hexadecimal digits a byte, or --text")
        })?;
        Pattern::new(&bytes).ok_or_else(|| {
            Failure::usage(format_args!(
                "cannot search for {} bytes, only for 1 to {}",
                bytes.len(),
                MAX_PATTERN_BYTES
            ))
        })
    }
}

/// Returns the bytes that hexadecimal digits spell.
fn digits(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: Option<Vec<u32>> =
        text.chars().filter(|c| *c != '_').map(|c| c.to_digit(16)).collect();
    let digits = digits?;
    let (pairs, rest) = digits.as_chunks();
    let byte = |[high, low]: &[u32; 2]| (high * 16 + low) as u8;
    rest.is_empty().then(|| pairs.iter().map(byte).collect())
}

fn text(
    out: &mut dyn Write,
    found: &[VirtAddr],
    naming: &Naming,
) -> fmt::Result {
    if found.is_empty() {
        return writeln!(out, "not found");
    }
    for at in found {
        match naming.row_of(*at) {
            Some(row) => writeln!(out, "{at}  {}", row.name)?,
            None => writeln!(out, "{at}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_the_order_of_memory() {
        assert_eq!(digits("de_adBE"), Some(vec![0xde, 0xad, 0xbe]));
        assert_eq!(digits("0x00"), Some(vec![0]));
        for text in ["abc", "zz", "0y11"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
