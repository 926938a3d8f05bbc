//! Packets in parts.

/// Splits `text` at the first `at`. Without one there is no second part.
///
/// A function of its own, which the iterators of `core` are not: they are
/// compiled anew for each place that splits something.
#[must_use]
#[inline(never)]
pub fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    let mut before = 0_usize;
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        if *byte == at {
            return (text.get(..before).unwrap_or(text), Some(behind));
        }
        before = before.saturating_add(1);
        rest = behind;
    }
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_and_behind_the_first_is_told_apart() {
        assert_eq!(cut(b"a,b,c", b','), (&b"a"[..], Some(&b"b,c"[..])));
        assert_eq!(cut(b",", b','), (&b""[..], Some(&b""[..])));
        assert_eq!(cut(b"abc", b','), (&b"abc"[..], None));
        assert_eq!(cut(b"", b','), (&b""[..], None));
    }
}
