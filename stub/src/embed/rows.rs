//! Where the rows of a table go.

use core::fmt;
use wire::compact;
use wire::fields::{Column, Fields, Value};

/// Why a table has no rows to give.
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

/// Takes rows until it is full.
#[derive(Debug)]
pub struct RowSink<'b> {
    rows: Rows<'b>,
    next: Option<u32>,
}

/// Where rows go.
enum Rows<'b> {
    /// To host-cli, in binary form: a buffer, and how much of it is used.
    Binary(&'b mut [u8], usize),
    /// To the debugger, as columns.
    Text(&'b mut dyn TextRows),
}

/// To what rows belong: what it is, which is a column's name, and its id.
pub(crate) type Group = (&'static str, u32);

/// Takes rows as columns of text.
pub(crate) trait TextRows {
    /// Says to what the rows that follow belong.
    fn group(&mut self, group: Group);

    /// Takes the row with this id.
    ///
    /// # Errors
    ///
    /// Fails if no more is wanted.
    fn row(
        &mut self,
        id: u32,
        columns: &[Column],
        values: &[Value<'_>],
    ) -> fmt::Result;

    /// Returns whether no row has been refused.
    fn wants_more(&self) -> bool;

    /// Takes in what the line has.
    fn hear(&mut self);
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

    /// Returns a sink that hands rows on as columns.
    pub(crate) const fn text(rows: &'b mut dyn TextRows) -> Self {
        Self { rows: Rows::Text(rows), next: None }
    }

    /// To be called now and then while there is no row to push. Returns
    /// false if the system stands still anyway, so that no pause is too
    /// long: then rows are not to be cut where one would be.
    pub fn breathe(&mut self) -> bool {
        match &mut self.rows {
            Rows::Binary(..) => true,
            Rows::Text(rows) => {
                rows.hear();
                false
            }
        }
    }

    /// Adds a row; returns false, and remembers `id` as the one to go on
    /// from, if there is no room for it.
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
                written.is_some_and(|written| {
                    *used = used.saturating_add(written);
                    true
                })
            }
            Rows::Text(rows) => rows.row(id, columns, values).is_ok(),
        };
        if !fits {
            self.next = Some(id);
        }
        fits
    }

    /// Remembers `id` as the one to go on from, though there is room left:
    /// what is longer than a pause may be is done in slices.
    pub const fn stop(&mut self, id: u32) {
        self.next = Some(id);
    }

    /// Returns how much there is so far, for [`RowSink::rewind`].
    #[must_use]
    pub const fn mark(&self) -> usize {
        match self.rows {
            Rows::Binary(_, used) => used,
            Rows::Text(_) => 0,
        }
    }

    /// Drops the rows since [`RowSink::mark`].
    pub const fn rewind(&mut self, mark: usize) {
        if let Rows::Binary(_, used) = &mut self.rows
            && mark < *used
        {
            *used = mark;
        }
    }

    /// Returns the bytes used, and the id to go on from if not all fitted.
    #[must_use]
    pub const fn finish(self) -> (usize, Option<u32>) {
        (self.mark(), self.next)
    }
}
