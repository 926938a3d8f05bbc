//! The sink for the rows of a table.

use core::fmt;
use wire::compact;
use wire::fields::{Column, Fields, Value};

/// Why a table cannot be listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoRows {
    /// The mailbox that was asked about does not exist.
    NoSuchMailbox,
    /// The shared window that was asked about does not exist.
    NoSuchWindow,
    /// The process that was asked about does not exist.
    NoSuchProcess,
    /// The kernel does not have such a table.
    Unsupported,
}

/// Collects rows until it is full.
#[derive(Debug)]
pub struct RowSink<'b> {
    rows: Rows<'b>,
    next: Option<u32>,
}

/// The destination of rows.
enum Rows<'b> {
    /// To host-cli, in binary form: a buffer and the number of bytes used.
    Binary(&'b mut [u8], usize),
    /// To the debugger, as columns.
    Text(&'b mut dyn TextRows),
}

/// What rows belong to: its kind, which is a column's name, and its id.
pub(crate) type Group = (&'static str, u32);

/// Takes rows as columns of text.
pub(crate) trait TextRows {
    /// Names the group that the following rows belong to.
    fn group(&mut self, group: Group);

    /// Adds the row with this id.
    ///
    /// # Errors
    ///
    /// Fails if no more rows are wanted.
    fn row(
        &mut self,
        id: u32,
        columns: &[Column],
        values: &[Value<'_>],
    ) -> fmt::Result;

    /// Returns whether every row so far has been accepted.
    fn wants_more(&self) -> bool;

    /// Reads the bytes that the line has received.
    fn poll_line(&mut self);
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rows")
    }
}

impl<'b> RowSink<'b> {
    /// Returns a sink that fills `buffer`.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { rows: Rows::Binary(buffer, 0), next: None }
    }

    /// Returns a sink that passes rows on as columns of text.
    pub(crate) const fn text(rows: &'b mut dyn TextRows) -> Self {
        Self { rows: Rows::Text(rows), next: None }
    }

    /// Call this from time to time while there is no row to push: it may poll
    /// the line. Returns whether the work must be cut into slices to keep
    /// pauses short; it need not be if the system is stopped anyway.
    pub fn poll_line(&mut self) -> bool {
        match &mut self.rows {
            Rows::Binary(..) => true,
            Rows::Text(rows) => {
                rows.poll_line();
                false
            }
        }
    }

    /// Adds a row. If it does not fit, returns false and remembers `id` as the
    /// row to resume from.
    #[inline(never)]
    pub fn push<F: Fields>(&mut self, id: u32, row: &F) -> bool {
        self.push_values(id, F::COLUMNS, row.values().as_ref())
    }

    fn push_values(
        &mut self,
        id: u32,
        columns: &[Column],
        values: &[Value<'_>],
    ) -> bool {
        let fits = match &mut self.rows {
            Rows::Binary(buffer, used) => {
                let room = buffer.get_mut(*used..).unwrap_or(&mut []);
                let written = compact::write_values(columns, values, room);
                *used = used.saturating_add(written.unwrap_or(0));
                written.is_some()
            }
            Rows::Text(rows) => rows.row(id, columns, values).is_ok(),
        };
        if !fits {
            self.next = Some(id);
        }
        fits
    }

    /// Ends this part at `id`, the row to resume from, although there is room
    /// left, so that no pause lasts too long.
    pub const fn stop(&mut self, id: u32) {
        self.next = Some(id);
    }

    /// Returns the number of bytes used so far, for [`RowSink::rewind`].
    #[must_use]
    pub const fn mark(&self) -> usize {
        match self.rows {
            Rows::Binary(_, used) => used,
            Rows::Text(_) => 0,
        }
    }

    /// Drops the rows added since [`RowSink::mark`] returned `mark`.
    pub const fn rewind(&mut self, mark: usize) {
        if let Rows::Binary(_, used) = &mut self.rows
            && mark < *used
        {
            *used = mark;
        }
    }

    /// Returns the number of bytes used, and the id to resume from if not every
    /// row fitted.
    #[must_use]
    pub const fn finish(self) -> (usize, Option<u32>) {
        (self.mark(), self.next)
    }
}
