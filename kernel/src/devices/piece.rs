//! The parts of a line on the console.

use layout::{PhysAddr, VirtAddr};

/// A part of a line.
#[derive(Clone, Copy)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    /// Text from outside; unprintable characters are shown as `?`.
    Raw(&'a [u8]),
    Number(u32),
    Address(u32),
}

impl Piece<'_> {
    /// Calls a function with the bytes of its text, part by part.
    pub(crate) fn print(&self, mut put: impl FnMut(&[u8])) {
        match *self {
            Self::Text(text) => put(text.as_bytes()),
            Self::Raw(bytes) => put(bytes),
            Self::Number(number) => {
                let mut digits = [0; 10];
                let mut rest = number;
                let mut left = digits.len();
                for digit in digits.iter_mut().rev() {
                    *digit = b'0' + (rest % 10) as u8;
                    rest /= 10;
                    left -= 1;
                    if rest == 0 {
                        break;
                    }
                }
                put(digits.get(left..).unwrap_or(&[]));
            }
            Self::Address(address) => {
                put(b"0x");
                for byte in address.to_be_bytes() {
                    put(&wire::hex::digits(byte));
                }
            }
        }
    }
}

impl<'a> From<&'a str> for Piece<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Piece<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Raw(bytes)
    }
}

impl From<u32> for Piece<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<VirtAddr> for Piece<'_> {
    fn from(address: VirtAddr) -> Self {
        Self::Address(address.0)
    }
}

impl From<PhysAddr> for Piece<'_> {
    fn from(address: PhysAddr) -> Self {
        Self::Address(address.0)
    }
}
