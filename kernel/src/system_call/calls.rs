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
pub(super) use crate::process::window::{
    attach as window_attach, create as window_create,
    destroy as window_destroy, detach as window_detach,
    mailbox_of as window_mailbox, pages_of as window_pages,
};
use crate::process::{service, user_memory};
use crate::programs;
use crate::schedule;
pub(super) use crate::schedule::{sleep, yield_now};
use abi::{ARGUMENTS_BYTES, Error, MAX_LOG_BYTES, NAME_BYTES, Text};

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
) -> Result<u32, Error> {
    let name = name(name_at, name_len)?;
    let process = schedule::current().process().ok_or(Error::OutOfMemory)?;
    Ok(create::thread_create(process, name, entry, argument)?)
}

pub(super) fn service_publish(
    name_at: u32,
    name_len: u32,
    mailbox: u32,
) -> Result<(), Error> {
    service::publish(name(name_at, name_len)?, mailbox)
}

pub(super) fn service_find(name_at: u32, name_len: u32) -> Result<u32, Error> {
    service::find(name(name_at, name_len)?)
}

pub(super) fn service_withdraw(
    name_at: u32,
    name_len: u32,
) -> Result<(), Error> {
    service::withdraw(name(name_at, name_len)?)
}

pub(super) fn process_create(
    name_at: u32,
    name_len: u32,
    arguments: u32,
    arguments_len: u32,
) -> Result<u32, Error> {
    let name = name(name_at, name_len)?;
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

/// Reads a name: 1 to 32 bytes of text without zeros.
fn name(address: u32, len_bytes: u32) -> Result<[u8; NAME_BYTES], Error> {
    let len_bytes = len_bytes.min(NAME_BYTES as u32 + 1);
    let bytes = user_memory::read(address, len_bytes)?;
    let mut name = [0; NAME_BYTES];
    let place = name.get_mut(..bytes.len()).ok_or(Error::InvalidArgument)?;
    place.copy_from_slice(bytes);
    if bytes.is_empty() || bytes.contains(&0) || !bytes.is_ascii() {
        return Err(Error::InvalidArgument);
    }
    Ok(name)
}
