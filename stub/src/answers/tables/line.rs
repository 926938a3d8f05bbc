//! Rows as text in columns, for terminals 80 characters wide.
//!
//! Column widths are declared with the row's fields, so a line is written as
//! its values come. A wider value pushes the columns after it to the right
//! until they have room to spare; a word that doesn't fit in the line moves to
//! the next.

use super::part::Cells;
use crate::storage::Text;
use core::fmt::{self, Display, Write};
use wire::fields::Column;

/// The width of a line.
const WIDTH: usize = 80;

/// The space between two columns.
const GAP: usize = 2;

/// The indentation of columns that didn't fit in the line before.
const INDENT: usize = 4;

/// Writes the names of the columns, each in one or two lines.
pub(super) fn write_headings(
    cells: &Cells<'_>,
    out: &mut dyn Write,
) -> fmt::Result {
    for part in 0..2 {
        let mut line = Line::new(out);
        for (column, _) in cells.iter() {
            let words = column.heading();
            line.cell(&column, words.get(part).unwrap_or(&""))?;
        }
        line.end_line()?;
    }
    Ok(())
}

/// Writes a row.
pub(super) fn write_row(cells: &Cells<'_>, out: &mut dyn Write) -> fmt::Result {
    let mut line = Line::new(out);
    for (column, value) in cells.iter() {
        line.cell(&column, &value)?;
    }
    line.end_line()
}

/// A line being written, word by word.
struct Line<'o> {
    out: &'o mut dyn Write,
    /// How many characters it has so far.
    written: usize,
    /// Where the column begins and ends.
    start: usize,
    end: usize,
    is_number: bool,
    /// Whether the column goes to a line that has not been started.
    is_in_next: bool,
    /// Whether the cell has no word yet.
    is_empty: bool,
    /// Spaces in front of the word.
    spaces: usize,
    word: Text<WIDTH>,
}

impl<'o> Line<'o> {
    fn new(out: &'o mut dyn Write) -> Self {
        Self {
            out,
            written: 0,
            start: 0,
            end: 0,
            is_number: false,
            is_in_next: false,
            is_empty: true,
            spaces: 0,
            word: Text::new(),
        }
    }

    /// Writes a cell into the next column.
    fn cell(&mut self, column: &Column, text: &dyn Display) -> fmt::Result {
        let width = column.width();
        let is_first = self.end == 0;
        let gap = if is_first { 0 } else { GAP };
        self.start = self.end.saturating_add(gap);
        if self.start.saturating_add(width) > WIDTH && !is_first {
            self.start = INDENT;
            self.is_in_next = true;
        }
        self.end = self.start.saturating_add(width);
        self.is_number = column.is_number;
        self.is_empty = true;
        self.spaces = 0;
        write!(self, "{text}")?;
        self.end_word()
    }

    /// Writes the word gathered so far, with the spaces before it.
    fn end_word(&mut self) -> fmt::Result {
        let bytes = self.word.as_bytes().len();
        if bytes == 0 {
            return Ok(());
        }
        if self.is_in_next {
            self.end_line()?;
        }
        let begin = match self.is_number {
            true => self.end.saturating_sub(bytes),
            false => self.start,
        };
        let mut place = match (self.is_empty, self.written) {
            (true, 0) => begin,
            (true, written) => begin.max(written.saturating_add(GAP)),
            (false, written) => written,
        };
        place = place.saturating_add(self.spaces);
        if place.saturating_add(bytes) > WIDTH {
            self.end_line()?;
            place = begin;
        }
        for _ in self.written..place {
            self.out.write_char(' ')?;
        }
        self.out.write_str(self.word.as_str())?;
        self.written = place.saturating_add(bytes);
        self.is_in_next = false;
        self.is_empty = false;
        self.spaces = 0;
        self.word = Text::new();
        Ok(())
    }

    /// Ends the line, unless it is empty.
    fn end_line(&mut self) -> fmt::Result {
        match core::mem::take(&mut self.written) {
            0 => Ok(()),
            _ => self.out.write_char('\n'),
        }
    }
}

/// Non-ASCII and control characters are shown as a question mark.
impl Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // A multi-byte character counts as its first byte.
        for byte in text.bytes().filter(|byte| byte & 0xC0 != 0x80) {
            if byte == b' ' {
                self.end_word()?;
                self.spaces = self.spaces.saturating_add(1);
                continue;
            }
            let shown = if byte.is_ascii_graphic() { byte } else { b'?' };
            self.word.write_char(shown.into())?;
            // A word longer than the column can be is split.
            if self.word.as_bytes().len() >= WIDTH.saturating_sub(self.start) {
                self.end_word()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::tables::part::Cells;
    use proptest::prelude::*;
    use wire::fields::Value;

    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    fn text(columns: &[Column], rows: &[&[Value<'_>]]) -> String {
        let mut out = String::new();
        let group = None;
        for (index, values) in rows.iter().enumerate() {
            let cells = Cells { group, columns, values };
            if index == 0 {
                write_headings(&cells, &mut out).expect("a string takes all");
            }
            write_row(&cells, &mut out).expect("a string takes all");
        }
        out
    }

    fn words(name: &'static str, width: usize) -> Column {
        Column::of::<&str>(name).with_width(width)
    }

    fn number(name: &'static str, width: usize) -> Column {
        Column::of::<u32>(name).with_width(width)
    }

    use Value::{Absent, Number, Text as Words};

    #[test]
    fn numbers_stand_right_and_words_left_under_their_names() {
        let columns =
            [number("id", 4), words("the_data", 6), number("pages", 1)];
        assert_eq!(
            text(
                &columns,
                &[
                    &[Number(7), Words("a b"), Number(3)],
                    &[Number(10), Words(""), Number(4096)],
                    &[Number(11), Words("x"), Absent],
                ]
            ),
            "      the\n  \
               id  data    pages\n   \
                7  a b         3\n  \
               10           4096\n  \
               11  x\n"
        );
    }

    #[test]
    fn what_is_too_wide_pushes_only_what_has_no_room_to_spare() {
        let columns = [words("name", 5), number("pages", 5), words("row", 4)];
        assert_eq!(
            text(
                &columns,
                &[
                    &[Words("short"), Number(12), Words("a")],
                    &[Words("longer"), Number(12), Words("b")],
                    &[Words("much longer"), Number(12), Words("c")],
                ]
            ),
            "name   pages  row\n\
             short     12  a\n\
             longer    12  b\n\
             much longer  12  c\n"
        );
    }

    #[test]
    fn what_does_not_fit_goes_on_in_the_next_line_under_its_column() {
        let columns = [number("id", 4), words("text", 10)];
        let long = "word ".repeat(16);
        let head = "word ".repeat(15);
        let head = head.trim_end();
        let digits = "0123456789".repeat(9);
        let out = text(&columns, &[&[Number(7), Words(&long)]]);
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(lines[1], std::format!("   7  {head}"));
        assert_eq!(lines[2], "      word");
        let out = text(&columns, &[&[Number(7), Words(&digits)]]);
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(lines[1], std::format!("   7  {}", &digits[..74]));
        assert_eq!(lines[2], std::format!("      {}", &digits[74..]));
    }

    #[test]
    fn columns_that_do_not_fit_have_a_line_of_their_own_if_they_are_used() {
        let columns =
            [words("a", 50), words("b", 26), words("c", 12), number("d", 3)];
        assert_eq!(
            text(
                &columns,
                &[
                    &[Words("x"), Words("y"), Absent, Absent],
                    &[Absent, Absent, Absent, Number(5)],
                    &[Words("x"), Absent, Absent, Number(5)],
                ]
            ),
            std::format!(
                "a{0}b\n    c{1}d\nx{0}y\n{2}5\nx\n{2}5\n",
                " ".repeat(51),
                " ".repeat(15),
                " ".repeat(20)
            )
        );
    }

    proptest! {
        #[test]
        fn lines_fit_and_keep_every_letter(
            rows in prop::collection::vec(
                prop::collection::vec("([a-z0-9,]( [a-z0-9,])?){0,30}", 5),
                1..6,
            ),
            widths in prop::array::uniform5(1_usize..40),
        ) {
            let [a, b, c, d, e] = widths;
            let columns = [
                words("a", a),
                number("b_c", b),
                words("d", c),
                number("e", d),
                words("f", e),
            ];
            let values: Vec<Vec<_>> = rows
                .iter()
                .map(|row| row.iter().map(|cell| Words(cell)).collect())
                .collect();
            let values: Vec<_> = values.iter().map(Vec::as_slice).collect();
            let out = text(&columns, &values);
            for line in out.lines() {
                prop_assert!(line.len() <= 80, "{}", out);
                prop_assert_eq!(line, line.trim_end());
                prop_assert!(!line.is_empty());
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
