//! Packets as parts between delimiters.

/// Splits `text` at the first `at`; if it has none, there is no second part.
///
/// One function for all callers: the iterators of `core` would be compiled
/// again for each.
#[must_use]
#[inline(never)]
pub fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    let mut before = 0_usize;
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        if *byte == at {
            return (text.get(..before).unwrap_or(text), Some(after));
        }
        before = before.saturating_add(1);
        rest = after;
    }
    (text, None)
}

/// Returns the parts of `text` between each `at`: one more than it has `at`.
#[must_use]
pub const fn parts(text: &[u8], at: u8) -> Parts<'_> {
    Parts { rest: Some(text), at }
}

/// The parts of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts<'t> {
    rest: Option<&'t [u8]>,
    at: u8,
}

impl<'t> Iterator for Parts<'t> {
    type Item = &'t [u8];

    #[inline(never)]
    fn next(&mut self) -> Option<&'t [u8]> {
        let (part, rest) = cut(self.rest?, self.at);
        self.rest = rest;
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_the_first_delimiter() {
        assert_eq!(cut(b"a,b,c", b','), (&b"a"[..], Some(&b"b,c"[..])));
        assert_eq!(cut(b",", b','), (&b""[..], Some(&b""[..])));
        assert_eq!(cut(b"abc", b','), (&b"abc"[..], None));
        assert_eq!(cut(b"", b','), (&b""[..], None));
    }

    #[test]
    fn parts_are_those_of_core() {
        for text in ["a,b,c", ",", "abc", "", ",a,,b,"] {
            let theirs = text.as_bytes().split(|byte| *byte == b',');
            assert!(parts(text.as_bytes(), b',').eq(theirs), "{text}");
        }
    }
}
