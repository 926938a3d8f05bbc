//! A short run of every target; the long ones are run by hand, see the
//! crate's `main.rs`.

use fuzz::{Target, run};

const SEED: u64 = 0x5eed_0f00;

/// Runs a target, a hundred times longer in `./x test --long`.
fn short(target: Target, inputs: u64) {
    let is_long = std::env::var_os("STORMGLASS_LONG").is_some();
    let inputs = if is_long { 100 * inputs } else { inputs };
    let result = run(target, SEED, 0, inputs);
    assert_eq!(result, Ok(()), "with seed {SEED}");
}

#[test]
fn the_stub_survives_whatever_a_debugger_and_a_line_make() {
    short(Target::Session, 3000);
}

#[test]
fn the_decoders_find_what_is_whole_and_survive_the_rest() {
    short(Target::Frames, 10_000);
}

#[test]
fn expressions_come_to_an_end() {
    short(Target::Agent, 20_000);
}

/// While a breakpoint waited for its text to be read, the debugger left, and
/// the int3 was put back after that.
#[test]
fn who_leaves_while_a_breakpoint_prints_takes_it_along() {
    assert_eq!(run(Target::Session, 31, 12_896_729, 1), Ok(()));
}
