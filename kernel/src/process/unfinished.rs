//! Marks operations that must not be abandoned half-way.

use core::sync::atomic::AtomicU32;

/// Odd while the kernel does something for a task that must not be abandoned
/// half-way, even though each step is sound. If the task's kernel stack
/// overflows then, the system panics; otherwise only its process is killed.
pub(crate) static UNFINISHED: AtomicU32 = AtomicU32::new(0);
