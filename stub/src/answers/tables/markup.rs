//! Rows in the XML that gdb's `info os` reads.
//!
//! Spec: GDB manual, "Operating System Information".

use super::part::Cells;
use core::fmt::{self, Write};

/// Begins the table with this name.
pub(super) fn write_head(name: &str, out: &mut dyn Write) -> fmt::Result {
    out.write_str(concat!(
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE target SYSTEM \"osdata.dtd\">",
        "<osdata type=\"",
    ))?;
    out.write_str(name)?;
    out.write_str("\">")
}

/// Writes a row.
pub(super) fn write_row(cells: &Cells<'_>, out: &mut dyn Write) -> fmt::Result {
    out.write_str("<item>")?;
    for (column, value) in cells.iter() {
        out.write_str("<column name=\"")?;
        for c in column.name.chars() {
            out.write_char(if c == '_' { ' ' } else { c })?;
        }
        out.write_str("\">")?;
        write!(Escaped(out), "{value}")?;
        out.write_str("</column>")?;
    }
    out.write_str("</item>")
}

/// Ends the table.
pub(super) fn write_tail(out: &mut dyn Write) -> fmt::Result {
    out.write_str("</osdata>")
}

/// Escapes text so that none of it is taken for markup.
struct Escaped<'o>(&'o mut dyn Write);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            // XML can't represent these.
            c if c.is_control() => self.0.write_char('?'),
            c => self.0.write_char(c),
        })
    }
}
