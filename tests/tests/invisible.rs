//! A breakpoint that stops nothing, and a step, change nothing: every kind of
//! instruction that the stub emulates or steps over leaves behind what it
//! leaves without a debugger.

use std::fs;
use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::host_cli;
use tests::clients::rsp::{CS, EIP, Rsp};
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};
use tests::scenes::instructions;
use tests::scenes::instructions::case::Case;
use tests::scenes::instructions::program::{DONE, Outcome, Program};

const LIMIT: Duration = Duration::from_secs(60);

/// The program's process and task.
const PROCESS: &str = "2";
const TASK: u32 = 3;

/// How many breakpoints are set at once; the stub has 64.
const AT_ONCE: usize = 60;

/// A condition that is false: `const8 0`, `end`.
const FALSE: &str = "X3,220027";

/// A machine that has executed all cases without a debugger.
struct Ready {
    machine: Machine,
    program: Program,
    _scratch: tempfile::TempDir,
}

fn boot(setup: Setup, cases: &[Case], ring: u8) -> Ready {
    let program = Program::of(cases, ring);
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let path = scratch.path().join("instructions");
    fs::write(&path, program.image()).expect("written");
    let machine = setup.modules(&[]).module_file(&path, "").boot();
    wait_until("all cases", LIMIT, || {
        let killed = machine.lines("killed:");
        assert_eq!(
            killed,
            [""; 0],
            "{:x?}",
            at_fault(&killed, &program, cases)
        );
        let done = read(&machine, DONE, 4);
        done.is_some_and(|done| done == [1, 0, 0, 0])
    });
    Ready { machine, program, _scratch: scratch }
}

/// Returns the case that the kernel has killed the program for.
fn at_fault<'c>(
    killed: &[String],
    program: &Program,
    cases: &'c [Case],
) -> Option<&'c Case> {
    let (_, rest) = killed.first()?.split_once(" at 0x")?;
    let at = u32::from_str_radix(rest.get(..8)?, 16).ok()?;
    let index = program.places.partition_point(|place| place.begin <= at);
    cases.get(index.checked_sub(1)?)
}

/// Reads the program's memory while the system runs.
fn read(machine: &Machine, at: u32, len: u32) -> Option<Vec<u8>> {
    let scratch = tempfile::tempdir().expect("a directory can be made");
    let path = scratch.path().join("memory");
    let target = machine.endpoint().to_string();
    let (at, len) = (format!("{at:#x}"), len.to_string());
    let file = path.to_str().expect("a path is text");
    let what = ["read", "--process", PROCESS, &at, &len, "-o", file];
    let ended = host_cli::run(&[&["-t", &target], &what[..]].concat());
    (ended.code == Some(0)).then(|| fs::read(&path).expect("it was written"))
}

impl Ready {
    /// Returns what the cases have left behind without a debugger.
    fn without_debugger(&self) -> Vec<Outcome> {
        let (at, len) =
            (self.program.outcomes_at(), self.program.outcomes_bytes());
        let bytes = read(&self.machine, at, len).expect("it can be read");
        self.program.outcomes(&bytes)
    }

    fn debugger(&self) -> Debugger<'_> {
        let mut rsp = Rsp::connect(self.machine.endpoint());
        rsp.ask("qSupported:swbreak+;hwbreak+;multiprocess+");
        let mut debugger = Debugger { rsp, program: &self.program };
        debugger.select();
        debugger.run_to(self.program.spin);
        debugger
    }
}

/// A debugger that has stopped the program.
struct Debugger<'p> {
    rsp: Rsp,
    program: &'p Program,
}

impl Debugger<'_> {
    fn select(&mut self) {
        self.rsp.order(&format!("Hgp{PROCESS}.{TASK:x}"));
    }

    /// Continues until the program is at `address`.
    fn run_to(&mut self, address: u32) {
        self.rsp.order(&format!("Z0,{address:x},1"));
        self.rsp.say("vCont;c");
        let stop = self.rsp.hear();
        self.rsp.order(&format!("z0,{address:x},1"));
        assert_eq!(self.eip(), address, "{stop}\n{}", tail(&self.rsp));
    }

    fn eip(&mut self) -> u32 {
        self.rsp.registers()[EIP]
    }

    /// Continues until the program's task, in the kernel's timer interrupt, is
    /// in ring 0.
    fn enter_the_kernel(&mut self) {
        let kernel = Image::open(&artifacts::kernel());
        let at = kernel.address("kernel::trap::interrupt_entered");
        self.run_to(at);
        assert_eq!(self.rsp.registers()[CS] & 3, 0);
    }

    /// Executes all cases in ring 0: by `run`, and what it leaves freely.
    fn in_the_kernel(&mut self, run: impl FnOnce(&mut Self)) -> Vec<Outcome> {
        self.rsp.set_register(EIP, self.program.kernel_entry);
        run(self);
        let stop = self.rsp.ask("vCont;c");
        assert_eq!(self.eip(), self.program.kernel_end, "{stop}");
        self.take_outcomes()
    }

    /// Returns what the cases have left behind, and clears it.
    fn take_outcomes(&mut self) -> Vec<Outcome> {
        const PART: u32 = 0x400;
        let (at, len) =
            (self.program.outcomes_at(), self.program.outcomes_bytes());
        let mut bytes = Vec::new();
        for at in (at..at + len).step_by(PART as usize) {
            bytes.extend(self.rsp.read(at, PART as usize));
            // So that nothing is taken for the next run's.
            self.rsp.write(at, &[0xEE; PART as usize]);
        }
        self.program.outcomes(&bytes)
    }

    /// Lets all cases run with a breakpoint at each whose condition is false.
    fn past_breakpoints(&mut self) {
        let places = self.program.places.clone();
        for some in places.chunks(AT_ONCE) {
            for place in some {
                let at = place.instruction;
                self.rsp.order(&format!("Z0,{at:x},1;{FALSE}"));
            }
            let last = some.last().expect("there is one");
            self.run_to(last.end);
            for place in some {
                self.rsp.order(&format!("z0,{:x},1", place.instruction));
            }
        }
    }

    /// Lets all cases run by steps, which end after the last one.
    fn by_steps(&mut self) {
        let begins = self.program.places.iter().map(|place| place.begin);
        let begins = begins.step_by(AT_ONCE);
        let ends = begins.clone().skip(1).chain([self.program.end]);
        let ranges: Vec<_> = begins.zip(ends).collect();
        self.run_to(self.program.places[0].begin);
        for (begin, end) in ranges {
            let range = format!("{begin:x},{end:x}:p{PROCESS}.{TASK:x}");
            let stop = self.rsp.ask(&format!("vCont;r{range}"));
            let at = self.eip();
            let is_outside = !(begin..end).contains(&at);
            assert!(is_outside && stop.starts_with("T05"), "{at:#x}: {stop}");
        }
    }
}

/// Returns the end of what was said.
fn tail(rsp: &Rsp) -> String {
    let lines: Vec<_> = rsp.transcript().lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Asserts that every case has left behind the same in both runs.
fn assert_same(
    cases: &[Case],
    without: &[Outcome],
    with: &[Outcome],
    what: &str,
) {
    let all = cases.iter().zip(without.iter().zip(with));
    let differ = all.filter(|(_, (without, with))| without != with);
    let differ: Vec<_> = differ
        .map(|(case, (without, with))| {
            format!("{:02x?} {}", case.code, without.difference(with))
        })
        .collect();
    assert!(
        differ.is_empty(),
        "{what}: {} of {} differ:\n{}",
        differ.len(),
        cases.len(),
        differ[..differ.len().min(300)].join("\n"),
    );
}

/// Returns the cases for a ring: some, or all with `./x test --long`.
fn cases_of(ring: u8) -> Vec<Case> {
    let is_long = std::env::var_os("STORMGLASS_LONG").is_some();
    instructions::cases(ring, if is_long { 1 } else { 7 })
}

/// Asserts that the cases leave behind the same in ring 3, if `run` is how they
/// are executed.
fn assert_same_in_a_program(run: impl FnOnce(&mut Debugger<'_>), what: &str) {
    let cases = cases_of(3);
    let ready = boot(Setup::demo(), &cases, 3);
    let without = ready.without_debugger();
    let mut debugger = ready.debugger();
    debugger.take_outcomes();
    debugger.rsp.set_register(EIP, ready.program.entry);
    run(&mut debugger);
    debugger.run_to(ready.program.spin);
    let with = debugger.take_outcomes();
    assert_same(&cases, &without, &with, what);
}

#[test]
fn a_false_breakpoint_changes_nothing_in_a_program() {
    assert_same_in_a_program(|it| it.past_breakpoints(), "breakpoints");
}

#[test]
fn a_step_changes_nothing_in_a_program() {
    assert_same_in_a_program(|it| it.by_steps(), "steps");
}

#[test]
fn neither_changes_anything_in_the_kernel() {
    let cases = cases_of(0);
    let ready = boot(Setup::demo(), &cases, 0);
    let mut debugger = ready.debugger();
    debugger.enter_the_kernel();
    let without = debugger.in_the_kernel(|_| {});
    let with = debugger.in_the_kernel(Debugger::past_breakpoints);
    assert_same(&cases, &without, &with, "breakpoints");
    let with = debugger.in_the_kernel(Debugger::by_steps);
    assert_same(&cases, &without, &with, "steps");
}
