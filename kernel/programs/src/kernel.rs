//! The way into the kernel, and from the kernel into `main`: all that a
//! program does beyond the language.
//!
//! The numbers, parameters and errors of the calls derive from
//! [`abi::system_calls`].

use abi::{Call, Envelope, Error, ProcessData};

/// The status with which a task ends that panicked.
pub const PANICKED: u32 = 101;

/// What a new thread runs. It ends by [`exit`].
pub type ThreadEntry = extern "C" fn(argument: u32) -> !;

/// Ends the calling task.
pub fn exit(status: u32) -> ! {
    loop {
        // The loop says what the kernel promises: this does not return.
        let _never = raw::exit(status);
    }
}

/// Adds `text` to the kernel's log. Only its first
/// [`abi::MAX_LOG_BYTES`] bytes are taken.
pub fn log(text: &str) {
    let len = text.floor_char_boundary(abi::MAX_LOG_BYTES as usize);
    // Who cannot log can tell nobody.
    let _unheard = raw::log(address(text.as_ptr()), len as u32);
}

/// Lets other tasks run for at least so many milliseconds.
pub fn sleep(milliseconds: u32) {
    // It has no errors.
    let _zero = raw::sleep(milliseconds);
}

/// Lets another task run that is ready.
pub fn yield_now() {
    // It has no errors.
    let _zero = raw::yield_now();
}

/// Starts a thread of this process and returns its id.
///
/// # Errors
///
/// Fails if memory is short, or the name is empty or too long.
pub fn thread_create(
    entry: ThreadEntry,
    argument: u32,
    name: &str,
) -> Result<u32, Error> {
    let (text, len_bytes) = (address(name.as_ptr()), name.len() as u32);
    raw::thread_create(entry as usize as u32, argument, text, len_bytes)
}

/// Creates a mailbox of this process and returns its id.
///
/// # Errors
///
/// Fails if memory is short or the capacity is out of range.
pub fn mailbox_create(capacity_bytes: u32) -> Result<u32, Error> {
    raw::mailbox_create(capacity_bytes)
}

/// Sends a message, with the protocol and class of `envelope`. Waits for
/// room.
///
/// # Errors
///
/// Fails if there is no such mailbox or the message can never fit.
pub fn mailbox_send(
    mailbox: u32,
    envelope: &Envelope,
    data: &[u8],
) -> Result<(), Error> {
    raw::mailbox_send(
        mailbox,
        address(envelope),
        address(data.as_ptr()),
        data.len() as u32,
        0,
    )?;
    Ok(())
}

/// Receives the oldest message of a mailbox: its envelope, and how many
/// bytes of `buffer` it filled. Waits for one.
///
/// # Errors
///
/// Fails if the mailbox is not one of this process', another thread waits
/// for it already, or the message is longer than the buffer.
pub fn mailbox_receive(
    mailbox: u32,
    buffer: &mut [u8],
) -> Result<(Envelope, usize), Error> {
    let mut envelope = Envelope::default();
    let len_bytes = raw::mailbox_receive(
        mailbox,
        address(&raw mut envelope),
        address(buffer.as_mut_ptr()),
        buffer.len() as u32,
        0,
    )?;
    Ok((envelope, len_bytes as usize))
}

/// Lets other processes find a mailbox by name.
///
/// # Errors
///
/// Fails if the mailbox is not one of this process', the name is taken,
/// empty or too long, or there are too many services.
pub fn service_publish(name: &str, mailbox: u32) -> Result<(), Error> {
    raw::service_publish(address(name.as_ptr()), name.len() as u32, mailbox)?;
    Ok(())
}

/// Finds a mailbox by name.
///
/// # Errors
///
/// Fails if nobody has published the name.
pub fn service_find(name: &str) -> Result<u32, Error> {
    raw::service_find(address(name.as_ptr()), name.len() as u32)
}

/// Returns what the kernel tells this process of itself.
#[must_use]
pub fn process_data() -> &'static ProcessData {
    entry::process_data()
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
    use super::{Call, Error, trap};

    macro_rules! stubs {
        ($($(#[doc = $does:literal])+
           $variant:ident $name:ident = $number:literal
               ($($parameter:ident),*) -> $returns:literal
               [$($error:ident),*];
        )+) => {$(
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
    // SAFETY: the callers of this file pass addresses of memory that they
    // hold a reference to, for the time of the call.
    let eax = unsafe { entry::system_call(call.number(), &arguments) };
    abi::from_register(eax)
}

/// There is no kernel under a program that was built for the host.
#[cfg(not(target_os = "none"))]
mod entry {
    use abi::ProcessData;

    pub(super) unsafe fn system_call(number: u32, arguments: &[u32]) -> u32 {
        panic!("no kernel to take call {number} with {arguments:?}")
    }

    pub(super) fn process_data() -> &'static ProcessData {
        panic!("no kernel to tell of this process")
    }
}

#[cfg(target_os = "none")]
mod entry {
    use abi::ProcessData;
    use core::arch::naked_asm;

    /// Executes a system call and returns EAX.
    ///
    /// Not inlined: a task that waits in the kernel stands here, and the
    /// debugger's walk up its stack begins with these unwinding rules.
    ///
    /// # Safety
    ///
    /// Addresses among the arguments are of memory that the kernel may read,
    /// or write, as the call's documentation says.
    #[unsafe(naked)]
    pub(super) unsafe extern "C" fn system_call(
        number: u32,
        arguments: &[u32; abi::ARGUMENT_REGISTERS.len()],
    ) -> u32 {
        naked_asm!(
            ".cfi_startproc",
            "push ebx",
            ".cfi_adjust_cfa_offset 4",
            ".cfi_rel_offset ebx, 0",
            "push esi",
            ".cfi_adjust_cfa_offset 4",
            ".cfi_rel_offset esi, 0",
            "push edi",
            ".cfi_adjust_cfa_offset 4",
            ".cfi_rel_offset edi, 0",
            "mov eax, [esp + 16]", // number
            "mov edi, [esp + 20]", // arguments
            "mov ebx, [edi]",
            "mov ecx, [edi + 4]",
            "mov edx, [edi + 8]",
            "mov esi, [edi + 12]",
            "mov edi, [edi + 16]",
            "int {vector}",
            "pop edi",
            ".cfi_adjust_cfa_offset -4",
            ".cfi_restore edi",
            "pop esi",
            ".cfi_adjust_cfa_offset -4",
            ".cfi_restore esi",
            "pop ebx",
            ".cfi_adjust_cfa_offset -4",
            ".cfi_restore ebx",
            "ret",
            ".cfi_endproc",
            vector = const abi::SYSTEM_CALL_VECTOR,
        )
    }

    pub(super) fn process_data() -> &'static ProcessData {
        let page = ProcessData::ADDRESS.0 as usize as *const ProcessData;
        // SAFETY: the kernel maps the page into each process before its
        // first task runs, writes it once, and never takes it away.
        unsafe { &*page }
    }

    /// The first instruction of a process.
    ///
    /// What holds here:
    /// 1. ESP is the top of this task's stack in ring 3; it holds nothing.
    /// 2. CS, SS, DS and ES are flat and of ring 3.
    /// 3. All other registers are arbitrary.
    ///
    /// EBP becomes 0 and the return address unknown, so that a walk up the
    /// stack ends here.
    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    extern "C" fn _start() -> ! {
        naked_asm!(
            ".cfi_startproc",
            ".cfi_undefined eip",
            "cld",
            "xor ebp, ebp",
            "call {start}",
            "ud2",
            ".cfi_endproc",
            start = sym start,
        )
    }

    unsafe extern "Rust" {
        /// Made by [`crate::program`].
        safe fn program_main();
    }

    extern "C" fn start() -> ! {
        program_main();
        super::exit(0)
    }
}
