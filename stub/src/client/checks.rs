//! Rejects malformed packets that gdbstub would accept and that would do harm.
//! Each kind has a test in `tests/gdbstub_would`.

use super::classify::Handler;
use crate::protocol::{Refused, RegisterId};
use gdbstub::arch::RegId;
use wire::hex;
use wire::i386;
use wire::parts::cut;

/// How many digits of a `G` come before those of the x87 registers.
const GENERAL_DIGITS: usize = 8 * i386::GENERAL.len();

/// Checks that gdbstub would do what a packet with `rest` says.
pub(super) fn check(handler: Handler, rest: &[u8]) -> Result<(), Refused> {
    let is_sound = match handler {
        Handler::Write => {
            let (len_bytes, digits) = parts_of_write(rest)?;
            digits.len() == len_bytes.saturating_mul(2) && !has_x(digits)
        }
        Handler::WriteBinary => {
            let (len_bytes, data) = parts_of_write(rest)?;
            unescaped_len(data) == len_bytes
        }
        Handler::Register => is_register(rest),
        Handler::SetRegister => is_register(rest) && !has_x(rest),
        // A client that sends back the reply to `g` has an x where a value was
        // not available.
        Handler::SetRegisters => {
            !has_x(rest.get(..GENERAL_DIGITS).unwrap_or(rest))
        }
        _ => true,
    };
    if is_sound { Ok(()) } else { Err(Refused::Invalid) }
}

/// Returns the address and the length in `range`, if it doesn't cross the end
/// of the address space.
pub(super) fn readable(range: &[u8]) -> Result<(u32, u32), Refused> {
    let (at, len_bytes) = hex::range(range).ok_or(Refused::Invalid)?;
    let behind = len_bytes.saturating_sub(1);
    at.checked_add(behind).ok_or(Refused::NoMemory)?;
    Ok((at, len_bytes))
}

/// Returns a write's declared length in bytes, and its data.
fn parts_of_write(write: &[u8]) -> Result<(usize, &[u8]), Refused> {
    let (range, data) = cut(write, b':');
    let (_, len_bytes) = hex::range(range).ok_or(Refused::Invalid)?;
    let len_bytes = usize::try_from(len_bytes).unwrap_or(usize::MAX);
    Ok((len_bytes, data.unwrap_or(&[])))
}

/// Returns the length of `data` without RSP's escapes.
fn unescaped_len(data: &[u8]) -> usize {
    let mut is_escaped = false;
    let counts = |byte: &&u8| {
        is_escaped = **byte == b'}' && !is_escaped;
        !is_escaped
    };
    data.iter().filter(counts).count()
}

/// Returns whether there is an x, which gdbstub reads as 0.
fn has_x(digits: &[u8]) -> bool {
    digits.iter().any(|digit| matches!(digit, b'x' | b'X'))
}

/// Returns whether `number`, up to a `=`, names a register.
fn is_register(number: &[u8]) -> bool {
    let number = hex::number(cut(number, b'=').0);
    let number = number.and_then(|id| id.try_into().ok());
    number.is_some_and(|id| RegisterId::from_raw_id(id).is_some())
}
