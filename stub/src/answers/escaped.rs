//! Text in XML.

use core::fmt::{self, Write};

/// Escapes text so that none of it is taken for markup.
pub(super) struct Escaped<'o>(pub(super) &'o mut dyn Write);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            // XML can't represent these.
            c if c.is_control() => self.0.write_char('?'),
            c => self.0.write_char(c),
        })
    }
}
