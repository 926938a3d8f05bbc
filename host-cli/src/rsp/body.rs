//! What is inside a packet: escapes, run lengths, hexadecimal digits.

/// The longest answer that is kept, in bytes: a run length stands for many.
const MOST: usize = 1 << 20;

/// Returns the bytes that a packet's body means: without escapes, and with
/// run lengths written out. None if it is malformed.
pub(super) fn plain(body: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(body.len());
    let mut bytes = body.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'}' => plain.push(bytes.next()? ^ 0x20),
            b'*' => {
                let count = bytes.next()?.checked_sub(29)?;
                let last = *plain.last()?;
                plain.extend(std::iter::repeat_n(last, count.into()));
            }
            _ => plain.push(byte),
        }
        if plain.len() > MOST {
            return None;
        }
    }
    Some(plain)
}

/// Returns a body as it is sent: what has a meaning in a packet is escaped.
pub(super) fn escaped(plain: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(plain.len());
    for &byte in plain {
        match byte {
            b'#' | b'$' | b'}' | b'*' => body.extend([b'}', byte ^ 0x20]),
            _ => body.push(byte),
        }
    }
    body
}

/// Returns the packet with this body.
pub(super) fn packet(plain: &[u8]) -> Vec<u8> {
    let body = escaped(plain);
    let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let mut packet = vec![b'$'];
    packet.extend(body);
    packet.extend(format!("#{sum:02x}").bytes());
    packet
}

/// Returns the bytes that hexadecimal digits spell; none if they are not
/// digits, or one is missing.
pub(super) fn bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| wire::hex::byte(*high, *low);
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes.filter(|_| rest.is_empty())
}

/// Returns text as hexadecimal digits.
pub(super) fn digits(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_and_run_lengths_are_written_out() {
        assert_eq!(plain(b"0* 1"), Some(b"00001".to_vec()));
        assert_eq!(plain(b"a}\x03b"), Some(b"a#b".to_vec()));
        for bad in [&b"*!"[..], b"a*", b"a*\x10", b"}"] {
            assert_eq!(plain(bad), None);
        }
    }

    #[test]
    fn digits_are_pairs() {
        assert_eq!(bytes(b"00fF"), Some(vec![0, 255]));
        assert_eq!(bytes(b"0"), None);
        assert_eq!(bytes(b"xx"), None);
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read_back(all: Vec<u8>) {
            prop_assert_eq!(plain(&escaped(&all)), Some(all));
        }

        #[test]
        fn any_body_is_survived(body: Vec<u8>) {
            let _ = plain(&body);
            let _ = bytes(&body);
        }
    }
}
