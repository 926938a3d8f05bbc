//! C's `printf`, as far as it makes sense in a kernel.
//!
//! Numbers have the sizes of i386: `int`, `long` and pointers are 32 bits wide.
//! gdb usually processes escapes itself, but in an agent expression it leaves
//! them as typed.
//!
//! Spec: ISO C, "The fprintf function"; GDB manual, "Dynamic Printf".

use super::context::{Context, Failure};
use super::extension::extended;

/// The longest string that is read from memory, in bytes.
const MOST_TEXT: usize = 200;

/// The widest field, in characters.
const MOST_WIDTH: usize = 64;

/// The number of octal digits of a 64-bit number.
const MOST_DIGITS: usize = 22;

/// Prints `arguments` according to `format`.
pub(super) fn print(
    format: &[u8],
    arguments: &[u64],
    context: &mut dyn Context,
) -> Result<(), Failure> {
    let mut arguments = arguments.iter();
    let mut rest = format;
    while let Some(byte) = next(&mut rest) {
        match byte {
            b'\\' => escape(&mut rest, context),
            b'%' => {
                let mut field = Field::parse(&mut rest, context)?;
                if field.kind == b'%' {
                    context.print(b'%');
                } else {
                    let value = arguments.next().ok_or(Failure::Malformed)?;
                    field.print(*value)?;
                }
            }
            byte => context.print(byte),
        }
    }
    Ok(())
}

/// Takes the next byte.
#[inline(never)]
fn next(rest: &mut &[u8]) -> Option<u8> {
    let (byte, behind) = rest.split_first()?;
    *rest = behind;
    Some(*byte)
}

fn escape(rest: &mut &[u8], context: &mut dyn Context) {
    let Some(byte) = next(rest) else { return context.print(b'\\') };
    context.print(match byte {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        b'e' => 27,
        b'0'..=b'7' => {
            let mut value = byte & 7;
            for _ in 0..2 {
                let [digit @ b'0'..=b'7', behind @ ..] = *rest else { break };
                value = value.wrapping_shl(3) | digit & 7;
                *rest = behind;
            }
            value
        }
        byte => byte,
    });
}

/// A conversion: the flags and sizes after `%`, and its letter.
struct Field<'c> {
    context: &'c mut dyn Context,
    left: bool,
    zeros: bool,
    prefixed: bool,
    sign: Option<u8>,
    width: usize,
    precision: Option<usize>,
    bits: u32,
    kind: u8,
}

impl<'c> Field<'c> {
    fn parse(
        rest: &mut &[u8],
        context: &'c mut dyn Context,
    ) -> Result<Self, Failure> {
        let mut field = Self {
            context,
            left: false,
            zeros: false,
            prefixed: false,
            sign: None,
            width: 0,
            precision: None,
            bits: 32,
            kind: b'%',
        };
        loop {
            let byte = next(rest).ok_or(Failure::Malformed)?;
            match byte {
                b'-' => field.left = true,
                b'#' => field.prefixed = true,
                b'+' => field.sign = Some(b'+'),
                b' ' => field.sign = field.sign.or(Some(b' ')),
                b'0' if field.width == 0 && field.precision.is_none() => {
                    field.zeros = true;
                }
                b'.' => field.precision = Some(0),
                b'0'..=b'9' => {
                    let number =
                        field.precision.as_mut().unwrap_or(&mut field.width);
                    let digit = usize::from(byte & 15);
                    *number = number.saturating_mul(10).saturating_add(digit);
                }
                b'h' => field.bits = field.bits.wrapping_shr(1),
                // `long` is as wide as `int`; only a second `l` widens it.
                b'l' if field.kind == b'l' => field.bits = 64,
                b'l' => field.kind = b'l',
                b'j' | b'q' => field.bits = 64,
                b'z' | b't' => {}
                kind => {
                    field.kind = kind;
                    field.width = field.width.min(MOST_WIDTH);
                    return Ok(field);
                }
            }
        }
    }

    fn print(&mut self, value: u64) -> Result<(), Failure> {
        let bits = self.bits.max(8);
        let signed = extended(value, bits, true).cast_signed();
        let value = extended(value, bits, false);
        match self.kind {
            b'd' | b'i' => {
                let sign = if signed < 0 { Some(b'-') } else { self.sign };
                self.number(signed.unsigned_abs(), 10, sign);
            }
            b'u' => self.number(value, 10, None),
            b'x' | b'X' => self.number(value, 16, None),
            b'o' => self.number(value, 8, None),
            b'p' => {
                self.prefixed = true;
                self.number(value, 16, None);
            }
            b'c' => self.text(&[value as u8]),
            b's' => {
                let mut text = [0; MOST_TEXT];
                let len = self.string(value as u32, &mut text);
                let text = len.map(|len| text.get(..len).unwrap_or(&[]));
                self.text(text.unwrap_or(b"<no memory>"));
            }
            _ => return Err(Failure::Unsupported),
        }
        Ok(())
    }

    fn number(&mut self, value: u64, base: u64, sign: Option<u8>) {
        let mut digits = [0; MOST_DIGITS];
        let mut rest = value;
        let mut count = 0_usize;
        for place in digits.iter_mut().rev() {
            if rest == 0 && count > 0 {
                break;
            }
            let behind = rest.checked_div(base).unwrap_or(0);
            let digit = rest.wrapping_sub(behind.wrapping_mul(base)) as u8;
            *place = match digit {
                0..10 => digit | b'0',
                _ => (digit.wrapping_add(b'a' - 10)) ^ self.case(),
            };
            rest = behind;
            count = count.saturating_add(1);
        }
        let prefix: &[u8] = match (self.prefixed, base) {
            (true, 16) if self.case() == 0 => b"0x",
            (true, 16) => b"0X",
            (true, 8) => b"0",
            _ => b"",
        };
        let used = count
            .saturating_add(prefix.len())
            .saturating_add(sign.map_or(0, |_| 1));
        let wanted = match self.precision {
            Some(digits) => digits.min(MOST_WIDTH).saturating_sub(count),
            None if self.zeros && !self.left => self.width.saturating_sub(used),
            None => 0,
        };
        let padding = self.width.saturating_sub(used.saturating_add(wanted));
        self.pad(!self.left, padding);
        sign.iter().chain(prefix).for_each(|it| self.context.print(*it));
        (0..wanted).for_each(|_| self.context.print(b'0'));
        let first = MOST_DIGITS.saturating_sub(count);
        let digits = digits.get(first..).unwrap_or(&[]);
        digits.iter().for_each(|digit| self.context.print(*digit));
        self.pad(self.left, padding);
    }

    fn text(&mut self, text: &[u8]) {
        let padding = self.width.saturating_sub(text.len());
        self.pad(!self.left, padding);
        text.iter().for_each(|byte| self.context.print(*byte));
        self.pad(self.left, padding);
    }

    fn pad(&mut self, here: bool, count: usize) {
        if here {
            (0..count).for_each(|_| self.context.print(b' '));
        }
    }

    /// Reads a NUL-terminated string, at most as long as the precision, and
    /// returns its length; none if it cannot be read to its end.
    fn string(
        &mut self,
        address: u32,
        text: &mut [u8; MOST_TEXT],
    ) -> Option<usize> {
        let most = self.precision.unwrap_or(MOST_TEXT);
        let mut len = 0_usize;
        for place in text.iter_mut().take(most) {
            let at = address.wrapping_add(len as u32);
            let mut byte = [0];
            if !self.context.read(at, &mut byte) {
                return None;
            }
            if byte == [0] {
                break;
            }
            [*place] = byte;
            len = len.saturating_add(1);
        }
        Some(len)
    }

    /// The bit to clear in a lower-case digit to give it the field's case.
    fn case(&self) -> u8 {
        if self.kind == b'X' { 0x20 } else { 0 }
    }
}
