//! System calls, as `abi`'s table has them.

use crate::devices::clock;
use crate::devices::console::line_of_task;
use crate::devices::piece::Piece;
use crate::lifecycle::{create, exit, family};
use crate::machine::trap_frame::TrapFrame;
use crate::process::{heap, mailbox, port, service, user_memory, window};
use crate::{programs, schedule};
use abi::{
    ARGUMENTS_BYTES, Call, Error, MAX_LOG_BYTES, NAME_BYTES, Text, to_register,
};

/// Carries out the call in `frame` and leaves its result there.
///
/// A function of its own, and not part of the way in, so that a debugger may
/// stop here.
#[inline(never)]
pub(crate) fn dispatch(frame: &mut TrapFrame) {
    let TrapFrame { eax, ebx, ecx, edx, esi, edi, .. } = *frame;
    let result = match Call::try_from(eax) {
        Ok(call) => perform(call, [ebx, ecx, edx, esi, edi]),
        Err(_) => Err(Error::InvalidArgument),
    };
    frame.eax = to_register(result);
}

fn perform(call: Call, arguments: [u32; 5]) -> Result<u32, Error> {
    let [a, b, c, d, e] = arguments;
    let done = |()| 0;
    match call {
        Call::Exit => exit::exit(a),
        Call::Log => log(a, b).map(done),
        Call::Sleep => {
            schedule::sleep(a);
            Ok(0)
        }
        Call::Yield => {
            schedule::yield_now();
            Ok(0)
        }
        Call::ThreadCreate => thread_create(a, b, c, d),
        Call::MailboxCreate => mailbox::create(a),
        Call::MailboxSend => mailbox::send(a, b, c, d, e).map(done),
        Call::MailboxReceive => mailbox::receive(a, b, c, d, e),
        Call::ServicePublish => service::publish(name(a, b)?, c).map(done),
        Call::ServiceFind => service::find(name(a, b)?),
        Call::ServiceWithdraw => service::withdraw(name(a, b)?).map(done),
        Call::MailboxDestroy => mailbox::destroy(a).map(done),
        Call::MailboxFlush => mailbox::flush(a),
        Call::MailboxAllow => mailbox::allow(a, b, c).map(done),
        Call::ProcessCreate => process_create(a, b, c, d),
        Call::ProcessKill => family::kill(a).map(done),
        Call::ProcessWait => family::wait_for_process(a, b),
        Call::TaskWait => family::wait_for_task(a, b).map(done),
        Call::MemoryAllocate => heap::allocate(a),
        Call::MemoryFree => heap::free(a).map(done),
        Call::WindowCreate => window::create(a, b, c),
        Call::WindowAttach => window::attach(a, b),
        Call::WindowDetach => window::detach(a).map(done),
        Call::WindowDestroy => window::destroy(a).map(done),
        Call::WindowMailbox => window::mailbox_of(a),
        Call::WindowPages => window::pages_of(a),
        Call::PortClaim => port::claim(a, b).map(done),
        Call::PortRelease => port::release(a, b).map(done),
        Call::Uptime => {
            let ms = 1000 / clock::TICKS_PER_SECOND;
            Ok(clock::ticks().wrapping_mul(ms) & i32::MAX as u32)
        }
    }
}

fn log(text: u32, len_bytes: u32) -> Result<(), Error> {
    if len_bytes > MAX_LOG_BYTES {
        return Err(Error::InvalidArgument);
    }
    let bytes = read(text, len_bytes)?;
    if let Some(process) = schedule::current().process() {
        let name = Text(&process.name);
        line_of_task(&[
            Piece::Raw(name.as_bytes()),
            Piece::Text(": "),
            Piece::Raw(bytes),
        ]);
    }
    Ok(())
}

fn thread_create(
    entry: u32,
    argument: u32,
    name_at: u32,
    name_len: u32,
) -> Result<u32, Error> {
    let name = name(name_at, name_len)?;
    let process = schedule::current().process().ok_or(Error::OutOfMemory)?;
    create::thread_create(process, name, entry, argument)
        .map_err(|_| Error::OutOfMemory)
}

fn process_create(
    name_at: u32,
    name_len: u32,
    arguments: u32,
    arguments_len: u32,
) -> Result<u32, Error> {
    let name = name(name_at, name_len)?;
    if arguments_len > ARGUMENTS_BYTES as u32 {
        return Err(Error::InvalidArgument);
    }
    let arguments = read(arguments, arguments_len)?;
    if !programs::is_known(Text(&name).as_str()) {
        return Err(Error::ProgramUnavailable);
    }
    create::request(name, arguments)
}

/// Reads a name: 1 to 32 bytes of text without zeros.
fn name(address: u32, len_bytes: u32) -> Result<[u8; NAME_BYTES], Error> {
    let bytes = read(address, len_bytes.min(NAME_BYTES as u32 + 1))?;
    let mut name = [0; NAME_BYTES];
    let place = name.get_mut(..bytes.len()).ok_or(Error::InvalidArgument)?;
    place.copy_from_slice(bytes);
    if bytes.is_empty() || bytes.contains(&0) || !bytes.is_ascii() {
        return Err(Error::InvalidArgument);
    }
    Ok(name)
}

fn read<'t>(address: u32, len_bytes: u32) -> Result<&'t [u8], Error> {
    user_memory::read(address, len_bytes).map_err(|_| Error::InvalidArgument)
}
