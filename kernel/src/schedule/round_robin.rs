//! The scheduler: round robin among the tasks that are ready.

use crate::cpu;
use crate::descriptors::kernel_tss;
use crate::devices::console::print_line;
use crate::devices::{clock, preemption, stop_request};
use crate::memory::foreign;
use crate::records::list::List;
use crate::records::table::Slot;
use crate::records::task::{Run, TASKS, Task, Timer};
use crate::schedule::deadline::{Deadline, is_after, tick_after};
use crate::schedule::{constraint, port_access, wait_queue, x87};
use abi::Error;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use wire::rows::{State, Wait, WaitKind};

static READY: List<Task, Run> = List::new();
/// The task that has the processor; 0 before there is one.
static CURRENT: AtomicU32 = AtomicU32::new(0);
/// The task that runs when no other can.
static IDLE: AtomicU32 = AtomicU32::new(0);
/// Whether the running task's time slice is over.
static TIME_IS_UP: AtomicBool = AtomicBool::new(false);

/// The number of sleepers' lists. A tick concerns only one of them, and falling
/// asleep takes the same time however many tasks sleep.
const WHEEL_TICKS: usize = 256;
/// The tasks that wait for a tick, by its remainder modulo the number of lists.
static WHEEL: [List<Task, Timer>; WHEEL_TICKS] =
    [const { List::new() }; WHEEL_TICKS];
/// The first tick whose sleepers may not have been woken yet.
static NEXT_TICK: AtomicU32 = AtomicU32::new(0);
/// How many tasks are in each list of the wheel.
static IN_WHEEL: [AtomicU32; WHEEL_TICKS] =
    [const { AtomicU32::new(0) }; WHEEL_TICKS];
/// How many tasks in the list for [`NEXT_TICK`] have not been examined.
static LEFT: AtomicU32 = AtomicU32::new(NOT_BEGUN);
const NOT_BEGUN: u32 = u32::MAX;
/// How many sleepers are examined between two preemption points.
const MAX_EXAMINED: u32 = 32;

/// Returns the id of the task that has the processor; 0 before there is one.
#[inline]
pub(crate) fn current_id() -> u32 {
    CURRENT.load(Ordering::Relaxed)
}

/// Like [`current`], but for exception tasks, which must not fault here:
/// none if the page of its record is not mapped.
pub(crate) fn interrupted_task() -> Option<&'static Slot<Task>> {
    TASKS.get_mapped(current_id())
}

/// Returns the task that has the processor.
///
/// # Panics
///
/// Panics before there is one.
pub(crate) fn current() -> &'static Slot<Task> {
    TASKS.get(current_id()).expect("a task runs")
}

/// Leaves the boot stack for good and runs the idle task, and with it the
/// system.
pub(crate) fn begin(idle: &'static Slot<Task>) -> ! {
    IDLE.store(idle.id(), Ordering::Relaxed);
    CURRENT.store(idle.id(), Ordering::Relaxed);
    idle.state.set(State::Running);
    let mut nowhere = 0;
    enter(&raw mut nowhere, idle);
    unreachable!("the boot stack is never resumed")
}

/// Makes a task ready that is not. It stays in the wait queue that it may be
/// in.
pub(crate) fn wake(task: &Slot<Task>) {
    get_ready(task);
    if task.id() != IDLE.load(Ordering::Relaxed) {
        READY.push(task);
    }
}

/// Makes a task that is not ready the next one to run, because others wait for
/// its work.
pub(crate) fn wake_first(task: &Slot<Task>) {
    get_ready(task);
    READY.push_front(task);
}

fn get_ready(task: &Slot<Task>) {
    disarm(task);
    task.waits_for.set(None);
    task.state.set(State::Ready);
}

/// Wakes a task whose wait is over, and removes it from its queue.
pub(crate) fn wake_from_queue(task: &Slot<Task>) {
    leave_queue(task);
    wake(task);
}

/// Removes a task from its queue; the task that is first now may try again.
pub(crate) fn leave_queue(task: &Slot<Task>) {
    if let Some(next) = wait_queue::leave(task) {
        wake(next);
    }
}

/// Runs the next task; the running one stays ready.
#[inline(never)]
pub(crate) fn yield_now() {
    wake(current());
    switch();
}

/// Blocks the running task until another wakes it.
pub(crate) fn block(state: State, waits_for: Option<Wait>) {
    let task = current();
    task.state.set(state);
    task.waits_for.set(waits_for);
    switch();
}

/// Blocks the running task until another wakes it or the deadline passes. It
/// then leaves its queue.
///
/// # Errors
///
/// Fails if the deadline passed first.
pub(crate) fn block_until(
    state: State,
    waits_for: Wait,
    deadline: Deadline,
) -> Result<(), Error> {
    let task = current();
    if deadline.has_passed() {
        leave_queue(task);
        return Err(Error::TimedOut);
    }
    task.timed_out.set(false);
    if let Some(tick) = deadline.0 {
        arm(task, tick);
    }
    block(state, Some(waits_for));
    if task.timed_out.replace(false) { Err(Error::TimedOut) } else { Ok(()) }
}

/// Suspends the running task for at least `milliseconds`.
#[inline(never)]
pub(crate) fn sleep(milliseconds: u32) {
    let wake_tick = tick_after(milliseconds);
    arm(current(), wake_tick);
    let timer = Wait { kind: WaitKind::Timer, id: wake_tick };
    block(State::Sleeping, Some(timer));
}

fn arm(task: &Slot<Task>, tick: u32) {
    task.wake_tick.set(Some(tick));
    wheel(tick).push(task);
    in_wheel(tick).fetch_add(1, Ordering::Relaxed);
}

fn disarm(task: &Slot<Task>) {
    if let Some(tick) = task.wake_tick.take() {
        wheel(tick).remove(task);
        in_wheel(tick).fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns how many tasks are in a list of [`wheel`].
fn in_wheel(tick: u32) -> &'static AtomicU32 {
    &IN_WHEEL[tick as usize % WHEEL_TICKS]
}

fn wheel(tick: u32) -> &'static List<Task, Timer> {
    &WHEEL[tick as usize % WHEEL_TICKS]
}

/// Counts a tick, and wakes some of the sleepers that are due; [`wake_all_due`]
/// wakes the others.
pub(crate) fn tick() {
    TIME_IS_UP.store(true, Ordering::Relaxed);
    wake_some_due();
}

/// Wakes all sleepers that are due. This is a preemption point, as thousands
/// may be due at one tick.
fn wake_all_due() {
    while !wake_some_due() {
        preemption::allow_interrupts();
    }
}

/// Examines at most [`MAX_EXAMINED`] sleepers and wakes those that are due;
/// returns whether that was all. One that is not due yet goes to the end of its
/// list.
fn wake_some_due() -> bool {
    let now = clock::ticks();
    let mut looked = 0;
    loop {
        let tick = NEXT_TICK.load(Ordering::Relaxed);
        if is_after(tick, now) {
            return true;
        }
        if LEFT.load(Ordering::Relaxed) == NOT_BEGUN {
            let waiting = in_wheel(tick).load(Ordering::Relaxed);
            LEFT.store(waiting, Ordering::Relaxed);
        }
        while LEFT.load(Ordering::Relaxed) > 0
            && let Some(task) = wheel(tick).first()
        {
            if looked == MAX_EXAMINED {
                return false;
            }
            looked += 1;
            LEFT.fetch_sub(1, Ordering::Relaxed);
            if task.wake_tick.get() == Some(tick) {
                // This may also wake others in the list.
                task.timed_out.set(true);
                wake_from_queue(task);
            } else {
                wheel(tick).remove(task);
                wheel(tick).push(task);
            }
        }
        LEFT.store(NOT_BEGUN, Ordering::Relaxed);
        NEXT_TICK.store(tick.wrapping_add(1), Ordering::Relaxed);
    }
}

/// Preempts a task whose time slice is over: called before a return to ring 3,
/// and where the keeper can be preempted.
pub(crate) fn preempt() {
    wake_all_due();
    let is_due = match constraint::only() {
        _ if constraint::is_stepping() => false,
        None => TIME_IS_UP.swap(false, Ordering::Relaxed),
        Some(task) => task != current_id(),
    };
    if is_due {
        yield_now();
    }
}

/// Removes a task that will never run again from all queues.
pub(crate) fn forget(task: &Slot<Task>) {
    if task.state.get() == State::Ready {
        READY.remove(task);
    }
    disarm(task);
    leave_queue(task);
}

/// Runs when no other task can: waits for interrupts.
pub(crate) fn idle() -> ! {
    loop {
        preemption::halt();
        wake_all_due();
        let has_work = match constraint::only() {
            None => !READY.is_empty(),
            Some(task) => queued(task).is_some(),
        };
        if has_work {
            yield_now();
        }
    }
}

fn switch() {
    let old = current();
    let next = next_to_run();
    constraint::switched_to(next.id());
    next.state.set(State::Running);
    if next.id() != old.id() {
        CURRENT.store(next.id(), Ordering::Relaxed);
        enter(old.kernel_esp.as_ptr(), next);
    }
}

/// Removes and returns the next task whose directory can be loaded.
fn next_to_run() -> &'static Slot<Task> {
    let idle = || TASKS.get(IDLE.load(Ordering::Relaxed));
    loop {
        let next = match constraint::only() {
            None => READY.pop(),
            Some(task) => queued(task).inspect(|task| READY.remove(task)),
        };
        let next = next.or_else(idle).expect("idle never ends");
        if foreign::is_loadable(next.directory) {
            return next;
        }
        print_line!("panic: task ", next.id(), " has a corrupt directory");
        stop_request::stop_if_enabled();
        next.state.set(State::Stopped);
    }
}

/// Returns a task from the queue of ready tasks.
fn queued(task: u32) -> Option<&'static Slot<Task>> {
    let is_idle = task == IDLE.load(Ordering::Relaxed);
    let task = TASKS.get(task).filter(|_| !is_idle)?;
    (task.state.get() == State::Ready).then_some(task)
}

fn enter(old_esp: *mut u32, next: &'static Slot<Task>) {
    x87::switch_to(next);
    port_access::show(next.process);
    let tss = kernel_tss();
    let cr3 = &raw mut tss.cr3;
    // SAFETY: `kernel_esp` and `directory` belong to `next`; this function
    // stored them, or `create` prepared them. Records and the TSS are mapped at
    // the same addresses in every directory.
    unsafe {
        cpu::switch_to(old_esp, next.kernel_esp.get(), next.directory, cr3)
    }
}
