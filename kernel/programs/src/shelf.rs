//! The shelf between `producer` and `consumer`: crates in a shared window,
//! and messages that say which of them are full.
//!
//! The mailbox of `consumer` synchronises the window. It has room for
//! [`WAITING`] messages. A crate is filled before its message is sent, and read
//! before the next message is taken: so with two more crates than messages, no
//! crate is overwritten before it has been read.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The service by which `consumer` takes messages.
pub const SERVICE: &str = "consumer";

/// The class of the message that says which window holds the shelf.
pub const SHELF: u32 = 17;
/// The class of the message that says that a crate is full.
pub const CRATE: u32 = 18;

/// How many messages wait before the sender does.
pub const WAITING: u32 = 4;
/// How many crates the shelf has.
pub const CRATES: u32 = WAITING + 2;
/// The size of a crate.
pub const CRATE_WORDS: u32 = 512;
/// The size of the shelf.
pub const PAGES: u32 = (4 * CRATES * CRATE_WORDS).div_ceil(abi::PAGE_BYTES);

/// Returns the words of the crate with this serial number.
#[must_use]
pub fn crate_of(shelf: &[AtomicU32], serial: u32) -> &[AtomicU32] {
    let first = (serial % CRATES * CRATE_WORDS) as usize;
    &shelf[first..first + CRATE_WORDS as usize]
}

/// Fills a crate with the contents for its serial number.
pub fn fill(goods: &[AtomicU32], serial: u32) {
    for (index, word) in (0..).zip(goods) {
        word.store(content(serial, index), Relaxed);
    }
}

/// Returns whether the whole crate has the contents for its serial number.
#[must_use]
pub fn is_full(goods: &[AtomicU32], serial: u32) -> bool {
    let mut words = (0..).zip(goods);
    words.all(|(index, word)| word.load(Relaxed) == content(serial, index))
}

const fn content(serial: u32, index: u32) -> u32 {
    serial.wrapping_mul(0x9E37_79B1).wrapping_add(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: usize = (CRATES * CRATE_WORDS) as usize;

    #[test]
    fn crates_that_wait_do_not_touch() {
        let shelf = [const { AtomicU32::new(0) }; WORDS];
        for serial in 100..100 + CRATES {
            fill(crate_of(&shelf, serial), serial);
        }
        for serial in 100..100 + CRATES {
            assert!(is_full(crate_of(&shelf, serial), serial));
            assert!(!is_full(crate_of(&shelf, serial), serial + 1));
        }
        assert!(WORDS * 4 <= PAGES as usize * abi::PAGE_BYTES as usize);
    }
}
