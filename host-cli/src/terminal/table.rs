//! Tables of text: on a terminal they fit its 80 columns, elsewhere each row is
//! one line.

use anstyle::{Effects, Style};
use std::fmt::{self, Display, Write};
use std::io::IsTerminal;
use std::mem;

/// The width that prose never exceeds, and rows do not on a terminal.
pub const WIDTH: usize = 80;

/// Returns the width that no row exceeds: what `COLUMNS` says, or that of a
/// terminal. What reads a pipe takes a row for a line, so there is no limit.
#[must_use]
pub fn row_width() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    match columns.and_then(|columns| columns.parse().ok()) {
        Some(columns @ 1..) => columns,
        _ if std::io::stdout().is_terminal() => WIDTH,
        _ => usize::MAX,
    }
}

/// How headings look on a terminal.
pub const HEADING: Style = Style::new().effects(Effects::BOLD);

const GAP: &str = "  ";

/// A column, by its heading and the side on which it is aligned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// The left: words.
    Left(&'static str),
    /// The right: numbers.
    Right(&'static str),
}

/// Rows of cells under headings. The last column is wrapped at words.
#[derive(Debug)]
pub struct Table<const N: usize> {
    columns: [Column; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// Returns an empty table with these columns.
    #[must_use]
    pub const fn new(columns: [Column; N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: [&dyn Display; N]) {
        self.rows.push(row.map(ToString::to_string));
    }

    /// Writes the headings and the rows, in lines of [`row_width`].
    ///
    /// # Errors
    ///
    /// Fails only if `out` does.
    pub fn write(&self, out: &mut dyn Write) -> fmt::Result {
        self.write_within(row_width(), out)
    }

    fn write_within(&self, width: usize, out: &mut dyn Write) -> fmt::Result {
        let headings = self.columns.map(|column| match column {
            Column::Left(heading) | Column::Right(heading) => {
                heading.to_owned()
            }
        });
        let widths = self.widths(&headings, width);
        let mut line = String::new();
        self.line(&mut line, &widths, &headings)?;
        writeln!(out, "{HEADING}{}{HEADING:#}", line.trim_end())?;
        for row in &self.rows {
            self.line(out, &widths, row)?;
        }
        Ok(())
    }

    fn widths(&self, headings: &[String; N], width: usize) -> [usize; N] {
        let mut widths = headings.each_ref().map(String::len);
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(cell.chars().count());
            }
        }
        if let Some((last, others)) = widths.split_last_mut() {
            let before: usize = others.iter().map(|w| w + GAP.len()).sum();
            *last = (*last).min(width.saturating_sub(before).max(20));
        }
        widths
    }

    fn line(
        &self,
        out: &mut dyn Write,
        widths: &[usize; N],
        cells: &[String; N],
    ) -> fmt::Result {
        let mut before = String::new();
        let last = N - 1;
        for index in 0..last {
            let (cell, width) = (&cells[index], widths[index]);
            match self.columns[index] {
                Column::Left(_) => write!(before, "{cell:<width$}{GAP}")?,
                Column::Right(_) => write!(before, "{cell:>width$}{GAP}")?,
            }
        }
        let indent = " ".repeat(before.chars().count());
        for part in wrap(&cells[last], widths[last]) {
            let whole = match self.columns[last] {
                Column::Left(_) => format!("{before}{part}"),
                Column::Right(_) => format!("{before}{part:>0$}", widths[last]),
            };
            writeln!(out, "{}", whole.trim_end())?;
            before.clone_from(&indent);
        }
        Ok(())
    }
}

/// Returns `text` in lines of at most `width` characters, broken at spaces
/// where possible; at least one line.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for mut word in text.split(' ') {
        let mut len = word.chars().count();
        if used > 0 && used + 1 + len > width {
            lines.push(mem::take(&mut line));
            used = 0;
        } else if used > 0 {
            line.push(' ');
            used += 1;
        }
        while len > width {
            let cut = word.char_indices().nth(width).map_or(0, |(at, _)| at);
            let (head, tail) = word.split_at(cut);
            lines.push(head.to_owned());
            word = tail;
            len = word.chars().count();
        }
        line.push_str(word);
        used += len;
    }
    lines.push(line);
    lines
}

/// Returns `text` from the target without control characters, which a terminal
/// would obey.
#[must_use]
pub fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    text.chars().map(shown).collect()
}

/// Returns `count` and `noun` with an `s` unless it is one.
#[must_use]
pub fn counted(count: impl Into<u64>, noun: &str) -> String {
    match count.into() {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_column_wraps_under_itself() {
        let columns = [Column::Right("id"), Column::Left("what")];
        let mut table = Table::new(columns);
        table.push([&7, &"waits ".repeat(20).trim()]);
        let mut text = String::new();
        table.write_within(WIDTH, &mut text).expect("a string takes it");
        let text = anstream::adapter::strip_str(&text).to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "id  what");
        assert!(lines[1].starts_with(" 7  waits waits"));
        assert!(lines[2].starts_with("    waits"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH));
        let mut text = String::new();
        table.write_within(usize::MAX, &mut text).expect("a string takes it");
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\n"), "a\u{FFFD}[2Jb\u{FFFD}");
    }

    proptest! {
        #[test]
        fn wrapping_keeps_every_word_and_the_width(
            text in "[a-zé ]{0,200}",
            width in 1_usize..40,
        ) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(line.chars().count() <= width);
            }
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
