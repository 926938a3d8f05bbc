//! gdb, which has only acknowledgements and eight-bit checksums, on a bad
//! line.
//!
//! It gives up when a digit of a checksum is damaged ("Invalid hex digit"),
//! and accepts a packet whose two faults cancel out. So a session may be
//! restarted, by another gdb with the next seed: rarely, and it must work at
//! once.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Segment;
use tests::clients::gdb::Gdb;
use tests::line::{Faults, Line, Manner};
use tests::machine::{Machine, Setup};
use tests::scenes::{self, text};

/// The longest that a command takes if gdb finishes it.
const LIMIT: Duration = Duration::from_secs(120);
/// How long one may take that gdb need not finish.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a session may be restarted before the stub is to blame.
const ATTEMPTS: u64 = 6;

/// How many sessions there are of each kind.
fn sessions() -> u64 {
    if std::env::var_os("STORMGLASS_LONG").is_some() { 50 } else { 1 }
}

/// gdb, and how its commands went.
struct Session {
    gdb: Gdb,
    limit: Duration,
    text: Segment,
}

impl Session {
    /// Starts a gdb that takes a packet for lost after `timeout` seconds.
    fn new(limit: Duration, timeout: u32) -> Self {
        let mut gdb = Gdb::start(&artifacts::kernel());
        gdb.command("set language c");
        gdb.command(&format!("set remotetimeout {timeout}"));
        Self { gdb, limit, text: text::segment() }
    }

    /// Runs a command whose answer must contain all of `expected`.
    fn says(
        &mut self,
        command: &str,
        expected: &[&str],
    ) -> Result<String, String> {
        let answer = self.gdb.try_command(command, self.limit);
        let answer = answer.ok_or_else(|| format!("`{command}` never ends"))?;
        match expected.iter().find(|part| !answer.contains(**part)) {
            None => Ok(answer),
            Some(part) => Err(format!("`{command}`: no {part:?} in {answer}")),
        }
    }

    fn number(&mut self, expression: &str) -> Result<u32, String> {
        let print = format!("printf \"%#x\\n\", {expression}");
        let answer = self.says(&print, &["0x"])?;
        let digits = answer.trim().trim_start_matches("0x");
        u32::from_str_radix(digits, 16).map_err(|_| answer)
    }

    /// Does what people usually do, and returns what went wrong. The line may
    /// turn bad once there is a breakpoint.
    fn run(&mut self, line: &Line) -> Result<(), String> {
        let target = line.near_end().for_gdb();
        self.says(&format!("target remote {target}"), &["0x"])?;
        let place = "kernel::system_call::dispatch";
        self.says(&format!("break {place}"), &["Breakpoint 1 at 0x"])?;
        line.turn_bad();
        for _ in 0..2 {
            self.says("continue", &["hit Breakpoint 1, "])?;
            self.says("bt", &["#0 ", place, "\n#1 ", "interrupt_common ()"])?;
        }
        self.reads_text()?;
        let before = self.number("(unsigned)$eip")?;
        self.says("stepi", &[])?;
        let after = self.number("(unsigned)$eip")?;
        // No instruction is longer.
        if !(1..=15).contains(&after.wrapping_sub(before)) {
            return Err(format!("a step from {before:#x} to {after:#x}"));
        }
        self.says("delete", &[])?;
        self.says("detach", &["detached]"]).map(drop)
    }

    fn reads_text(&mut self) -> Result<(), String> {
        let Segment { start, data } = &self.text;
        let start = *start;
        let words: Vec<_> = data.as_chunks().0[..8]
            .iter()
            .map(|word| format!("{:#010x}", u32::from_le_bytes(*word)))
            .collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        self.says(&format!("x/8xw {start:#x}"), &words).map(drop)
    }
}

#[test]
fn a_session_outlives_two_faults_in_ten_thousand_bytes() {
    const RATE: f64 = 2e-4;
    let mut machine = Setup::demo().boot();
    let mut anew = 0;
    let kinds = [
        ("flip", Faults::flips(RATE)),
        ("drop", Faults::drops(RATE)),
        ("mix", Faults::mix(RATE)),
    ];
    for (name, faults) in kinds {
        for number in 1..=sessions() {
            let mut problems = Vec::new();
            for attempt in 1..=ATTEMPTS {
                let seed = number << 8 | attempt;
                let manner = Manner::bad(faults, seed);
                let line = Line::lay(machine.endpoint(), manner);
                // A busy host must rarely be mistaken for a bad line.
                let mut session = Session::new(LIMIT, 10);
                match session.run(&line) {
                    Ok(()) => break,
                    Err(problem) => {
                        println!("{name}, seed {seed:#x}: {problem}");
                        problems.push(session.gdb.transcript().to_owned());
                    }
                }
            }
            let lost = problems.len() as u64;
            assert!(lost < ATTEMPTS, "{name}:\n{}", problems.join("\n---\n"));
            anew += lost;
        }
        text::assert_untouched(&mut machine);
    }
    let all = 3 * sessions();
    println!("{all} sessions, {anew} begun anew");
}

/// Lets gdb do what it can, and kills it where it is stuck.
fn despair(machine: &Machine, faults: Faults, seed: u64) {
    let manner = Manner::bad(faults, seed);
    let manner = Manner { is_good_at_first: true, ..manner };
    let line = Line::lay(machine.endpoint(), manner);
    let mut session = Session::new(PATIENCE, 2);
    let how = match session.run(&line) {
        Ok(()) => "got through".to_owned(),
        Err(problem) => problem.lines().next().unwrap_or_default().to_owned(),
    };
    println!("{faults:?}, seed {seed}: {how}");
    session.gdb.crash();
}

#[test]
fn after_a_session_on_a_worse_line_the_next_one_begins_at_once() {
    let mut machine = Setup::demo().boot();
    for faults in [
        Faults::flips(1e-3),
        Faults::mix(3e-3),
        Faults::drops(1e-2),
        Faults::flips(1e-2),
    ] {
        for seed in 1..=sessions() {
            despair(&machine, faults, seed);
            let mut next = scenes::attached(&machine);
            let kernel = next.number("*(unsigned *)&_start");
            let there = next.number("(unsigned)&_start");
            let Segment { start, data } = text::segment();
            let word = &data[(there - start) as usize..][..4];
            assert_eq!(kernel.to_le_bytes(), word, "{}", next.transcript());
            let said = next.command("detach");
            assert!(said.contains("detached]"), "{said}");
            drop(next);
            text::assert_untouched(&mut machine);
        }
    }
}
