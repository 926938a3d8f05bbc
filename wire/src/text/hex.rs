//! Hexadecimal digits, as RSP writes numbers and bytes.

use super::parts::cut;

const DIGITS: [u8; 16] = *b"0123456789abcdef";

/// Returns the two lower-case digits of `byte`.
#[must_use]
#[allow(clippy::indexing_slicing, reason = "a nibble indexes 16 digits")]
pub const fn digits(byte: u8) -> [u8; 2] {
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// Returns the value of one digit, or none for any other character.
#[must_use]
#[allow(clippy::arithmetic_side_effects, reason = "each range is checked")]
pub const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Returns the byte that two digits spell.
#[must_use]
pub const fn byte(high: u8, low: u8) -> Option<u8> {
    match (value(high), value(low)) {
        (Some(high), Some(low)) => Some(high << 4 | low),
        _ => None,
    }
}

/// Returns the number that `digits` spell; none if there are no digits, another
/// character, or more than 32 bits.
#[must_use]
pub fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u32, |sum, &digit| {
        let room = sum.checked_mul(16)?;
        room.checked_add(u32::from(value(digit)?))
    })
}

/// Parses `address,length`, as in packets about memory.
#[must_use]
pub fn range(text: &[u8]) -> Option<(u32, u32)> {
    let (first, second) = cut(text, b',');
    Some((number(first)?, number(second?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_numbers_agree() {
        for sample in 0..=255 {
            let [high, low] = digits(sample);
            assert_eq!(byte(high, low), Some(sample));
        }
        assert_eq!(number(b"ffffffff"), Some(u32::MAX));
        assert_eq!(number(b"100000000"), None);
        assert_eq!(number(b""), None);
        assert_eq!(number(b"12g"), None);
    }
}
