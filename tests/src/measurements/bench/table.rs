//! Tables in Markdown whose columns line up in plain text, too.

/// A table of as many columns as it has headings.
#[derive(Clone, Debug)]
pub struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// Returns a table without rows.
    #[must_use]
    pub fn new(headings: [&str; COLUMNS]) -> Self {
        Self { rows: vec![headings.map(str::to_owned)] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells);
    }

    /// Returns its text: the first column left-aligned, numbers right-aligned.
    #[must_use]
    pub fn text(&self) -> String {
        let mut widths = [3; COLUMNS];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                text += &match column {
                    0 => format!("| {cell:width$} "),
                    _ => format!("| {cell:>width$} "),
                };
            }
            text += "|\n";
            if index == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let dashes = "-".repeat(width + 1);
                    text += &match column {
                        0 => format!("|{dashes}-"),
                        _ => format!("|{dashes}:"),
                    };
                }
                text += "|\n";
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let mut table = Table::new(["what", "B"]);
        table.row(["20 × stepi".to_owned(), "1300".to_owned()]);
        table.row(["g".to_owned(), "6".to_owned()]);
        let expected = "\
            | what       |    B |\n\
            |------------|-----:|\n\
            | 20 × stepi | 1300 |\n\
            | g          |    6 |\n";
        assert_eq!(table.text(), expected);
    }
}
