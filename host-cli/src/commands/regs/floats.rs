//! The x87 and SSE registers.

use crate::target::FloatsSeen;
use serde_json::{Value, json};
use std::fmt::{self, Write};
use wire::i386::{self, Kind, Register};

/// A register, and its bytes, the lowest first.
type Named = (&'static Register, Vec<u8>);

fn x87(floats: &FloatsSeen) -> Option<Vec<Named>> {
    let image = floats.x87?;
    let of = (0..).zip(&i386::FLOAT);
    let named = of.filter_map(|(index, register)| {
        Some((register, image.get(index)?.bytes().to_vec()))
    });
    Some(named.collect())
}

fn sse(floats: &FloatsSeen) -> Option<Vec<Named>> {
    let image = floats.sse?;
    let of = (0..).zip(&i386::SSE);
    let named = of.filter_map(|(index, register)| {
        Some((register, image.with(index, <[u8]>::to_vec)?))
    });
    Some(named.collect())
}

pub(super) fn x87_members(floats: &FloatsSeen) -> Value {
    members(x87(floats))
}

pub(super) fn sse_members(floats: &FloatsSeen) -> Value {
    members(sse(floats))
}

fn members(registers: Option<Vec<Named>>) -> Value {
    let named = |(register, bytes): Named| (register.name, json!(hex(&bytes)));
    let all = registers.map(|all| all.into_iter().map(named).collect());
    all.unwrap_or(Value::Null)
}

/// Returns all digits of a number, the highest first.
fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().rev().map(|byte| format!("{byte:02x}"));
    format!("0x{}", digits.collect::<String>())
}

/// Writes the registers, and what the numbers of x87 are.
pub(super) fn text(out: &mut dyn Write, floats: &FloatsSeen) -> fmt::Result {
    for (name, registers) in [("x87", x87(floats)), ("SSE", sse(floats))] {
        let Some(registers) = registers else {
            writeln!(out, "{name:<6}  the processor has none")?;
            continue;
        };
        for (register, bytes) in registers {
            write!(out, "{:<6}  {}", register.name, hex(&bytes))?;
            if register.kind == Kind::Float {
                match extended(&bytes) {
                    value if is_short(value) => write!(out, "  {value}")?,
                    value => write!(out, "  {value:e}")?,
                }
            }
            out.write_char('\n')?;
        }
    }
    Ok(())
}

/// Returns whether a number without an exponent has a handful of digits.
fn is_short(value: f64) -> bool {
    value == 0.0 || (1e-4..1e15).contains(&value.abs())
}

/// Returns a number of 80 bits, as near as one of 64 comes to it.
///
/// Spec: Intel SDM vol. 1, "Double Extended-Precision".
fn extended(bytes: &[u8]) -> f64 {
    const BIAS: i32 = 0x3FFF;
    const FRACTION_BITS: i32 = 63;
    let mut significand = [0; 8];
    let mut head = [0; 2];
    let (low, high) = bytes.split_at(bytes.len().min(8));
    significand[..low.len()].copy_from_slice(low);
    head[..high.len().min(2)].copy_from_slice(&high[..high.len().min(2)]);
    let significand = u64::from_le_bytes(significand);
    let head = u16::from_le_bytes(head);
    let exponent = i32::from(head & 0x7FFF);
    let magnitude = match (exponent, significand << 1) {
        (0x7FFF, 0) => f64::INFINITY,
        (0x7FFF, _) => f64::NAN,
        _ => {
            // In two steps: the power alone may be too small for one.
            let power = exponent - BIAS - FRACTION_BITS;
            let half = 2_f64.powi(power / 2);
            significand as f64 * half * 2_f64.powi(power - power / 2)
        }
    };
    if head & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From gdb's `print (long double)`.
    #[test]
    fn numbers_of_80_bits_are_read_as_the_processor_has_them() {
        for (head, significand, value) in [
            (0x0000, 0, 0.0),
            (0x3FFF, 0x8000_0000_0000_0000, 1.0),
            (0x4005, 0xC800_0000_0000_0000, 100.0),
            (0xC000, 0xC90F_DAA2_2168_C235, -std::f64::consts::PI),
            (0x7FFF, 0x8000_0000_0000_0000, f64::INFINITY),
        ] {
            let mut bytes = u64::to_le_bytes(significand).to_vec();
            bytes.extend(u16::to_le_bytes(head));
            assert_eq!(extended(&bytes), value);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            let _ = extended(&bytes);
        }
    }
}
