//! The processor under the stub: how traps come about, and steps end.

use crate::bytes::number;
use crate::line::{FakeLine, Item};
use fake_machine::{FakeMachine, KERNEL, STACK, State};
use stub::Session;
use stub::embed::{HitAction, Resume, Stop};
use tests::host::random::Random;
use wire::i386::general::{CS, EFLAGS, EIP, ESP};

const INT3: u8 = 0xCC;

/// EFLAGS with interrupts on.
const FLAGS: u32 = 0x202;

/// More calls than any input needs.
const CALLS: u32 = 100_000;

/// How far apart the instructions of [`CODE`] are.
pub const SLOT: u32 = 8;

/// Instructions at which breakpoints may be, each in its slot from
/// [`KERNEL`] on: such as the stub executes itself, and such as it does not.
pub const CODE: [&[u8]; 20] = [
    b"\x90",
    b"\x55",
    b"\x5d\xc3",
    b"\x89\xe5",
    b"\x89\x44\x24\x04",
    b"\x8b\x45\x08",
    b"\x8d\x64\x24\xf8",
    b"\x83\xec\x14",
    b"\x01\xd8",
    b"\x85\xc0",
    b"\xe8\x10\0\0\0",
    b"\x74\x02",
    b"\xeb\xfe",
    b"\x9c",
    b"\xfa",
    b"\x0f\xb6\xc0",
    // Not these: cpuid, rep stosb, int 0x80, popf.
    b"\x0f\xa2",
    b"\xf3\xaa",
    b"\xcd\x80",
    b"\x9d",
];

/// Gives the machine's tasks something to execute.
pub fn prepare(state: &mut State) {
    for (slot, code) in CODE.iter().enumerate() {
        let at = KERNEL as usize + slot * SLOT as usize;
        state.memory[at..at + SLOT as usize].fill(0x90);
        state.memory[at..at + code.len()].copy_from_slice(code);
    }
    for (id, task) in &mut state.tasks {
        task.registers[EIP] = KERNEL + 0x10;
        task.registers[ESP] = STACK + 0x800;
        task.registers[EFLAGS] = FLAGS;
        task.registers[CS] = if *id == 1 { 8 } else { 0x1B };
    }
}

/// Lets everything happen that the line has.
#[derive(Debug)]
pub struct Processor<'b> {
    /// The stub.
    pub session: &'b mut Session<FakeMachine, FakeLine>,
    /// The machine, which the stub has as well.
    pub machine: &'b FakeMachine,
    /// What decides where the input does not.
    pub random: &'b mut Random,
    /// How many breakpoints were passed without a word.
    pub passed: usize,
    /// What the stub has asked for last.
    resume: Resume,
}

impl<'b> Processor<'b> {
    /// Returns one at which the system runs.
    pub fn new(
        session: &'b mut Session<FakeMachine, FakeLine>,
        machine: &'b FakeMachine,
        random: &'b mut Random,
    ) -> Self {
        let resume = Resume::default();
        Self { session, machine, random, passed: 0, resume }
    }

    /// Runs until nothing happens any more.
    ///
    /// # Panics
    ///
    /// Panics if that does not come, or the stub does what it must not.
    pub fn run(&mut self) {
        for _ in 0..CALLS {
            let line = self.session.line();
            let item = line.items.get(line.at).copied();
            let transmits = line.transmits;
            let is_step = self.resume.step.is_some();
            let resume = match item {
                // The line interrupts a step as well.
                _ if is_step && (transmits || number(self.random, 8) == 0) => {
                    self.interrupt()
                }
                _ if is_step => self.end_step(),
                Some(item) if item.is_of_machine() => {
                    self.session.line().at += 1;
                    self.happen(item)
                }
                None if !transmits => return,
                _ => self.interrupt(),
            };
            let is_open = self.machine.state().window_is_open;
            assert!(!is_open, "the window is left open");
            if let Some(resume) = resume {
                self.resume = resume;
            }
        }
        panic!("it never ends");
    }

    fn happen(&mut self, item: Item) -> Option<Resume> {
        match item {
            Item::Trap(stop) => self.trap(stop),
            Item::Reach(task, address) => self.reach(task, address),
            Item::Slow(us) => {
                self.machine.slow_down(us);
                None
            }
            Item::Amid(is_amid) => {
                self.machine.state().is_consistent = !is_amid;
                None
            }
            _ => None,
        }
    }

    /// A task comes to an address, and traps if a breakpoint is there.
    fn reach(&mut self, task: u32, address: u32) -> Option<Resume> {
        if self.resume.only.is_some_and(|only| only != task) {
            return None;
        }
        let mut state = self.machine.state();
        let at = state.translate(task, address)?;
        let is_planted = state.memory[at] == INT3;
        if is_planted && !self.session.is_open() {
            // It is the program's own.
            return None;
        }
        let hits = hits(state.debug_registers, address);
        state.current = task;
        let eip = &mut state.tasks.get_mut(&task)?.registers[EIP];
        *eip = address.wrapping_add(is_planted.into());
        drop(state);
        match hits {
            0 if is_planted => self.trap(Stop::Breakpoint),
            0 => None,
            hits => self.trap(Stop::DebugRegister { hits }),
        }
    }

    /// The task that was to make a step has made it.
    fn end_step(&mut self) -> Option<Resume> {
        let task = self.resume.step?;
        let mut state = self.machine.state();
        assert!(state.tasks[&task].steps, "nothing would end this step");
        state.current = task;
        drop(state);
        let stop = self.execute(task);
        self.trap(stop)
    }

    /// Returns how an instruction of `task` ends under a trap flag.
    fn execute(&mut self, task: u32) -> Stop {
        let by = match number(self.random, 8) {
            0 => {
                let address = layout::VirtAddr(0x1234);
                return Stop::Fault { vector: 14, code: 0, address };
            }
            // It repeats, or jumps to itself.
            1 => 0,
            by => by as u32,
        };
        let mut state = self.machine.state();
        if let Some(task) = state.tasks.get_mut(&task) {
            task.registers[EIP] = task.registers[EIP].wrapping_add(by);
        }
        Stop::Step
    }

    /// The current task traps, as the kernel tells the stub.
    fn trap(&mut self, mut stop: Stop) -> Option<Resume> {
        // A step past a breakpoint ends in one more trap, and that is all.
        for _ in 0..2 {
            let before = self.session.line().sent.len();
            let action = self.session.judge_hit(stop);
            if !matches!(action, HitAction::Report(_)) {
                self.passed += 1;
                self.expect_no_stop(before);
            }
            match action {
                HitAction::Continue => return None,
                HitAction::Report(stop) => {
                    return Some(self.session.stopped(stop));
                }
                HitAction::Step => {
                    let task = self.machine.state().current;
                    stop = self.execute(task);
                    if stop != Stop::Step {
                        self.session.end_step_over();
                    }
                }
            }
        }
        panic!("a step past a breakpoint that does not end");
    }

    /// Serves an interrupt, and looks at what that has sent.
    fn interrupt(&mut self) -> Option<Resume> {
        let was_open = self.session.is_open();
        let before = self.session.line().sent.len();
        let resume = self.session.on_interrupt();
        if was_open && self.session.is_open() && resume.is_none() {
            self.expect_no_stop(before);
        }
        resume
    }

    /// Expects nothing, in what was sent since, that a waiting debugger
    /// takes for the stop.
    fn expect_no_stop(&mut self, before: usize) {
        let sent = &self.session.line().sent[before..];
        let mut starts = sent.windows(2).filter(|pair| pair[0] == b'$');
        let is_stop = |pair: &[u8]| b"ETSWX".contains(&pair[1]);
        assert!(!starts.any(is_stop), "taken for a stop: {sent:?}");
    }
}

/// Returns which debug registers break at `address`, as DR6 would say.
fn hits((addresses, control): ([u32; 4], u32), address: u32) -> u8 {
    let is_hit = |index: &usize| {
        let is_on = control >> (2 * index) & 0b11 != 0;
        let executes = control >> (16 + 4 * index) & 0b11 == 0;
        is_on && executes && addresses[*index] == address
    };
    (0..4).filter(is_hit).map(|index| 1 << index).sum()
}
