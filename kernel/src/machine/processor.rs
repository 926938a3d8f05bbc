//! The processor that the kernel runs on.

use crate::cpu;
use structures::processor::Processor;

static CURRENT: spin::Once<Processor> = spin::Once::new();

/// Finds out what the processor is.
pub(crate) fn identify() -> Processor {
    let leaf_1 = || {
        let found = core::arch::x86::__cpuid(1);
        (found.eax, found.edx)
    };
    Processor::new(cpu::changeable_flags(), leaf_1, cpu::x87_answers())
}

/// Looks at the processor. Must come first; without it, nothing but a 486
/// is taken for granted.
pub(crate) fn initialise() {
    let found = CURRENT.call_once(identify);
    if !found.has_x87() {
        cpu::emulate_x87();
    }
}

/// Returns the processor that this is.
pub(crate) fn current() -> Processor {
    CURRENT.get().copied().unwrap_or(Processor::PLAIN)
}
