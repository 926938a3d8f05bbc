//! An address on the command line: a number, or the name of a symbol.

use crate::numbers::{BadNumber, number};
use std::str::FromStr;

/// An address on the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AddressArg {
    /// A number.
    Address(u32),
    /// A symbol of an image, plus an offset.
    Symbol {
        /// The symbol's name.
        name: String,
        /// The offset, in bytes.
        offset: u32,
    },
}

impl FromStr for AddressArg {
    type Err = BadNumber;

    /// Parses a number, or a symbol with or without `+NUMBER`. Text that
    /// begins with a digit is a number.
    fn from_str(text: &str) -> Result<Self, BadNumber> {
        match text.chars().next() {
            None => Err(BadNumber::Digits),
            Some('0'..='9') => number(text).map(Self::Address),
            Some(_) => {
                let (name, offset) = text
                    .rsplit_once('+')
                    .and_then(|(name, o)| Some((name, number(o).ok()?)))
                    .unwrap_or((text, 0));
                Ok(Self::Symbol { name: name.to_owned(), offset })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_word_is_a_symbol_with_an_offset_or_none() {
        let symbol = |name: &str, offset| AddressArg::Symbol {
            name: name.to_owned(),
            offset,
        };
        assert_eq!("kernel_main".parse(), Ok(symbol("kernel_main", 0)));
        assert_eq!("main+0x10".parse(), Ok(symbol("main", 16)));
        assert_eq!("operator+".parse(), Ok(symbol("operator+", 0)));
        assert_eq!("0xb000".parse(), Ok(AddressArg::Address(0xB000)));
        assert_eq!("12zz".parse::<AddressArg>(), Err(BadNumber::Digits));
    }

    proptest! {
        #[test]
        fn any_word_is_survived(text in ".*") {
            let _ = text.parse::<AddressArg>();
        }
    }
}
