//! Rows in the XML that gdb's `info os` reads.
//!
//! Spec: GDB manual, "Operating System Information".

use super::part::Cells;
use crate::answers::escaped::Escaped;
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
