//! Checks the table of packets against the one in `docs/gdb.md`.

use super::*;
extern crate std;
use std::collections::BTreeSet;
use std::vec::Vec;

const PAGE: &str = include_str!("../../../../docs/gdb.md");
const REASONS: &str = include_str!("../../../tests/gdbstub_would/main.rs");

/// Returns the cells of the page's table of packets, row by row.
fn rows() -> Vec<Vec<&'static str>> {
    let (_, table) = PAGE.split_once("|---|---|---|---|").expect("a table");
    let lines = table.lines().skip(1).take_while(|it| it.starts_with('|'));
    let cells = |line: &'static str| line.split('|').skip(1).take(4);
    lines.map(|line| cells(line).map(str::trim).collect()).collect()
}

/// Returns the parts of `cell` that are set as code.
fn code(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

const fn is_gdbstubs(handler: Handler) -> bool {
    matches!(
        handler,
        Resume(_)
            | Continue
            | Actions
            | Kill
            | KillProcess
            | Detach
            | Write
            | WriteBinary
            | Register
            | Registers
            | SetRegister
            | SetRegisters
            | SetPoint(_)
            | ClearPoint(_)
            | Describe
            | Attached
            | Gdbstub
    )
}

#[test]
fn the_page_says_of_every_packet_who_answers_it() {
    let rows = rows();
    for packet in &PACKETS {
        let start = str::from_utf8(packet.start).expect("text");
        let name = start.trim_end_matches([':', ',']);
        // `D` has one row, with or without a process id.
        let name = if name == "D;" { "D" } else { name };
        let is_it = |row: &&Vec<&str>| match name {
            "" => row[0] == "anything else",
            name => code(row[0]).any(|it| it == name),
        };
        let row = rows.iter().find(is_it);
        let row = row.unwrap_or_else(|| panic!("`{name}` is not on the page"));
        let who = if is_gdbstubs(packet.handler) { "gdbstub" } else { "stub" };
        assert_eq!(row[1], who, "{name}");
    }
}

#[test]
fn the_page_names_a_test_for_every_reason() {
    let rows = rows();
    let named: BTreeSet<&str> =
        rows.iter().flat_map(|it| code(it[3])).collect();
    let tests = REASONS.split("#[test]").skip(1);
    let tests = tests.filter_map(|it| it.split_once("fn ")?.1.split_once('('));
    let tests: BTreeSet<&str> = tests.map(|it| it.0).collect();
    assert_eq!(named, tests);
    for row in rows {
        let has_reason = !row[2].is_empty();
        assert_eq!(has_reason, !row[3].is_empty(), "{}", row.join(" | "));
        assert!(has_reason || row[1] == "gdbstub", "{}", row.join(" | "));
    }
}

#[test]
fn the_first_row_that_fits_counts() {
    let handler = |body: &str| classify(body.as_bytes()).handler;
    assert_eq!(handler("qCRC:0,1"), Sum);
    assert_eq!(handler("qC"), Current);
    assert_eq!(handler("qCx"), Unknown);
    assert_eq!(handler("vContinue"), Unknown);
    assert_eq!(handler("Z1,0,1"), SetPoint(Some(true)));
    assert_eq!(handler("Z3,0,1"), Unknown);
    assert_eq!(handler("QThreadSuffixSupportedx"), Unknown);
}
