//! Packets of gdb's remote protocol: their framing, and how their bodies are
//! encoded. It shares no code with the stub.
//!
//! Spec: GDB manual, "Remote Protocol", Overview.

use std::fmt::Write as _;
use std::mem;

/// Returns a framed body.
#[must_use]
pub fn framed(body: &[u8]) -> Vec<u8> {
    let [high, low] = checksum(body);
    [b"$", body, &[b'#', high, low]].concat()
}

/// Returns the two checksum digits of a body.
fn checksum(body: &[u8]) -> [u8; 2] {
    let sum = body.iter().copied().fold(0, u8::wrapping_add);
    [sum >> 4, sum & 0xF].map(|digit| b"0123456789abcdef"[usize::from(digit)])
}

/// A complete message from a stub.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// `+`.
    Acknowledged,
    /// `-`.
    Refused,
    /// The body of a packet.
    Packet(Vec<u8>),
    /// The body of a packet whose checksum does not match.
    Damaged(Vec<u8>),
}

/// Finds packets in the bytes of a line. One that begins before the last has
/// ended replaces it.
#[derive(Clone, Default, Debug)]
pub struct Listener {
    expects: Expects,
    body: Vec<u8>,
}

/// Which part of a packet comes next.
#[derive(Clone, Copy, Default, Debug)]
enum Expects {
    #[default]
    Start,
    Body,
    FirstDigit,
    /// The second digit, after this first one.
    LastDigit(u8),
}

impl Listener {
    /// Takes the next byte; returns the message that it completes.
    pub fn push(&mut self, byte: u8) -> Option<Heard> {
        let (expects, heard) = match (self.expects, byte) {
            (Expects::Start, b'+') => {
                (Expects::Start, Some(Heard::Acknowledged))
            }
            (Expects::Start, b'-') => (Expects::Start, Some(Heard::Refused)),
            (Expects::Start | Expects::Body, b'$') => {
                self.body.clear();
                (Expects::Body, None)
            }
            (Expects::Start, _) => (Expects::Start, None),
            (Expects::Body, b'#') => (Expects::FirstDigit, None),
            (Expects::Body, byte) => {
                self.body.push(byte);
                (Expects::Body, None)
            }
            (Expects::FirstDigit, digit) => (Expects::LastDigit(digit), None),
            (Expects::LastDigit(first), last) => {
                let body = mem::take(&mut self.body);
                let is_whole = checksum(&body) == [first, last];
                let kind =
                    if is_whole { Heard::Packet } else { Heard::Damaged };
                (Expects::Start, Some(kind(body)))
            }
        };
        self.expects = expects;
        heard
    }
}

/// Undoes run-length encoding and escapes.
#[must_use]
pub fn expand(body: &[u8]) -> String {
    let mut bytes: Vec<u8> = Vec::new();
    let mut rest = body.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'*' => {
                let count = rest.next().expect("a count follows `*`") - 29;
                let last = *bytes.last().expect("a run repeats something");
                bytes.extend((0..count).map(|_| last));
            }
            b'}' => {
                let escaped = rest.next().expect("a byte follows an escape");
                bytes.push(escaped ^ 0x20);
            }
            byte => bytes.push(byte),
        }
    }
    bytes.into_iter().map(char::from).collect()
}

/// Returns `bytes` escaped as in a binary packet.
pub(crate) fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        if matches!(byte, b'#' | b'$' | b'}' | b'*') {
            body.extend([b'}', byte ^ 0x20]);
        } else {
            body.push(byte);
        }
    }
    body
}

/// Returns bytes as hex digits.
///
/// # Panics
///
/// Never: a string accepts everything.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

/// Returns the bytes that hex digits encode.
///
/// # Panics
///
/// Panics if they are not hex digits.
#[must_use]
pub fn from_hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = str::from_utf8(pair).expect("digits");
            u8::from_str_radix(pair, 16)
                .unwrap_or_else(|_| panic!("no digits: {digits}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> Vec<Heard> {
        let mut listener = Listener::default();
        bytes.iter().filter_map(|byte| listener.push(*byte)).collect()
    }

    #[test]
    fn runs_and_escapes_are_expanded() {
        assert_eq!(expand(b"0* 1"), "00001");
        assert_eq!(expand(b"a}\x03b"), "a#b");
        assert_eq!(escaped(b"a#b"), b"a}\x03b");
        assert_eq!(from_hex(&hex(&[0, 0x7F, 0xFF])), [0, 0x7F, 0xFF]);
    }

    #[test]
    fn what_is_framed_is_heard() {
        assert_eq!(framed(b"S05"), b"$S05#b8");
        assert_eq!(
            heard(b"noise+$S05#b8-$#00"),
            [
                Heard::Acknowledged,
                Heard::Packet(b"S05".to_vec()),
                Heard::Refused,
                Heard::Packet(Vec::new()),
            ]
        );
    }

    #[test]
    fn a_damaged_packet_is_told_and_one_that_is_cut_is_forgotten() {
        assert_eq!(
            heard(b"$S05#b9$S0$OK#9a"),
            [Heard::Damaged(b"S05".to_vec()), Heard::Packet(b"OK".to_vec())]
        );
    }
}
