//! Rejects malformed packets that gdbstub would accept and that would do harm.
//! Each kind has a test in `tests/gdbstub_would`.

use super::classify::Handler;
use crate::protocol::{Refused, RegisterId};
use gdbstub::arch::RegId;
use wire::hex;
use wire::i386::{self, Register};
use wire::parts::cut;

/// How many digits of a `G` come before those of the x87 registers.
const GENERAL_DIGITS: usize = digits_of(&i386::GENERAL);

/// How many digits a `G` has.
const ALL_DIGITS: usize = GENERAL_DIGITS + digits_of(&i386::FLOAT);

const fn digits_of(registers: &[Register]) -> usize {
    let mut rest = registers;
    let mut digits = 0_usize;
    while let [first, more @ ..] = rest {
        digits = digits.saturating_add(first.bits() as usize / 4);
        rest = more;
    }
    digits
}

/// Checks that gdbstub would do what a packet with `rest` says; `has_x87` says
/// whether the x87 registers are available.
pub(super) fn check(
    handler: Handler,
    rest: &[u8],
    has_x87: impl FnOnce() -> bool,
) -> Result<(), Refused> {
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
        // Of an odd number of digits, gdbstub takes the first for a byte.
        Handler::SetRegister => {
            let value = cut(rest, b'=').1.unwrap_or(&[]);
            is_register(rest) && value.len().is_multiple_of(2) && !has_x(value)
        }
        // A client that sends back the reply to `g` has an x where a value was
        // not available.
        Handler::SetRegisters => {
            let parts = rest.split_at_checked(GENERAL_DIGITS);
            let (general, x87) = parts.ok_or(Refused::Invalid)?;
            rest.len() == ALL_DIGITS
                && !has_x(general)
                && !(has_x(x87) && has_x87())
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
