//! How to call the keeper: the kernel's task that creates processes and frees
//! what has ended. Its work is in `programs`.

use crate::records::task::TASKS;
use crate::schedule;
use core::sync::atomic::{AtomicU32, Ordering};
use wire::rows::State;

/// The keeper's id while it waits for work; otherwise 0.
static IDLE_KEEPER: AtomicU32 = AtomicU32::new(0);
/// The keeper's id.
static KEEPER: AtomicU32 = AtomicU32::new(0);

/// Makes the running task the keeper.
pub(crate) fn begin() {
    KEEPER.store(schedule::current_id(), Ordering::Relaxed);
}

/// Makes the running task, which is the keeper, wait until it is called.
pub(crate) fn wait_for_work() {
    let id = schedule::current_id();
    IDLE_KEEPER.store(id, Ordering::Relaxed);
    schedule::block(State::Waiting, None);
}

/// Wakes the keeper to look for work; returns its id.
pub(crate) fn call_keeper() -> u32 {
    let keeper = IDLE_KEEPER.swap(0, Ordering::Relaxed);
    if let Some(keeper) = TASKS.get(keeper) {
        // At the front of the queue: many ready tasks could starve it.
        schedule::wake_first(keeper);
    }
    KEEPER.load(Ordering::Relaxed)
}
