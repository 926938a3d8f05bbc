//! How the system goes on after a stop.

use crate::debugger::steps;
use crate::devices::{clock, interrupts};
use crate::schedule::{self, constraint};
use stub::embed::Resume;

/// Arranges what `resume` asks for. The system goes on next.
pub(super) fn begin(resume: Resume) {
    constraint::set(resume.step, resume.only);
    let sleeps = resume.step.is_some_and(steps::prepare);
    if constraint::is_step_of(schedule::current_id().max(1)) {
        constraint::hold();
    }
    if sleeps {
        // It ends what sleeps until an interrupt comes.
        interrupts::unmask(clock::IRQ);
    }
}
