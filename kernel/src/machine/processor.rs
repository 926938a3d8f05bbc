//! The processor that the kernel runs on.

use crate::cpu;
use structures::processor::Processor;

static CURRENT: spin::Once<Processor> = spin::Once::new();

/// Identifies the processor.
pub(crate) fn identify() -> Processor {
    let leaf_1 = || {
        let found = core::arch::x86::__cpuid(1);
        (found.eax, found.edx)
    };
    Processor::new(cpu::changeable_flags(), leaf_1, cpu::x87_answers())
}

/// Identifies the processor. Must be called first; until then, only the
/// features of a 486 are assumed.
pub(crate) fn initialise() {
    let found = CURRENT.call_once(identify);
    if !found.has_x87() {
        cpu::emulate_x87();
    }
    if found.has_sse() {
        cpu::enable_sse();
    }
}

/// Returns the processor's model and features.
pub(crate) fn current() -> Processor {
    CURRENT.get().copied().unwrap_or(Processor::PLAIN)
}
