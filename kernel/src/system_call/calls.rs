//! The function of each system call, by the call's name in `abi`'s table.
//!
//! Some are functions of the floors below, used directly. The others check
//! their arguments here first.

use crate::devices::clock;
use crate::devices::console::print_task_line;
pub(super) use crate::lifecycle::family::{
    kill as process_kill, wait_for_process as process_wait,
    wait_for_task as task_wait,
};
use crate::lifecycle::{create, exit as end};
pub(super) use crate::process::heap::{
    allocate as memory_allocate, free as memory_free,
};
pub(super) use crate::process::mailbox::{
    allow as mailbox_allow, create as mailbox_create,
    destroy as mailbox_destroy, flush as mailbox_flush,
    receive as mailbox_receive, send as mailbox_send,
};
pub(super) use crate::process::port::{
    claim as port_claim, release as port_release,
};
pub(super) use crate::process::service::{
    find as service_find, publish as service_publish,
    withdraw as service_withdraw,
};
use crate::process::user_memory;
pub(super) use crate::process::window::{
    attach as window_attach, create as window_create,
    destroy as window_destroy, detach as window_detach,
    mailbox_of as window_mailbox, pages_of as window_pages,
};
use crate::programs;
use crate::schedule;
pub(super) use crate::schedule::{sleep, yield_now};
use abi::{ARGUMENTS_BYTES, Error, MAX_LOG_BYTES, Text};

pub(super) fn exit(status: u32) -> Result<(), Error> {
    end::exit(status)
}

pub(super) fn log(text: u32, len_bytes: u32) -> Result<(), Error> {
    if len_bytes > MAX_LOG_BYTES {
        return Err(Error::InvalidArgument);
    }
    let bytes = user_memory::read(text, len_bytes)?;
    if let Some(process) = schedule::current().process() {
        let name = Text(&process.name);
        print_task_line!(name.as_bytes(), ": ", bytes);
    }
    Ok(())
}

pub(super) fn thread_create(
    entry: u32,
    argument: u32,
    name_at: u32,
    name_len: u32,
    back: u32,
) -> Result<u32, Error> {
    let name = user_memory::read_name(name_at, name_len)?;
    let process = schedule::current().process().ok_or(Error::OutOfMemory)?;
    let start = create::UserStart { eip: entry, argument, back };
    Ok(create::thread_create(process, name, start)?)
}

pub(super) fn process_create(
    name_at: u32,
    name_len: u32,
    arguments: u32,
    arguments_len: u32,
) -> Result<u32, Error> {
    let name = user_memory::read_name(name_at, name_len)?;
    if arguments_len > ARGUMENTS_BYTES as u32 {
        return Err(Error::InvalidArgument);
    }
    let arguments = user_memory::read(arguments, arguments_len)?;
    if programs::number_of(Text(&name).as_str()).is_none() {
        return Err(Error::ProgramUnavailable);
    }
    create::request(name, arguments)
}

pub(super) fn uptime() -> u32 {
    let ms = 1000 / clock::TICKS_PER_SECOND;
    clock::ticks().wrapping_mul(ms) & i32::MAX as u32
}
