//! The way into the kernel, and from the kernel into `main`: all that a
//! program does beyond the language.
//!
//! The numbers, parameters and errors of the calls derive from
//! [`abi::system_calls`].

#[cfg(not(target_os = "none"))]
mod absent;
#[cfg(target_os = "none")]
mod entry;
mod mailboxes;
mod ports;
mod tasks;
mod windows;

pub use mailboxes::{
    Patience, mailbox_allow, mailbox_create, mailbox_destroy, mailbox_flush,
    mailbox_receive, mailbox_receive_within, mailbox_send, mailbox_send_within,
    service_find, service_publish, service_withdraw,
};
pub use ports::{Ports, read_port};
pub use tasks::{
    ThreadEntry, process_create, process_kill, process_wait, task_wait,
    thread_create,
};
pub use windows::{
    Access, Window, window_create, window_destroy, window_mailbox,
};

use abi::{Call, Error, ProcessData};
#[cfg(not(target_os = "none"))]
use absent as entry;

/// The status with which a task ends that panicked.
pub const PANICKED: u32 = 101;

/// Bytes of a page.
pub const PAGE_BYTES: usize = abi::PAGE_BYTES as usize;

/// Ends the calling task. A process ends with its last task, and with the
/// low eight bits of that task's status.
pub fn exit(status: u32) -> ! {
    loop {
        // The loop says what the kernel promises: this does not return.
        let _never = raw::exit(status);
    }
}

/// Executes an invalid instruction, so that the processor faults and the
/// kernel ends this process.
pub fn crash() -> ! {
    entry::crash()
}

/// Adds `text` to the kernel's log. Only its first
/// [`abi::MAX_LOG_BYTES`] bytes are taken.
pub fn log(text: &str) {
    let len = text.floor_char_boundary(abi::MAX_LOG_BYTES as usize);
    // Who cannot log can tell nobody.
    let _unheard = raw::log(address(text.as_ptr()), len as u32);
}

/// Lets other tasks run for at least so many milliseconds.
///
/// A function of its own, for debuggers to step over.
#[inline(never)]
pub fn sleep(milliseconds: u32) {
    // It has no errors.
    let _zero = raw::sleep(milliseconds);
}

/// Lets another task run that is ready.
pub fn yield_now() {
    // It has no errors.
    let _zero = raw::yield_now();
}

/// Returns so many zeroed pages of memory in a row.
///
/// # Errors
///
/// Fails if memory is short, or `pages` is 0 or out of range.
pub fn memory_allocate(pages: u32) -> Result<&'static mut [u8], Error> {
    let start = raw::memory_allocate(pages)?;
    let len_bytes = pages as usize * PAGE_BYTES;
    // SAFETY: the kernel has just mapped these pages for this process, and
    // nobody else has them until they are freed.
    Ok(unsafe { entry::memory(start, len_bytes) })
}

/// Gives back what [`memory_allocate`] has returned.
///
/// # Errors
///
/// Fails if it is only a part of that, without its first byte.
pub fn memory_free(memory: &'static mut [u8]) -> Result<(), Error> {
    raw::memory_free(address(memory.as_ptr()))?;
    Ok(())
}

/// Returns the time since boot in milliseconds. It wraps around.
#[must_use]
pub fn uptime() -> u32 {
    // It has no errors.
    raw::uptime().unwrap_or(0)
}

/// Returns what the kernel tells this process of itself.
#[must_use]
pub fn process_data() -> &'static ProcessData {
    entry::process_data()
}

/// Executes a system call with any number and any arguments, whatever that
/// does to this process; returns EAX.
///
/// # Safety
///
/// A program that still wants to make sense afterwards passes only
/// addresses of memory that the kernel may write, as the call's
/// documentation says.
pub unsafe fn any_call(
    number: u32,
    arguments: &[u32; abi::ARGUMENT_REGISTERS.len()],
) -> u32 {
    // SAFETY: the caller keeps the duty above.
    unsafe { entry::system_call(number, arguments) }
}

/// Returns an address as the kernel takes it.
fn address<T>(pointer: *const T) -> u32 {
    pointer.addr() as u32
}

/// The calls as the table has them: words in, a word out.
///
/// Whoever passes the address of memory to these passes one that the kernel
/// may read, or write, as the table says.
mod raw {
    use crate::kernel::{Call, Error, trap};

    macro_rules! stubs {
        ($($(#[doc = $does:literal])+
           $variant:ident $name:ident = $number:literal
               ($($parameter:ident),*) -> $returns:literal
               [$($error:ident),*];
        )+) => {$(
            #[allow(dead_code, reason = "no program may make a call yet")]
            pub(super) fn $name($($parameter: u32),*) -> Result<u32, Error> {
                trap(Call::$variant, [$($parameter),*])
            }
        )+};
    }
    abi::system_calls!(stubs);
}

/// Enters the kernel.
#[inline]
fn trap<const COUNT: usize>(
    call: Call,
    given: [u32; COUNT],
) -> Result<u32, Error> {
    let mut arguments = [0; abi::ARGUMENT_REGISTERS.len()];
    arguments[..COUNT].copy_from_slice(&given);
    // SAFETY: the callers, here and in the files below, pass addresses of
    // memory that they hold a reference to, for the time of the call.
    let eax = unsafe { entry::system_call(call.number(), &arguments) };
    abi::from_register(eax)
}
