//! Text for the kernel's log, formatted in a small buffer on the stack.

use core::fmt;

/// The maximum length of a line; the rest is cut.
const LINE_BYTES: usize = 120;

/// Formats its arguments as `write!` does, into one entry of the log.
#[macro_export]
macro_rules! log {
    ($($argument:tt)*) => {
        $crate::log::line(format_args!($($argument)*))
    };
}

/// Adds one entry to the kernel's log. See [`log!`](crate::log!).
#[inline(never)]
pub fn line(arguments: fmt::Arguments<'_>) {
    match arguments.as_str() {
        Some(text) => crate::kernel::log(text),
        None => crate::kernel::log(Line::of(arguments).as_str()),
    }
}

/// A short text that is formatted.
pub struct Line {
    text: [u8; LINE_BYTES],
    len: usize,
}

impl Line {
    /// Formats a text; what is too long is cut.
    #[must_use]
    pub fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut line = Self { text: [0; LINE_BYTES], len: 0 };
        // It fails only when the line is full, and then the rest is cut.
        let _cut = fmt::write(&mut line, arguments);
        line
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        abi::Text(&self.text[..self.len]).as_str()
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = LINE_BYTES - self.len;
        let len = text.floor_char_boundary(left);
        self.text[self.len..self.len + len]
            .copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        if len < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Write;

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let mut line = Line { text: [0; LINE_BYTES], len: 0 };
        for _ in 0..LINE_BYTES - 1 {
            line.write_str("a").expect("there is room");
        }
        line.write_str("é").expect_err("it needs two bytes");
        assert_eq!(line.as_str().len(), LINE_BYTES - 1);
    }
}
