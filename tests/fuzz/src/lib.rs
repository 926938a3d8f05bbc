//! Random, repeatable input for all that reads the serial line.
//!
//! An input belongs to a seed and a number, so any one can be run again by
//! itself. Inputs are made by the protocol's grammar and then damaged, for
//! plain noise does not get far. What must hold of every input is asserted
//! by its target; a panic of the code under test fails it as well.
//!
//! | target | what it feeds | what must hold |
//! |---|---|---|
//! | [`Target::Session`] | a stub with a machine and a line | see [`session`] |
//! | [`Target::Frames`] | the decoders of frames, queries and replies | whole frames are found, others refused |
//! | [`Target::Agent`] | the evaluator of gdb's expressions | it ends |
#![forbid(unsafe_code)]

pub mod agent;
pub mod bytes;
pub mod frames;
pub mod line;
pub mod packets;
pub mod processor;
pub mod scenes;
pub mod session;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use stub::embed::Received;
use tests::host::random::Random;

/// What is fed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// The whole stub.
    Session,
    /// The decoders of both ends.
    Frames,
    /// The evaluator of expressions.
    Agent,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "session" => Ok(Self::Session),
            "frames" => Ok(Self::Frames),
            "agent" => Ok(Self::Agent),
            _ => Err(format!("no target {name}: session, frames or agent")),
        }
    }
}

/// An input that fails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Its number.
    pub number: u64,
}

/// Feeds the inputs with the numbers `from..from + count` of `seed`.
///
/// # Errors
///
/// Fails at the first input that does; the panic has been reported.
pub fn run(
    target: Target,
    seed: u64,
    from: u64,
    count: u64,
) -> Result<(), Failure> {
    let mut number = from;
    let end = from + count;
    let numbers = &mut number;
    catch_unwind(AssertUnwindSafe(move || {
        let mut bench = session::Bench::new();
        while *numbers < end {
            let mut random = random(seed, *numbers);
            match target {
                Target::Session => bench.feed(&mut random),
                Target::Frames => frames::feed(&mut random),
                Target::Agent => agent::feed(&mut random),
            }
            *numbers += 1;
        }
    }))
    .map_err(|_| Failure { number })
}

/// Returns what an input of [`Target::Session`] holds, to be read.
#[must_use]
pub fn shown(target: Target, seed: u64, number: u64) -> String {
    if target != Target::Session {
        return String::new();
    }
    let mut text = String::new();
    for item in scenes::happenings(&mut random(seed, number)) {
        text += &match item {
            line::Item::Received(Received::Byte(byte)) => {
                byte.escape_ascii().to_string()
            }
            other => format!(" <{other:?}> "),
        };
    }
    text
}

/// Returns the generator of one input (splitmix64, which is never 0 for
/// long; 0 becomes 1).
fn random(seed: u64, number: u64) -> Random {
    let mut z = seed
        .wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    Random::new((z ^ (z >> 31)).max(1))
}
