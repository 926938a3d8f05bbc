//! Short text without an allocator.

use core::fmt;

/// Up to `N` bytes of text; writing more is an error, and the rest is cut off.
#[derive(Debug)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// Returns empty text.
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// Returns what was written.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// Returns what was written.
    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or("")
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        append(&mut self.bytes, &mut self.len, text)
    }
}

/// Appends `text` to the first `len` bytes. Not generic, so that its code
/// exists only once.
#[inline(never)]
fn append(bytes: &mut [u8], len: &mut usize, text: &str) -> fmt::Result {
    for byte in text.bytes() {
        *bytes.get_mut(*len).ok_or(fmt::Error)? = byte;
        *len = len.saturating_add(1);
    }
    Ok(())
}
