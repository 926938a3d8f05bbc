//! What must not be given up half-way.

use core::sync::atomic::AtomicU32;

/// Odd while the kernel does something for a task that must not be given up
/// half-way, even where the single steps are sound: a task whose kernel
/// stack overflows then takes the system with it, else only its process.
pub(crate) static UNFINISHED: AtomicU32 = AtomicU32::new(0);
