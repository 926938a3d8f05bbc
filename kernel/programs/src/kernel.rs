//! The way into the kernel, and from the kernel into `main`: all that a
//! program does beyond the language.
//!
//! The numbers, parameters and errors of the calls derive from
//! [`abi::system_calls`].

use abi::{Call, DO_NOT_BLOCK, Envelope, Error, ProcessData, TIMEOUT_SHIFT};
use core::sync::atomic::AtomicU32;

/// The status with which a task ends that panicked.
pub const PANICKED: u32 = 101;

/// Bytes of a page.
pub const PAGE_BYTES: usize = abi::PAGE_BYTES as usize;

/// What a new thread runs. It ends by [`exit`].
pub type ThreadEntry = extern "C" fn(argument: u32) -> !;

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

/// Waits until a thread of this process has ended, for at most so many
/// milliseconds; 0 waits for ever. All that it had is free again then.
///
/// # Errors
///
/// Fails if it has not ended in time, or is not another thread of this
/// process.
pub fn task_wait(task: u32, milliseconds: u32) -> Result<(), Error> {
    raw::task_wait(task, milliseconds)?;
    Ok(())
}

/// Starts a boot module as a child of this process and returns its id.
///
/// # Errors
///
/// Fails if there is no such module, it is no program, memory is short, or
/// the name or the arguments are too long.
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
/// Fails if there is no such process, or another one has created it.
pub fn process_kill(process: u32) -> Result<(), Error> {
    raw::process_kill(process)?;
    Ok(())
}

/// Waits until a child of this process has ended, for at most so many
/// milliseconds; 0 waits for ever. Returns its status, which the kernel
/// forgets then. All that the child had is free again.
///
/// # Errors
///
/// Fails if it has not ended in time, there is no such process, or another
/// one has created it.
pub fn process_wait(process: u32, milliseconds: u32) -> Result<u32, Error> {
    raw::process_wait(process, milliseconds)
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

/// Creates a mailbox of this process and returns its id.
///
/// # Errors
///
/// Fails if memory is short or the capacity is out of range.
pub fn mailbox_create(capacity_bytes: u32) -> Result<u32, Error> {
    raw::mailbox_create(capacity_bytes)
}

/// Destroys a mailbox of this process. Whoever waits for it, waits no more.
///
/// # Errors
///
/// Fails if there is no such mailbox, or it is another process'.
pub fn mailbox_destroy(mailbox: u32) -> Result<(), Error> {
    raw::mailbox_destroy(mailbox)?;
    Ok(())
}

/// Drops the messages of a mailbox of this process and returns how many
/// there were.
///
/// # Errors
///
/// Fails if there is no such mailbox, or it is another process'.
pub fn mailbox_flush(mailbox: u32) -> Result<u32, Error> {
    raw::mailbox_flush(mailbox)
}

/// Lets only that process, and only that task, send to a mailbox of this
/// process; 0 stands for any.
///
/// # Errors
///
/// Fails if there is no such mailbox, or it is another process'.
pub fn mailbox_allow(
    mailbox: u32,
    process: u32,
    task: u32,
) -> Result<(), Error> {
    raw::mailbox_allow(mailbox, process, task)?;
    Ok(())
}

/// How long a call may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Until it can go on.
    Forever,
    /// At most so many milliseconds; 0 is none at all.
    Milliseconds(u32),
}

impl Patience {
    fn flags(self) -> u32 {
        match self {
            Self::Forever => 0,
            Self::Milliseconds(0) => DO_NOT_BLOCK,
            Self::Milliseconds(milliseconds) => {
                milliseconds.min(u32::MAX >> TIMEOUT_SHIFT) << TIMEOUT_SHIFT
            }
        }
    }
}

/// Sends a message, with the protocol and class of `envelope`. Waits for
/// room.
///
/// # Errors
///
/// Fails if there is no such mailbox, it is not open to this task, or the
/// message can never fit.
pub fn mailbox_send(
    mailbox: u32,
    envelope: &Envelope,
    data: &[u8],
) -> Result<(), Error> {
    mailbox_send_within(Patience::Forever, mailbox, envelope, data)
}

/// Sends a message as [`mailbox_send`] does, but waits only so long.
///
/// # Errors
///
/// Fails as [`mailbox_send`] does, or if there was no room in time.
pub fn mailbox_send_within(
    patience: Patience,
    mailbox: u32,
    envelope: &Envelope,
    data: &[u8],
) -> Result<(), Error> {
    raw::mailbox_send(
        mailbox,
        address(envelope),
        address(data.as_ptr()),
        data.len() as u32,
        patience.flags(),
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
    mailbox_receive_within(Patience::Forever, mailbox, buffer)
}

/// Receives a message as [`mailbox_receive`] does, but waits only so long.
///
/// # Errors
///
/// Fails as [`mailbox_receive`] does, or if no message came in time.
pub fn mailbox_receive_within(
    patience: Patience,
    mailbox: u32,
    buffer: &mut [u8],
) -> Result<(Envelope, usize), Error> {
    let mut envelope = Envelope::default();
    let len_bytes = raw::mailbox_receive(
        mailbox,
        address(&raw mut envelope),
        address(buffer.as_mut_ptr()),
        buffer.len() as u32,
        patience.flags(),
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

/// Takes back the name of one of this process' services.
///
/// # Errors
///
/// Fails if nobody has published the name, or another process has.
pub fn service_withdraw(name: &str) -> Result<(), Error> {
    raw::service_withdraw(address(name.as_ptr()), name.len() as u32)?;
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

/// Creates a shared window of zeroed pages and returns its id. `mailbox`
/// synchronises its users; 0 is none. `rights` are what other processes may
/// do: [`abi::WINDOW_SHARED`], and [`abi::WINDOW_SHARED_WRITABLE`].
///
/// # Errors
///
/// Fails if memory is short, there is no such mailbox, or the size is 0 or
/// out of range.
pub fn window_create(
    pages: u32,
    mailbox: u32,
    rights: u32,
) -> Result<u32, Error> {
    raw::window_create(pages, mailbox, rights)
}

/// Destroys a shared window of this process: nobody can attach it any more.
///
/// # Errors
///
/// Fails if there is no such window, or it is another process'.
pub fn window_destroy(window: u32) -> Result<(), Error> {
    raw::window_destroy(window)?;
    Ok(())
}

/// Returns the mailbox that synchronises a shared window, or 0.
///
/// # Errors
///
/// Fails if there is no such window.
pub fn window_mailbox(window: u32) -> Result<u32, Error> {
    raw::window_mailbox(window)
}

/// What an attachment is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Only to read: a write faults.
    Read,
    /// To read and to write.
    Write,
}

/// A shared window that is attached to this process until it is dropped.
#[derive(Debug)]
pub struct Window {
    id: u32,
    start: u32,
    words: usize,
}

impl Window {
    /// Attaches a window.
    ///
    /// # Errors
    ///
    /// Fails if there is no such window, its owner did not allow that, it is
    /// attached already, or memory is short.
    pub fn attach(window: u32, access: Access) -> Result<Self, Error> {
        let flags = match access {
            Access::Read => 0,
            Access::Write => abi::WINDOW_WRITE,
        };
        let pages = raw::window_pages(window)?;
        let start = raw::window_attach(window, flags)?;
        let words = pages as usize * PAGE_BYTES / size_of::<AtomicU32>();
        Ok(Self { id: window, start, words })
    }

    /// Returns its words, which change while others write to them.
    #[must_use]
    pub fn words(&self) -> &[AtomicU32] {
        // SAFETY: the kernel has mapped so many pages at this address, and
        // takes them away when `self` is dropped. Any words are atomic ones.
        unsafe { entry::words(self.start, self.words) }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // It is attached: that cannot fail.
        let _zero = raw::window_detach(self.id);
    }
}

/// I/O ports in a row that are this process' until they are dropped.
#[derive(Debug)]
pub struct Ports {
    first: u16,
    count: u16,
}

impl Ports {
    /// Claims so many ports from `first` on.
    ///
    /// # Errors
    ///
    /// Fails if somebody has one of them, there are none so high, or the
    /// kernel cannot give them.
    pub fn claim(first: u16, count: u16) -> Result<Self, Error> {
        raw::port_claim(first.into(), count.into())?;
        Ok(Self { first, count })
    }

    /// Reads the port that is `offset` behind the first one.
    ///
    /// # Panics
    ///
    /// Panics if that is none of these.
    #[must_use]
    pub fn read(&self, offset: u16) -> u8 {
        entry::read_port(self.port(offset))
    }

    /// Writes to the port that is `offset` behind the first one.
    ///
    /// # Panics
    ///
    /// Panics if that is none of these.
    pub fn write(&self, offset: u16, value: u8) {
        entry::write_port(self.port(offset), value);
    }

    fn port(&self, offset: u16) -> u16 {
        assert!(offset < self.count, "port {offset} of {}", self.count);
        self.first + offset
    }
}

impl Drop for Ports {
    fn drop(&mut self) {
        // They are claimed: that cannot fail.
        let _zero = raw::port_release(self.first.into(), self.count.into());
    }
}

/// Reads a port. Whoever has not claimed it faults, and its process ends.
#[must_use]
pub fn read_port(port: u16) -> u8 {
    entry::read_port(port)
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
    use core::sync::atomic::AtomicU32;

    pub(super) unsafe fn system_call(number: u32, arguments: &[u32]) -> u32 {
        panic!("no kernel to take call {number} with {arguments:?}")
    }

    pub(super) fn crash() -> ! {
        panic!("no kernel to end this process")
    }

    pub(super) unsafe fn memory(start: u32, _: usize) -> &'static mut [u8] {
        panic!("no kernel to give memory at {start:#x}")
    }

    pub(super) fn process_data() -> &'static ProcessData {
        panic!("no kernel to tell of this process")
    }

    pub(super) unsafe fn words<'w>(start: u32, _: usize) -> &'w [AtomicU32] {
        panic!("no kernel to share memory at {start:#x}")
    }

    pub(super) fn read_port(port: u16) -> u8 {
        panic!("no kernel to permit port {port:#x}")
    }

    pub(super) fn write_port(port: u16, value: u8) {
        panic!("no kernel to permit port {port:#x} = {value}")
    }
}

#[cfg(target_os = "none")]
mod entry {
    use abi::ProcessData;
    use core::arch::{asm, naked_asm};
    use core::sync::atomic::AtomicU32;

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

    pub(super) fn crash() -> ! {
        // SAFETY: the instruction only faults.
        unsafe { asm!("ud2", options(noreturn)) }
    }

    /// Returns memory of this process.
    ///
    /// # Safety
    ///
    /// The bytes must be mapped for writing, and nobody else's.
    pub(super) unsafe fn memory(
        start: u32,
        len_bytes: usize,
    ) -> &'static mut [u8] {
        let first = start as usize as *mut u8;
        // SAFETY: the caller promises just that.
        unsafe { core::slice::from_raw_parts_mut(first, len_bytes) }
    }

    /// Returns memory that this process shares with others.
    ///
    /// # Safety
    ///
    /// So many words must be mapped at `start` for as long as the slice is
    /// used.
    pub(super) unsafe fn words<'w>(
        start: u32,
        count: usize,
    ) -> &'w [AtomicU32] {
        let first = start as usize as *const AtomicU32;
        // SAFETY: the caller promises just that; atomic words may change.
        unsafe { core::slice::from_raw_parts(first, count) }
    }

    pub(super) fn read_port(port: u16) -> u8 {
        let value;
        // SAFETY: the processor faults unless the kernel has given the port
        // to this process, and the kernel keeps the ports of its
        // own devices.
        unsafe {
            asm!("in al, dx", in("dx") port, out("al") value,
                options(nomem, nostack, preserves_flags));
        }
        value
    }

    pub(super) fn write_port(port: u16, value: u8) {
        // SAFETY: as in `read_port`.
        unsafe {
            asm!("out dx, al", in("dx") port, in("al") value,
                options(nomem, nostack, preserves_flags));
        }
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
