//! What inputs are made of: numbers, frames, damage, and bytes that arrive.

use crate::line::Item;
use stub::embed::Received;
use tests::host::random::Random;
use wire::frame::checksum;

/// Returns a number below `end`.
pub const fn number(random: &mut Random, end: usize) -> usize {
    random.bits() as usize % end
}

/// Returns `body` in a `$` frame.
#[must_use]
pub fn frame(body: &[u8]) -> Vec<u8> {
    let end = format!("#{:02x}", checksum(body));
    [b"$", body, end.as_bytes()].concat()
}

/// Changes, drops, doubles or adds a few bytes.
pub fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + number(random, 3) {
        if bytes.is_empty() {
            return;
        }
        let at = number(random, bytes.len());
        match number(random, 6) {
            0 => bytes[at] ^= 1 << number(random, 8),
            1 => {
                bytes.remove(at);
            }
            2 => bytes.insert(at, bytes[at]),
            3 => bytes.insert(at, random.bits() as u8),
            4 => bytes.truncate(at),
            _ => {
                let odd = *random.choose(b"$#%+-}*\x03,;:=0fp-");
                bytes.insert(at, odd);
            }
        }
    }
}

/// Adds that `bytes` are received.
pub fn receive(items: &mut Vec<Item>, bytes: &[u8]) {
    let bytes = bytes.iter().map(|byte| Received::Byte(*byte));
    items.extend(bytes.map(Item::Received));
}
