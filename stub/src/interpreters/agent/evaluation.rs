//! Evaluates an expression's bytecode.

use super::context::{Context, Failure};
use super::extension::extended;
use super::printf;

/// How many values the stack holds.
const STACK: usize = 32;

/// How many operations one evaluation may take.
const FUEL: u32 = 2000;

/// How many of them a `printf` counts as: it may read a lot of memory.
const PRINTF_COST: u32 = 400;

/// The stack of an expression. Values left by an earlier expression have no
/// effect on the next.
#[derive(Debug)]
pub struct Stack([u64; STACK]);

impl Stack {
    /// Returns an empty stack.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a default is not const")]
    pub const fn new() -> Self {
        Self([0; STACK])
    }
}

/// Runs `code` on `stack` and returns the value it leaves; none if it leaves
/// nothing, like one that only prints.
///
/// # Errors
///
/// Fails for the reasons that [`Failure`] lists.
pub fn evaluate(
    code: &[u8],
    stack: &mut Stack,
    context: &mut dyn Context,
) -> Result<Option<u64>, Failure> {
    let Stack(stack) = stack;
    let mut run = Run { code, at: 0, stack, depth: 0, failure: None, context };
    let mut fuel = FUEL;
    loop {
        let operation = run.next_byte();
        let cost = if operation == op::PRINTF { PRINTF_COST } else { 1 };
        fuel = fuel.checked_sub(cost).ok_or(Failure::Fuel)?;
        if operation == op::END && run.failure.is_none() {
            let top = run.depth.checked_sub(1);
            return Ok(top.and_then(|at| run.stack.get(at).copied()));
        }
        run.execute(operation);
        if let Some(failure) = run.failure {
            return Err(failure);
        }
    }
}

/// The operations, under gdb's names.
mod op {
    pub(super) const ADD: u8 = 0x02;
    pub(super) const SUB: u8 = 0x03;
    pub(super) const MUL: u8 = 0x04;
    pub(super) const DIV_SIGNED: u8 = 0x05;
    pub(super) const DIV_UNSIGNED: u8 = 0x06;
    pub(super) const REM_SIGNED: u8 = 0x07;
    pub(super) const REM_UNSIGNED: u8 = 0x08;
    pub(super) const LSH: u8 = 0x09;
    pub(super) const RSH_SIGNED: u8 = 0x0A;
    pub(super) const RSH_UNSIGNED: u8 = 0x0B;
    pub(super) const TRACE: u8 = 0x0C;
    pub(super) const TRACE_QUICK: u8 = 0x0D;
    pub(super) const LOG_NOT: u8 = 0x0E;
    pub(super) const BIT_AND: u8 = 0x0F;
    pub(super) const BIT_OR: u8 = 0x10;
    pub(super) const BIT_XOR: u8 = 0x11;
    pub(super) const BIT_NOT: u8 = 0x12;
    pub(super) const EQUAL: u8 = 0x13;
    pub(super) const LESS_SIGNED: u8 = 0x14;
    pub(super) const LESS_UNSIGNED: u8 = 0x15;
    pub(super) const EXT: u8 = 0x16;
    pub(super) const REF8: u8 = 0x17;
    pub(super) const REF64: u8 = 0x1A;
    pub(super) const REF_FLOAT: u8 = 0x1B;
    pub(super) const D_TO_L: u8 = 0x1F;
    pub(super) const IF_GOTO: u8 = 0x20;
    pub(super) const GOTO: u8 = 0x21;
    pub(super) const CONST8: u8 = 0x22;
    pub(super) const CONST64: u8 = 0x25;
    pub(super) const REG: u8 = 0x26;
    pub(super) const END: u8 = 0x27;
    pub(super) const DUP: u8 = 0x28;
    pub(super) const POP: u8 = 0x29;
    pub(super) const ZERO_EXT: u8 = 0x2A;
    pub(super) const SWAP: u8 = 0x2B;
    pub(super) const GETV: u8 = 0x2C;
    pub(super) const TRACE16: u8 = 0x30;
    pub(super) const PICK: u8 = 0x32;
    pub(super) const ROT: u8 = 0x33;
    pub(super) const PRINTF: u8 = 0x34;
}

/// An evaluation in progress. The first failure ends it: the values that the
/// failing operation takes after that have no meaning.
struct Run<'c> {
    code: &'c [u8],
    at: usize,
    stack: &'c mut [u64; STACK],
    depth: usize,
    failure: Option<Failure>,
    context: &'c mut dyn Context,
}

impl<'c> Run<'c> {
    fn execute(&mut self, operation: u8) {
        match operation {
            op::ADD..=op::RSH_UNSIGNED
            | op::BIT_AND..=op::BIT_XOR
            | op::EQUAL..=op::LESS_UNSIGNED => {
                let (right, left) = (self.pop(), self.pop());
                let value = self.binary(operation, left, right);
                self.push(value);
            }
            op::LOG_NOT => {
                let value = self.pop();
                self.push(u64::from(value == 0));
            }
            op::BIT_NOT => {
                let value = self.pop();
                self.push(!value);
            }
            op::EXT | op::ZERO_EXT => {
                let bits = self.next_byte().into();
                let value = self.pop();
                self.push(extended(value, bits, operation == op::EXT));
            }
            op::REF8..=op::REF64 => {
                let width = 1 << operation.saturating_sub(op::REF8);
                let address = self.pop() as u32;
                let mut bytes = [0; 8];
                let place = bytes.get_mut(..width).unwrap_or(&mut []);
                if !self.context.read(address, place) {
                    self.fail(Failure::Memory);
                }
                self.push(u64::from_le_bytes(bytes));
            }
            op::IF_GOTO | op::GOTO => {
                let target = self.number(2) as usize;
                if operation == op::GOTO || self.pop() != 0 {
                    self.at = target;
                }
            }
            op::CONST8..=op::CONST64 => {
                let width = 1 << operation.saturating_sub(op::CONST8);
                let value = self.number(width);
                self.push(value);
            }
            op::REG => {
                let number = self.number(2) as u16;
                match self.context.register(number) {
                    Some(value) => self.push(value),
                    None => self.fail(Failure::Register),
                }
            }
            op::DUP => self.pick(0),
            op::PICK => {
                let below = self.next_byte();
                self.pick(below.into());
            }
            op::POP => {
                self.pop();
            }
            op::SWAP => {
                let (top, below) = (self.pop(), self.pop());
                self.push(top);
                self.push(below);
            }
            op::ROT => {
                let (c, b, a) = (self.pop(), self.pop(), self.pop());
                self.push(c);
                self.push(a);
                self.push(b);
            }
            op::PRINTF => self.printf(),
            op::TRACE
            | op::TRACE_QUICK
            | op::REF_FLOAT..=op::D_TO_L
            | op::GETV..=op::TRACE16
            | 0x01 => self.fail(Failure::Unsupported),
            _ => self.fail(Failure::Malformed),
        }
    }

    /// In the code are the format's length and the format; on the stack, the
    /// function and the channel that a C library would need, both unused, then
    /// the arguments.
    fn printf(&mut self) {
        let count = self.next_byte();
        let len = self.number(2) as usize;
        let Some(format) = self.take(len).strip_suffix(&[0]) else {
            return self.fail(Failure::Malformed);
        };
        self.pop();
        self.pop();
        let mut arguments = [0; STACK];
        let Some(arguments) = arguments.get_mut(..count.into()) else {
            return self.fail(Failure::Stack);
        };
        arguments.iter_mut().for_each(|argument| *argument = self.pop());
        if self.failure.is_none()
            && let Err(failure) = printf::print(format, arguments, self.context)
        {
            self.fail(failure);
        }
    }

    #[inline(never)]
    fn fail(&mut self, failure: Failure) {
        self.failure = self.failure.or(Some(failure));
    }

    /// Reads the next byte of code. Every operation begins with one.
    #[inline(never)]
    fn next_byte(&mut self) -> u8 {
        let Some(byte) = self.code.get(self.at) else {
            self.fail(Failure::Malformed);
            return 0;
        };
        self.at = self.at.saturating_add(1);
        *byte
    }

    /// Reads a big-endian number of `width` bytes.
    #[inline(never)]
    fn number(&mut self, width: usize) -> u64 {
        let bytes = self.take(width).iter();
        bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn take(&mut self, len: usize) -> &'c [u8] {
        let end = self.at.saturating_add(len);
        let Some(bytes) = self.code.get(self.at..end) else {
            self.fail(Failure::Malformed);
            return &[];
        };
        self.at = end;
        bytes
    }

    #[inline(never)]
    fn push(&mut self, value: u64) {
        match self.stack.get_mut(self.depth) {
            Some(place) => *place = value,
            None => return self.fail(Failure::Stack),
        }
        self.depth = self.depth.saturating_add(1);
    }

    #[inline(never)]
    fn pop(&mut self) -> u64 {
        let at = self.depth.wrapping_sub(1);
        let Some(value) = self.stack.get(at) else {
            self.fail(Failure::Stack);
            return 0;
        };
        self.depth = at;
        *value
    }

    fn pick(&mut self, below: usize) {
        let at = self.depth.checked_sub(below.saturating_add(1));
        match at.and_then(|at| self.stack.get(at).copied()) {
            Some(value) => self.push(value),
            None => self.fail(Failure::Stack),
        }
    }

    fn binary(&mut self, operation: u8, left: u64, right: u64) -> u64 {
        let signed_left = left.cast_signed();
        let signed_right = right.cast_signed();
        let by = right.min(u64::BITS.into()) as u32;
        match operation {
            op::ADD => left.wrapping_add(right),
            op::SUB => left.wrapping_sub(right),
            op::MUL => left.wrapping_mul(right),
            op::DIV_SIGNED..=op::REM_UNSIGNED if right == 0 => {
                self.fail(Failure::Division);
                0
            }
            // The lowest number divided by -1 is itself, as it wraps around.
            op::DIV_SIGNED => {
                let quotient = signed_left.checked_div(signed_right);
                quotient.map_or(left, i64::cast_unsigned)
            }
            op::DIV_UNSIGNED => left.checked_div(right).unwrap_or(0),
            op::REM_SIGNED => {
                let rest = signed_left.checked_rem(signed_right);
                rest.map_or(0, i64::cast_unsigned)
            }
            op::REM_UNSIGNED => left.checked_rem(right).unwrap_or(0),
            op::LSH => left.unbounded_shl(by),
            op::RSH_SIGNED => signed_left.unbounded_shr(by).cast_unsigned(),
            op::RSH_UNSIGNED => left.unbounded_shr(by),
            op::BIT_AND => left & right,
            op::BIT_OR => left | right,
            op::BIT_XOR => left ^ right,
            op::EQUAL => u64::from(left == right),
            op::LESS_SIGNED => u64::from(signed_left < signed_right),
            op::LESS_UNSIGNED => u64::from(left < right),
            _ => {
                self.fail(Failure::Malformed);
                0
            }
        }
    }
}

#[cfg(test)]
mod tests;
