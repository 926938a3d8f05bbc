//! The machine's other devices, and what the kernel does with them: it prints,
//! logs, keeps time, takes interrupts and calls its debugger.

pub(crate) mod clock;
pub(crate) mod console;
pub(crate) mod debug_irq;
pub(crate) mod detected_port;
pub(crate) mod interrupts;
pub(crate) mod log;
pub(crate) mod meter;
pub(crate) mod piece;
pub(crate) mod preemption;
pub(crate) mod serial;
pub(crate) mod stop_request;
pub(crate) mod vga;
