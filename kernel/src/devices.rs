//! What the machine has beside the processor, and how the kernel prints,
//! logs, keeps time, is interrupted and calls its debugger by it.

pub(crate) mod clock;
pub(crate) mod console;
pub(crate) mod debug_irq;
pub(crate) mod found_port;
pub(crate) mod interrupts;
pub(crate) mod log;
pub(crate) mod meter;
pub(crate) mod piece;
pub(crate) mod preemption;
pub(crate) mod serial;
pub(crate) mod stop_request;
pub(crate) mod vga;
