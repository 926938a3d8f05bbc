//! Which task runs, and until when: tasks take turns, wait and are woken.

pub(crate) mod constraint;
pub(crate) mod deadline;
pub(crate) mod port_access;
mod round_robin;
mod wait_queue;
pub(crate) mod x87;

pub(crate) use round_robin::{
    begin, block, block_until, current, current_id, forget, idle,
    interrupted_task, leave_queue, preempt, sleep, tick, wake, wake_first,
    wake_from_queue, yield_now,
};
