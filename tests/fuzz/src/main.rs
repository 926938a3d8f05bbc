//! Feeds a target with many inputs:
//!
//! `cargo run --profile fuzz -p fuzz -- TARGET --seed N --inputs N [--from N]`
//!
//! A failing input is printed with the command that runs it alone.
#![forbid(unsafe_code)]

use fuzz::{Target, run};
use std::process::ExitCode;
use std::time::Instant;

/// After how many inputs it says that it lives.
const REPORT: u64 = 1_000_000;

struct Arguments {
    target: Target,
    seed: u64,
    from: u64,
    inputs: u64,
}

fn arguments() -> Result<Arguments, String> {
    let mut words = std::env::args().skip(1);
    let name = words.next().ok_or("which target: session, frames, agent?")?;
    let target = name.parse()?;
    let (mut seed, mut from, mut inputs) = (1, 0, REPORT);
    while let Some(word) = words.next() {
        let value = words.next().and_then(|value| value.parse().ok());
        let value = value.ok_or(format!("{word} needs a number"))?;
        match &*word {
            "--seed" => seed = value,
            "--from" => from = value,
            "--inputs" => inputs = value,
            _ => return Err(format!("no option {word}")),
        }
    }
    Ok(Arguments { target, seed, from, inputs })
}

fn main() -> ExitCode {
    let Arguments { target, seed, from, inputs } = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("fuzz: {problem}");
            return ExitCode::from(2);
        }
    };
    let start = Instant::now();
    let mut done = 0;
    while done < inputs {
        let count = REPORT.min(inputs - done);
        if let Err(failure) = run(target, seed, from + done, count) {
            let name = std::env::args().nth(1).unwrap_or_default();
            println!(
                "input {} fails; again: cargo run --profile fuzz -p fuzz -- \
                 {name} --seed {seed} --from {} --inputs 1",
                failure.number, failure.number
            );
            println!("{}", fuzz::shown(target, seed, failure.number));
            return ExitCode::FAILURE;
        }
        done += count;
        let seconds = start.elapsed().as_secs_f64();
        println!("{target:?} seed {seed}: {done} inputs in {seconds:.0} s");
    }
    ExitCode::SUCCESS
}
