//! Numbers as people write them: `4096`, `0x0000_b000`, `64KiB`.

use thiserror::Error;

/// Why a word is not a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum BadNumber {
    /// It has no digits, or some that its base does not have.
    #[error(
        "not a number: write decimal digits, or 0x, 0o or 0b and digits; _ may \
         separate digits, and KiB or MiB may follow"
    )]
    Digits,
    /// It needs more than 32 bits.
    #[error("too large: numbers have at most 32 bits")]
    TooLarge,
}

/// Returns the number that `text` spells.
///
/// # Errors
///
/// Fails if `text` is not a number, or needs more than 32 bits.
pub fn number(text: &str) -> Result<u32, BadNumber> {
    let (text, scale) = match text {
        _ if text.ends_with("KiB") => (&text[..text.len() - 3], 1 << 10),
        _ if text.ends_with("MiB") => (&text[..text.len() - 3], 1 << 20),
        _ => (text, 1),
    };
    let (digits, base) = match text.split_at_checked(2) {
        Some(("0x", digits)) => (digits, 16),
        Some(("0o", digits)) => (digits, 8),
        Some(("0b", digits)) => (digits, 2),
        _ => (text, 10),
    };
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return Err(BadNumber::Digits);
    }
    let value = u32::from_str_radix(&digits, base).ok();
    let value = value.and_then(|value| value.checked_mul(scale));
    value.ok_or(BadNumber::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_way_to_write_a_number_is_read() {
        for (text, value) in [
            ("0", 0),
            ("4_096", 4096),
            ("0x0000_b000", 0xB000),
            ("0xFFFFffff", u32::MAX),
            ("0o17", 15),
            ("0b1010_1010", 0xAA),
            ("64KiB", 65536),
            ("0x10MiB", 16 << 20),
        ] {
            assert_eq!(number(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "_", "0x", "0x_", "12g", "0b2", "1.5KiB", "KiB", "-1"]
        {
            assert_eq!(number(text), Err(BadNumber::Digits), "{text}");
        }
        for text in ["4294967296", "0x1_0000_0000", "4096MiB", "99999999999999"]
        {
            assert_eq!(number(text), Err(BadNumber::TooLarge), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_number_means_the_same_in_every_base(value: u32) {
            prop_assert_eq!(number(&format!("{value}")), Ok(value));
            prop_assert_eq!(number(&format!("{value:#x}")), Ok(value));
            prop_assert_eq!(number(&format!("{value:#o}")), Ok(value));
            prop_assert_eq!(number(&format!("{value:#b}")), Ok(value));
        }

        #[test]
        fn any_word_is_survived(text in ".*") {
            let _ = number(&text);
        }
    }
}
