//! Threads of this process, and other processes.

use super::{address, entry, raw};
use abi::Error;

/// The function of a new thread. It must end by calling [`super::exit`].
pub type ThreadEntry = extern "C" fn(argument: u32) -> !;

/// Starts a thread of this process and returns its id.
///
/// # Errors
///
/// Fails if there is too little memory, or the name is empty or too long.
pub fn thread_create(
    entry: ThreadEntry,
    argument: u32,
    name: &str,
) -> Result<u32, Error> {
    let (text, len_bytes) = (address(name.as_ptr()), name.len() as u32);
    let (entry, back) = (entry as usize as u32, entry::thread_end());
    raw::thread_create(entry, argument, text, len_bytes, back)
}

/// Waits until a thread of this process has ended, for at most this many
/// milliseconds; 0 means no time-out. All its resources are then free again.
///
/// # Errors
///
/// Fails if it has not ended in time, or is not another thread of this
/// process.
pub fn task_wait(task: u32, milliseconds: u32) -> Result<(), Error> {
    raw::task_wait(task, milliseconds).map(drop)
}

/// Starts a boot module as a child of this process and returns its id.
///
/// # Errors
///
/// Fails if there is no such module, it is not a program, there is too little
/// memory, or the name or the arguments are too long.
pub fn process_create(name: &str, arguments: &str) -> Result<u32, Error> {
    raw::process_create(
        address(name.as_ptr()),
        name.len() as u32,
        address(arguments.as_ptr()),
        arguments.len() as u32,
    )
}

/// Ends a child of this process, or this process.
///
/// # Errors
///
/// Fails if there is no such process, or it was created by another.
pub fn process_kill(process: u32) -> Result<(), Error> {
    raw::process_kill(process).map(drop)
}
