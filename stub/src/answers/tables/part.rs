//! What a document is made of, part by part.

use crate::embed::Group;
use crate::storage::Text;
use core::fmt::{self, Write};
use wire::columns::Columns;

/// What is called between rows: it takes in what the line has, of which
/// the receiver holds sixteen bytes.
pub(crate) type Hear<'h> = &'h mut dyn FnMut();

/// The parts of a document, each made anew for the piece that has its rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Head,
    /// The row with this id, of this mailbox.
    Row {
        of: u32,
        id: u32,
    },
    Tail,
    End,
}

/// The group of a table that has none.
pub(super) const NO_GROUP: Group = ("", 0);

pub(super) fn begin_group(
    (name, id): Group,
    to: &mut dyn Columns,
) -> fmt::Result {
    if name.is_empty() {
        return Ok(());
    }
    let mut digits = Text::<10>::new();
    // It has at most ten.
    let _ = write!(digits, "{id}");
    to.column(name)?;
    to.text(digits.as_str())
}
