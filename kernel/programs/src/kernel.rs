//! System calls, and the entry from the kernel into `main`: everything that a
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
    Patience, mailbox_allow, mailbox_destroy, mailbox_receive,
    mailbox_receive_within, mailbox_send, mailbox_send_within, service_find,
    service_publish, service_withdraw,
};
pub use ports::{Ports, read_port};
pub use raw::{
    mailbox_create, mailbox_flush, process_wait, window_create, window_mailbox,
};
pub use tasks::{
    ThreadEntry, process_create, process_kill, task_wait, thread_create,
};
pub use windows::{Access, Window, window_destroy};

use abi::{Call, Error, ProcessData, Text};
#[cfg(not(target_os = "none"))]
use absent as entry;

/// The status of a task that has panicked.
pub const PANICKED: u32 = 101;

/// Bytes of a page.
pub const PAGE_BYTES: usize = abi::PAGE_BYTES as usize;

/// Ends the calling task. A process ends with its last task, and with the
/// low eight bits of that task's status.
pub fn exit(status: u32) -> ! {
    loop {
        // The kernel guarantees that this does not return; the loop tells the
        // compiler so.
        let _never = raw::exit(status);
    }
}

/// Executes an invalid instruction, so that the processor faults and the
/// kernel ends this process.
pub fn crash() -> ! {
    entry::crash()
}

/// Appends `text` to the kernel's log, up to [`abi::MAX_LOG_BYTES`] bytes of
/// it.
pub fn log(text: &str) {
    let len = text.floor_char_boundary(abi::MAX_LOG_BYTES as usize);
    // If logging fails, there is no way to report it.
    let _unheard = raw::log(address(text.as_ptr()), len as u32);
}

/// Suspends the calling task for at least this many milliseconds.
///
/// A function of its own, for debuggers to step over.
#[inline(never)]
pub fn sleep(milliseconds: u32) {
    // It cannot fail.
    let _zero = raw::sleep(milliseconds);
}

/// Yields to another task that is ready.
pub fn yield_now() {
    // It cannot fail.
    let _zero = raw::yield_now();
}

/// Allocates this many contiguous zeroed pages of memory.
///
/// # Errors
///
/// Fails if there is too little memory, or `pages` is 0 or out of range.
pub fn memory_allocate(pages: u32) -> Result<&'static mut [u8], Error> {
    let start = raw::memory_allocate(pages)?;
    let len_bytes = pages as usize * PAGE_BYTES;
    // SAFETY: the kernel has just mapped these pages for this process, and
    // nothing else uses them until they are freed.
    Ok(unsafe { entry::memory(start, len_bytes) })
}

/// Frees memory from [`memory_allocate`].
///
/// # Errors
///
/// Fails if this is only a part of it that lacks its first byte.
pub fn memory_free(memory: &'static mut [u8]) -> Result<(), Error> {
    raw::memory_free(address(memory.as_ptr())).map(drop)
}

/// Returns the time since boot in milliseconds. It wraps around.
#[must_use]
pub fn uptime() -> u32 {
    // It cannot fail.
    raw::uptime().unwrap_or(0)
}

/// Suspends this thread for good.
pub fn rest() -> ! {
    loop {
        sleep(u32::MAX);
    }
}

/// Returns the kernel's record of this process.
#[must_use]
pub fn process_data() -> &'static ProcessData {
    entry::process_data()
}

/// Returns the arguments of this process.
#[must_use]
pub fn arguments() -> &'static str {
    Text(&process_data().arguments).as_str()
}

/// Executes a system call with any number and any arguments, whatever the
/// effect on this process; returns EAX.
///
/// # Safety
///
/// Addresses among the arguments must be of memory that the kernel may read or
/// write, as the call's documentation says; otherwise this process can no
/// longer rely on its memory.
pub unsafe fn any_call(
    number: u32,
    arguments: &[u32; abi::ARGUMENT_REGISTERS.len()],
) -> u32 {
    // SAFETY: the caller fulfils the condition above.
    unsafe { entry::system_call(number, arguments) }
}

/// Returns an address as the kernel expects it.
fn address<T>(pointer: *const T) -> u32 {
    pointer.addr() as u32
}

/// The calls as in the table: words in, a word out.
///
/// An address of memory that is passed to them must be one that the kernel may
/// read or write, as the table says.
mod raw {
    use crate::kernel::{Call, Error, trap};

    macro_rules! stubs {
        ($($(#[doc = $does:literal])+
           $variant:ident $name:ident = $number:literal
               ($($parameter:ident),*) -> $returns:literal
               [$($error:ident),*];
        )+) => {$(
            $(#[doc = $does])+
            ///
            /// # Errors
            ///
            #[doc = concat!("Fails with ", stringify!($($error),*), ".")]
            #[allow(
                dead_code,
                unreachable_pub,
                reason = "no program may make a call yet, or only through \
                    another function"
            )]
            pub fn $name($($parameter: u32),*) -> Result<u32, Error> {
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
    // memory to which they hold a reference during the call.
    let eax = unsafe { entry::system_call(call.number(), &arguments) };
    abi::from_register(eax)
}
