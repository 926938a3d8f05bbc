//! The processor that the kernel runs on.

use crate::console::print_line;
use crate::cpu;
use structures::processor::Processor;

static CURRENT: spin::Once<Processor> = spin::Once::new();

/// Looks at the processor. Must come first; without it, nothing but a 486
/// is taken for granted.
pub(crate) fn initialise() {
    let found = CURRENT.call_once(cpu::identify);
    if !found.has_x87() {
        cpu::emulate_x87();
    }
}

/// Returns the processor that this is.
pub(crate) fn current() -> Processor {
    CURRENT.get().copied().unwrap_or(Processor::PLAIN)
}

/// Says on the console what it is, and what it lacks.
pub(crate) fn report() {
    let found = current();
    print_line!("processor: family ", found.family());
    if !found.has_cycle_counter() {
        print_line!("  no cycle counter: the timer chip is the clock");
    }
    if !found.has_control_register_4() {
        print_line!("  no CR4: debuggers see 0");
    }
    if !found.has_x87() {
        print_line!("  no x87: a program that uses it is killed");
    }
}
