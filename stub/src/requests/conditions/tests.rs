use super::*;

extern crate std;
use std::format;
use std::string::String;
use std::vec::Vec;

/// A context without memory that keeps what is printed.
struct Paper(Vec<u8>);

impl Context for Paper {
    fn register(&mut self, number: u16) -> Option<u64> {
        Some(number.into())
    }

    fn read(&mut self, _address: u32, _into: &mut [u8]) -> bool {
        false
    }

    fn print(&mut self, byte: u8) {
        self.0.push(byte);
    }
}

const YES: &str = "X3,220127";
const NO: &str = "X3,220027";
/// Reads memory that does not exist.
const LOST: &str = "X4,22001727";

fn at(address: u32) -> Breakpoint {
    (false, VirtAddr(address))
}

/// Returns what follows the first `;`.
fn behind(text: &str) -> Option<&[u8]> {
    text.as_bytes().strip_prefix(b";")
}

/// Checks and stores what a packet says.
fn set(
    conditions: &mut Conditions,
    breakpoint: Breakpoint,
    text: Option<&[u8]>,
) -> Result<(), Refused> {
    let text = conditions.check(breakpoint, text)?;
    conditions.set(breakpoint, text);
    Ok(())
}

fn judged(conditions: &mut Conditions, address: u32) -> (Judgement, String) {
    let mut paper = Paper(Vec::new());
    let judgement = conditions.judge(at(address), &mut paper);
    (judgement, String::from_utf8(paper.0).expect("text"))
}

fn judgement_of(text: &str) -> (Judgement, String) {
    let mut conditions = Conditions::new();
    set(&mut conditions, at(8), behind(text)).expect("room");
    judged(&mut conditions, 8)
}

#[test]
fn one_condition_that_holds_or_cannot_be_told_is_enough() {
    for (text, expected) in [
        (format!(";{YES}"), Judgement::Stop),
        (format!(";{NO}"), Judgement::Continue),
        (format!(";{NO}{NO}{YES}"), Judgement::Stop),
        (format!(";{NO}{LOST}"), Judgement::Stop),
        (format!(";{YES}{LOST}"), Judgement::Stop),
        // The first leaves no value; the second is empty.
        (";X1,27".into(), Judgement::Stop),
        (";X0,".into(), Judgement::Stop),
        (String::new(), Judgement::Stop),
    ] {
        assert_eq!(judgement_of(&text).0, expected, "{text}");
    }
}

#[test]
fn commands_are_carried_out_if_a_condition_holds() {
    let prints = "Xb,2200220034000002410027";
    for (text, expected, said) in [
        (format!(";cmds:0,{prints}"), Judgement::Done(None), "A"),
        (format!(";cmds:1,{prints}{prints}"), Judgement::Done(None), "AA"),
        (format!(";{NO};cmds:0,{prints}"), Judgement::Continue, ""),
        (format!(";{YES};cmds:0,{prints}"), Judgement::Done(None), "A"),
        (format!(";{LOST};cmds:0,{prints}"), Judgement::Stop, ""),
        (
            format!(";cmds:0,{LOST}{prints}"),
            Judgement::Done(Some(Failure::Memory)),
            "A",
        ),
    ] {
        assert_eq!(judgement_of(&text), (expected, said.into()), "{text}");
    }
}

#[test]
fn records_come_and_go_without_a_gap() {
    let mut conditions = Conditions::new();
    let (yes, no) = (format!(";{YES}"), format!(";{NO}{NO}"));
    for address in 0..50 {
        let text = if address % 2 == 0 { &yes } else { &no };
        set(&mut conditions, at(address), behind(text)).expect("room");
    }
    let used = conditions.used;
    for address in (0..50).step_by(3) {
        conditions.remove(at(address));
    }
    for address in 0..50 {
        let gone = address % 3 == 0 || address % 2 == 0;
        let expected = if gone { Judgement::Stop } else { Judgement::Continue };
        assert_eq!(judged(&mut conditions, address).0, expected, "{address}");
    }
    // Set again, each replaces its earlier record.
    for _ in 0..100 {
        for address in 0..50 {
            let text = if address % 2 == 0 { &yes } else { &no };
            set(&mut conditions, at(address), behind(text)).expect("room");
        }
    }
    assert_eq!(conditions.used, used);
    set(&mut conditions, at(1), None).expect("nothing");
    assert_eq!(judged(&mut conditions, 1).0, Judgement::Stop);
}

#[test]
fn conditions_without_room_are_gdbs_and_commands_refused() {
    let mut conditions = Conditions::new();
    let long = format!(";X5dc,{}", "00".repeat(1500));
    for address in 0..4 {
        let stored = set(&mut conditions, at(address), behind(&long));
        assert_eq!(stored, Ok(()));
    }
    assert_eq!(conditions.used, 2 * 1510);
    let commands = long.replace(";", ";cmds:0,");
    let stored = set(&mut conditions, at(9), behind(&commands));
    assert_eq!(stored, Err(Refused::Full));
    assert_eq!(conditions.used, 2 * 1510);
    let stored = set(&mut conditions, at(9), Some(NO.as_bytes()));
    assert_eq!(stored, Ok(()));
    assert_eq!(judged(&mut conditions, 9).0, Judgement::Continue);
    conditions.clear();
    assert_eq!(judged(&mut conditions, 9).0, Judgement::Stop);
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_nothing() {
    let mut conditions = Conditions::new();
    for text in [
        ";",
        ";X",
        ";X1",
        ";X2,27",
        ";X1,2",
        ";X1,zz",
        ";X1,2727",
        ";X10000,27",
        ";X1,27;",
        ";X1,27;cmds",
        ";cmds:",
        ";cmds:0",
        ";cmds:0,27",
        ";Xffffffff,27",
    ] {
        let stored = set(&mut conditions, at(1), behind(text));
        if !matches!(text, ";" | ";X1,27;") {
            assert_eq!(stored, Err(Refused::Invalid), "{text}");
            assert_eq!(conditions.used, 0, "{text}");
        }
        conditions.clear();
    }
}
