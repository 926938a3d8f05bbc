//! Who runs: round robin among the tasks that are ready.

use crate::clock::TICKS_PER_SECOND;
use crate::console::print_line;
use crate::descriptors::kernel_tss;
use crate::memory::foreign;
use crate::memory::records::Slot;
use crate::process::task::{TASKS, Task, TaskQueue};
use crate::process::x87;
use crate::{clock, cpu, debugger};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use wire::rows::{State, Wait, WaitKind};

static READY: TaskQueue = TaskQueue::new();
/// Those that sleep, by the tick at which they wake.
static SLEEPERS: TaskQueue = TaskQueue::new();
/// The task that has the processor; 0 before there is one.
static CURRENT: AtomicU32 = AtomicU32::new(0);
/// The task that runs when no other can.
static IDLE: AtomicU32 = AtomicU32::new(0);
/// Whether the running task has had its time.
static TIME_IS_UP: AtomicBool = AtomicBool::new(false);

/// Returns the id of the task that has the processor; 0 before there is one.
pub(crate) fn current_id() -> u32 {
    CURRENT.load(Ordering::Relaxed)
}

/// Returns the task that has the processor; none before there is one.
pub(crate) fn current_task() -> Option<&'static Slot<Task>> {
    TASKS.get(current_id())
}

/// Returns the task that has the processor.
///
/// # Panics
///
/// Panics before there is one.
pub(crate) fn current() -> &'static Slot<Task> {
    current_task().expect("a task runs")
}

/// Leaves the boot stack for good: the idle task runs, and with it all.
pub(crate) fn begin(idle: &'static Slot<Task>) -> ! {
    IDLE.store(idle.id(), Ordering::Relaxed);
    CURRENT.store(idle.id(), Ordering::Relaxed);
    idle.state.set(State::Running);
    let mut nowhere = 0;
    enter(&raw mut nowhere, idle);
    unreachable!("nobody resumes the boot stack")
}

/// Makes a task that is in no queue run when its turn comes.
pub(crate) fn wake(task: &Slot<Task>) {
    task.waits_for.set(None);
    task.state.set(State::Ready);
    if task.id() != IDLE.load(Ordering::Relaxed) {
        READY.push(task);
    }
}

/// Lets the next task run; the running one stays ready.
pub(crate) fn yield_now() {
    wake(current());
    switch();
}

/// Lets others run until somebody wakes the running task.
pub(crate) fn block(state: State, waits_for: Option<Wait>) {
    let task = current();
    task.state.set(state);
    task.waits_for.set(waits_for);
    switch();
}

/// Lets others run for at least `milliseconds`.
pub(crate) fn sleep(milliseconds: u32) {
    // The tick under way is not a whole one: it does not count.
    let ticks = milliseconds.div_ceil(1000 / TICKS_PER_SECOND) + 1;
    let wake_tick = clock::ticks().wrapping_add(ticks);
    SLEEPERS
        .insert(current(), |other| is_after(wake_tick_of(other), wake_tick));
    let timer = Wait { kind: WaitKind::Timer, id: wake_tick };
    block(State::Sleeping, Some(timer));
}

/// Counts a tick: wakes those whose time has come.
pub(crate) fn tick(now: u32) {
    while let Some(task) = SLEEPERS.iter().next() {
        if is_after(wake_tick_of(task), now) {
            break;
        }
        SLEEPERS.remove(task);
        wake(task);
    }
    TIME_IS_UP.store(true, Ordering::Relaxed);
}

/// Takes the processor from a task whose time is up: called where ring 3
/// is about to go on.
pub(crate) fn preempt() {
    if !debugger::is_stepping() && TIME_IS_UP.swap(false, Ordering::Relaxed) {
        yield_now();
    }
}

/// Takes a task out of the queues, wherever it waits.
pub(crate) fn forget(task: &Slot<Task>) {
    match task.state.get() {
        State::Ready => READY.remove(task),
        State::Sleeping => SLEEPERS.remove(task),
        _ => {}
    }
}

/// Runs when no other task can: waits for interrupts.
pub(crate) fn idle() -> ! {
    loop {
        cpu::halt();
        if READY.iter().next().is_some() {
            yield_now();
        }
    }
}

fn wake_tick_of(task: &Slot<Task>) -> u32 {
    task.waits_for.get().map_or(0, |wait| wait.id)
}

/// Compares two ticks of a counter that wraps around.
fn is_after(tick: u32, other: u32) -> bool {
    tick.wrapping_sub(other) as i32 > 0
}

fn switch() {
    debugger::step_has_blocked();
    let old = current();
    let next = next_to_run();
    next.state.set(State::Running);
    if next.id() != old.id() {
        CURRENT.store(next.id(), Ordering::Relaxed);
        enter(old.kernel_esp.as_ptr(), next);
    }
}

/// Takes the next task whose directory can be loaded.
fn next_to_run() -> &'static Slot<Task> {
    let idle = || TASKS.get(IDLE.load(Ordering::Relaxed));
    loop {
        let next = READY.pop().or_else(idle).expect("idle never ends");
        if foreign::is_loadable(next.directory) {
            return next;
        }
        print_line!("panic: task ", next.id(), " has a ruined directory");
        debugger::stop_if_enabled();
        next.state.set(State::Stopped);
    }
}

fn enter(old_esp: *mut u32, next: &'static Slot<Task>) {
    x87::switch_to(next);
    let tss = kernel_tss();
    let cr3 = &raw mut tss.cr3;
    // SAFETY: `kernel_esp` and `directory` belong to `next`, which this
    // function left or `create` prepared; records and the TSS are mapped
    // at the same addresses in every directory.
    unsafe {
        cpu::switch_to(old_esp, next.kernel_esp.get(), next.directory, cr3)
    }
}
