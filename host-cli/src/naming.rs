//! The rows of an address space, by which addresses are named: those of the
//! specification, or of a file for another kernel.

use crate::failure::{Failure, Kind};
use crate::terminal::table::plain;
use layout::{PAGE_BYTES, REGIONS, VirtAddr};
use serde::Deserialize;
use std::path::Path;

/// A row: a part of the address space, and what it is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The first address; a multiple of the page size.
    pub start: VirtAddr,
    /// The last address.
    pub last: VirtAddr,
    /// The name that is printed.
    pub name: String,
    /// What it holds, in one sentence; may be empty.
    pub holds: String,
    /// Whether it is ours and not the specification's.
    pub added: bool,
}

/// The rows of an address space, in order of their addresses.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Naming {
    rows: Vec<Row>,
}

/// A file of rows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    row: Vec<InFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InFile {
    name: String,
    start: u32,
    bytes: u64,
    #[serde(default)]
    holds: String,
}

impl Naming {
    /// Returns the rows of the specification.
    #[must_use]
    pub fn specification() -> Self {
        let rows = REGIONS.iter().map(|region| Row {
            start: region.start,
            last: region.last(),
            name: region.name.to_owned(),
            holds: region.holds.to_owned(),
            added: region.added,
        });
        Self { rows: rows.collect() }
    }

    /// Reads rows from a TOML file.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, is no such file, or its rows overlap, are
    /// empty, or do not consist of pages of the address space.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |what: String| {
            let what = format!("cannot use {}: {what}", path.display());
            Failure::new(Kind::Usage, what)
                .hint("rows such as [[row]] name = \"kernel\" start = 0xc0000000 bytes = 0x400000")
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| failed(error.to_string()))?;
        Self::parse(&text).map_err(failed)
    }

    /// Reads rows from the text of a TOML file.
    ///
    /// # Errors
    ///
    /// As [`Self::read`], with what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File =
            toml::from_str(text).map_err(|error| plain(error.message()))?;
        let rows = file.row.into_iter().map(InFile::checked);
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|row| row.start);
        for pair in rows.windows(2) {
            if let [first, second] = pair
                && first.last >= second.start
            {
                let (first, second) = (&first.name, &second.name);
                return Err(format!("rows {first} and {second} overlap"));
            }
        }
        Ok(Self { rows })
    }

    /// Returns the rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Returns whether there are none, so that nothing has a name.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the row that covers `address`.
    #[must_use]
    pub fn row_of(&self, address: VirtAddr) -> Option<&Row> {
        let covers = |row: &&Row| (row.start..=row.last).contains(&address);
        self.rows.iter().find(covers)
    }

    /// Returns the name of the row that covers `address`, or says that none
    /// does; none if there are no rows at all.
    #[must_use]
    pub fn name_of(&self, address: VirtAddr) -> Option<&str> {
        let outside = (!self.is_empty()).then_some(OUTSIDE);
        self.row_of(address).map(|row| &*row.name).or(outside)
    }

    /// Returns the last address that has the same row, or none, as `address`.
    #[must_use]
    pub fn last_alike(&self, address: VirtAddr) -> VirtAddr {
        match self.rows.iter().find(|row| row.last >= address) {
            Some(row) if row.start <= address => row.last,
            Some(next) => VirtAddr(next.start.0 - 1),
            None => VirtAddr(u32::MAX),
        }
    }
}

/// What is printed where no row covers an address.
pub const OUTSIDE: &str = "outside the table";

impl InFile {
    fn checked(self) -> Result<Row, String> {
        let Self { name, start, bytes, holds } = self;
        let (name, holds) = (plain(&name), plain(&holds));
        let page = u64::from(PAGE_BYTES);
        let last = bytes.checked_sub(1).map(|last| u64::from(start) + last);
        let last = last.and_then(|last| u32::try_from(last).ok());
        match last.map(VirtAddr) {
            Some(last)
                if bytes.is_multiple_of(page)
                    && start.is_multiple_of(PAGE_BYTES) =>
            {
                let (start, added) = (VirtAddr(start), false);
                Ok(Row { start, last, name, holds, added })
            }
            Some(_) => Err(format!("row {name} does not consist of pages")),
            None => Err(format!(
                "row {name} is empty, or ends beyond the address space"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KERNEL: &str =
        "[[row]]\nname = 'kernel'\nstart = 0xc0000000\nbytes = 0x40000000\n";

    #[test]
    fn addresses_are_named_by_the_rows_of_a_file() {
        let naming = Naming::parse(KERNEL).expect("it is right");
        assert_eq!(naming.name_of(VirtAddr(0xC000_0000)), Some("kernel"));
        assert_eq!(naming.name_of(VirtAddr(u32::MAX)), Some("kernel"));
        assert_eq!(naming.name_of(VirtAddr(0)), Some(OUTSIDE));
        let last = naming.last_alike(VirtAddr(0x1000));
        assert_eq!(last, VirtAddr(0xBFFF_FFFF));
        assert_eq!(Naming::default().name_of(VirtAddr(0)), None);
    }

    #[test]
    fn a_file_that_makes_no_sense_is_refused_with_a_reason() {
        let row = |start: &str, bytes: &str| {
            format!("[[row]]\nname = 'b'\nstart = {start}\nbytes = {bytes}\n")
        };
        for (text, why) in [
            (row("0xd0000000", "0x1000"), "rows kernel and b overlap"),
            (row("0x1", "0x1000"), "does not consist of pages"),
            (row("0", "0"), "row b is empty"),
            (row("0", "0x100001000"), "ends beyond"),
            (row("-1", "0x1000"), "invalid value"),
            ("[[rows]]".to_owned(), "unknown field"),
        ] {
            let said = Naming::parse(&format!("{KERNEL}{text}"));
            let said = said.expect_err("it makes no sense");
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn what_a_file_says_cannot_steer_a_terminal() {
        let text = KERNEL.replace("'kernel'", "\"\\u001b[31m\"");
        let naming = Naming::parse(&text).expect("it is right");
        let name = naming.name_of(VirtAddr(u32::MAX)).expect("it has one");
        assert!(!name.contains('\u{1b}'), "{name:?}");
    }

    proptest! {
        #[test]
        fn any_file_is_survived(text in ".*", start: u32, bytes: u64) {
            let _ = Naming::parse(&text);
            let row = format!(
                "[[row]]\nname = 'a'\nstart = {start}\nbytes = {bytes}\n"
            );
            if let Ok(naming) = Naming::parse(&row) {
                prop_assert!(naming.row_of(VirtAddr(start)).is_some());
            }
        }
    }
}
