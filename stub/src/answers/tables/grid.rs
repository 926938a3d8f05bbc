//! Rows as lines of text in columns, for people with 80 of them.

use core::fmt::{self, Write};

/// The width that lines keep to.
const WIDTH: usize = 80;

/// What stands between two columns.
const GAP: usize = 2;

/// The narrowest that the last column is made to keep to it.
const NARROWEST: usize = 12;

/// Where what does not fit in a line goes on in the next.
const INDENT: usize = 4;

/// The most columns that a table has.
const MOST_COLUMNS: usize = 12;

/// The most text in a row; what is longer is cut.
const ROW_BYTES: usize = 768;

/// A name is a word, or two in two lines, so that a column is no wider than
/// what stands in it.
const NAME_LINES: usize = 2;

/// The columns of a table: their names, and how wide they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Grid {
    columns: [Column; MOST_COLUMNS],
    count: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Column {
    name: &'static str,
    width: usize,
    /// Whether there are only numbers in it, which stand on the right.
    is_number: bool,
}

/// A row while it is being filled.
#[derive(Debug)]
pub(crate) struct Cells {
    text: [u8; ROW_BYTES],
    len: usize,
    ends: [usize; MOST_COLUMNS],
    count: usize,
}

impl Cells {
    /// Returns a row without cells.
    pub(crate) const fn new() -> Self {
        Self { text: [0; ROW_BYTES], len: 0, ends: [0; MOST_COLUMNS], count: 0 }
    }

    /// Begins the row anew.
    pub(crate) const fn clear(&mut self) {
        self.len = 0;
        self.count = 0;
    }

    /// Begins the next cell; returns its number.
    pub(crate) fn begin(&mut self) -> usize {
        let index = self.count;
        self.count = index.saturating_add(1);
        self.add("");
        index
    }

    /// Adds to the cell. What is not ASCII, or what a terminal obeys, is
    /// shown by a question mark.
    pub(crate) fn add(&mut self, text: &str) {
        // Of a longer character the first byte stands for all.
        for byte in text.bytes().filter(|byte| byte & 0xC0 != 0x80) {
            let shown = byte == b' ' || byte.is_ascii_graphic();
            if let Some(place) = self.text.get_mut(self.len) {
                *place = if shown { byte } else { b'?' };
                self.len = self.len.saturating_add(1);
            }
        }
        if let Some(end) = self.ends.get_mut(self.count.saturating_sub(1)) {
            *end = self.len;
        }
    }

    fn get(&self, index: usize) -> &[u8] {
        let end = |index| self.ends.get(index).copied().unwrap_or(0);
        let start = index.checked_sub(1).map_or(0, end);
        self.text.get(start..end(index)).unwrap_or(&[])
    }
}

impl Grid {
    /// Returns a grid without columns.
    pub(crate) const fn new() -> Self {
        let column = Column { name: "", width: 0, is_number: true };
        Self { columns: [column; MOST_COLUMNS], count: 0 }
    }

    /// Returns whether it has no columns: nothing was measured.
    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Names a column.
    pub(crate) fn name(&mut self, index: usize, name: &'static str) {
        if let Some(column) = self.columns.get_mut(index) {
            column.name = name;
            for line in 0..NAME_LINES {
                column.width = column.width.max(part(name, line).len());
            }
            self.count = self.count.max(index.saturating_add(1));
        }
    }

    /// Makes room for the cells of a row.
    pub(crate) fn measure(&mut self, cells: &Cells) {
        for (index, column) in self.columns.iter_mut().enumerate() {
            let cell = cells.get(index);
            column.width = column.width.max(cell.len());
            column.is_number &= cell.iter().all(u8::is_ascii_digit);
        }
    }

    /// Writes the names of the columns.
    pub(crate) fn write_names(&self, out: &mut dyn Write) -> fmt::Result {
        for line in 0..NAME_LINES {
            self.write(&|index| part(self.column(index).name, line), out)?;
        }
        Ok(())
    }

    /// Writes a row.
    pub(crate) fn write_row(
        &self,
        cells: &Cells,
        out: &mut dyn Write,
    ) -> fmt::Result {
        self.write(&|index| cells.get(index), out)
    }

    /// Writes cells, unless all are empty.
    fn write<'c>(
        &self,
        cell: &dyn Fn(usize) -> &'c [u8],
        out: &mut dyn Write,
    ) -> fmt::Result {
        let (last, mut column) = self.last();
        let mut line = Line::new(out);
        let mut start = 0_usize;
        for index in (0..self.count).filter(|index| *index != last) {
            let Column { width, is_number, .. } = self.column(index);
            if start.saturating_add(width) > WIDTH {
                line.end()?;
                start = INDENT;
            }
            line.put(start, width, is_number, cell(index));
            start = start.saturating_add(width).saturating_add(GAP);
        }
        if column.is_number && start.saturating_add(column.width) > WIDTH
            || start.saturating_add(NARROWEST) > WIDTH
        {
            line.end()?;
            start = INDENT;
        }
        let mut rest = cell(last);
        column.width =
            column.width.min(WIDTH.saturating_sub(start).max(NARROWEST));
        // It is broken at spaces, where there are some.
        while let Some((head, tail)) = rest.split_at_checked(column.width)
            && let Some(&next) = tail.first()
        {
            let space = head.iter().rposition(|byte| *byte == b' ');
            let space = if next == b' ' { Some(column.width) } else { space };
            let (head, tail) = match space {
                Some(at) => rest.split_at_checked(at).unwrap_or((rest, &[])),
                None => (head, tail),
            };
            line.put(start, column.width, false, head);
            line.end()?;
            rest = if space.is_some() {
                tail.get(1..).unwrap_or(&[])
            } else {
                tail
            };
        }
        line.put(start, column.width, column.is_number, rest);
        line.end()
    }

    fn column(&self, index: usize) -> Column {
        let column = self.columns.get(index).copied();
        column.unwrap_or(Column { name: "", width: 0, is_number: false })
    }

    /// Returns the column that stands last and is wrapped: the last one, or
    /// the widest if all do not fit.
    fn last(&self) -> (usize, Column) {
        let mut last = self.count.saturating_sub(1);
        let mut all = 0_usize;
        let mut widest = last;
        for (index, column) in self.columns.iter().enumerate() {
            all = all.saturating_add(column.width);
            if column.width > self.column(widest).width {
                widest = index;
            }
        }
        if all.saturating_add(last.saturating_mul(GAP)) > WIDTH {
            last = widest;
        }
        (last, self.column(last))
    }
}

/// Returns what stands in a line of a column's name: the last words on the
/// last line.
fn part(name: &str, line: usize) -> &[u8] {
    let name = name.as_bytes();
    let apart = name.iter().rposition(|byte| *byte == b'_');
    let (head, tail) = match apart.and_then(|at| name.split_at_checked(at)) {
        Some((head, tail)) => (head, tail.get(1..).unwrap_or(&[])),
        None => (&[][..], name),
    };
    if line == 0 { head } else { tail }
}

/// A line being filled.
struct Line<'o> {
    out: &'o mut dyn Write,
    bytes: [u8; WIDTH],
    /// Behind the last byte that is no space.
    end: usize,
}

impl<'o> Line<'o> {
    const fn new(out: &'o mut dyn Write) -> Self {
        Self { out, bytes: [b' '; WIDTH], end: 0 }
    }

    /// Puts text into a column.
    fn put(&mut self, start: usize, width: usize, right: bool, text: &[u8]) {
        let spare = width.saturating_sub(text.len());
        let start = start.saturating_add(if right { spare } else { 0 });
        let places = self.bytes.iter_mut().enumerate().skip(start);
        for ((index, place), byte) in places.zip(text) {
            *place = *byte;
            self.end = index.saturating_add(1);
        }
    }

    /// Writes the line, unless it is empty, and begins another.
    fn end(&mut self) -> fmt::Result {
        if self.end == 0 {
            return Ok(());
        }
        let text = self.bytes.get(..self.end).unwrap_or(&[]);
        let text = core::str::from_utf8(text).unwrap_or("").trim_ascii_end();
        self.out.write_str(text)?;
        self.bytes = [b' '; WIDTH];
        self.end = 0;
        self.out.write_char('\n')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    fn text(names: &[&'static str], rows: &[Vec<String>]) -> String {
        let mut grid = Grid::new();
        let cells = |row: &Vec<String>| {
            let mut cells = Cells::new();
            for cell in row {
                cells.begin();
                cells.add(cell);
            }
            cells
        };
        for (index, name) in names.iter().enumerate() {
            grid.name(index, name);
        }
        rows.iter().for_each(|row| grid.measure(&cells(row)));
        let mut out = String::new();
        grid.write_names(&mut out).expect("a string takes all");
        for row in rows {
            grid.write_row(&cells(row), &mut out).expect("a string takes all");
        }
        out
    }

    #[test]
    fn numbers_stand_right_and_the_widest_column_wraps_at_the_end() {
        let row = |id: &str, data: &str, pages: &str| {
            [id, data, pages].map(String::from).to_vec()
        };
        let rows = [row("7", "a b", "3"), row("10", "", "4096")];
        assert_eq!(
            text(&["id", "the_data", "pages"], &rows),
            "    the\n\
             id  data  pages\n \
             7  a b       3\n\
             10         4096\n"
        );
        let rows = [row("7", &"word ".repeat(16), "3")];
        let head = "word ".repeat(14);
        assert_eq!(
            text(&["id", "data", "pages"], &rows),
            std::format!(
                "id  pages  data\n 7      3  {}\n           word word\n",
                head.trim_end()
            )
        );
    }

    #[test]
    fn columns_that_do_not_fit_go_on_in_the_next_line() {
        let row: Vec<_> = (0..9).map(|_| "x".repeat(12)).collect();
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let text = text(&names, &[row]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].starts_with("a             b"), "{text}");
        assert_eq!(lines[2].len(), 68, "{text}");
        assert_eq!(lines[3].matches("xxxx").count(), 12, "{text}");
        assert!(lines[3].starts_with("    xxxx"), "{text}");
    }

    proptest! {
        #[test]
        fn lines_fit_and_keep_every_letter(
            rows in prop::collection::vec(
                prop::collection::vec("([a-z0-9,]( [a-z0-9,])?){0,5}", 4),
                0..6,
            ),
            long in "([a-z]{1,30} ){0,20}[a-z]",
        ) {
            let mut rows = rows;
            for row in &mut rows {
                row.insert(2, long.clone());
            }
            let out = text(&["a", "b_c", "d", "e", "f"], &rows);
            for line in out.lines() {
                prop_assert!(line.chars().count() <= 80, "{}", out);
                prop_assert_eq!(line, line.trim_end());
            }
            let mut letters: Vec<_> = out.chars().collect();
            let mut wanted: Vec<_> = rows.concat().concat().chars().collect();
            wanted.extend("abcdef".chars());
            for list in [&mut letters, &mut wanted] {
                list.retain(|c| !c.is_whitespace());
                list.sort_unstable();
            }
            prop_assert_eq!(letters, wanted);
        }
    }
}
