//! How the system resumes after a stop.

use crate::debugger::steps;
use crate::devices::{clock, interrupts};
use crate::schedule::{self, constraint};
use stub::embed::Resume;

/// Prepares what `resume` asks for, just before the system resumes.
pub(super) fn begin(resume: Resume) {
    constraint::set(resume.step, resume.only);
    let sleeps = resume.step.is_some_and(steps::prepare);
    if constraint::is_step_of(schedule::current_id().max(1)) {
        constraint::hold();
    }
    if sleeps {
        // The timer ends an instruction that halts until an interrupt comes.
        interrupts::unmask(clock::IRQ);
    }
}
