//! What breakpoints have to say besides where they are: conditions, and
//! commands such as `dprintf` prints by.
//!
//! They stand in one pool, record behind record. gdb takes its breakpoints
//! out at each stop, so records come and go together.
//!
//! Spec: GDB manual, "Packets", Z0: `;X<length>,<bytes>…` for conditions and
//! `;cmds:<persist>,X<length>,<bytes>…` for commands. Whether commands are
//! to outlive the session is not heeded: no breakpoint does.

use crate::interpreters::agent::{self, Context, Failure, Stack};
use crate::protocol::Refused;
use layout::VirtAddr;
use wire::hex;
use wire::parts::{cut, parts};

/// What all expressions take together, in bytes.
const POOL_BYTES: usize = 4096;

/// The expressions of all breakpoints.
#[derive(Debug)]
pub(crate) struct Conditions {
    pool: [u8; POOL_BYTES],
    used: usize,
    stack: Stack,
}

/// A breakpoint: whether a debug register holds it, and its address.
pub(crate) type Breakpoint = (bool, VirtAddr);

/// What a record begins with: the address, the kind, and how many bytes of
/// expressions follow.
const HEADER_BYTES: usize = 7;

/// What an expression begins with: its purpose, and its length.
const PREFIX_BYTES: usize = 3;

/// What an expression is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Purpose {
    Condition,
    Command,
}

/// What is to be done about a breakpoint that was hit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Judgement {
    /// The debugger is to be told.
    Stop,
    /// No condition holds.
    Pass,
    /// The commands have been carried out; why not all, if not all.
    Done(Option<Failure>),
}

impl Conditions {
    /// Returns an empty pool.
    pub(crate) const fn new() -> Self {
        Self { pool: [0; POOL_BYTES], used: 0, stack: Stack::new() }
    }

    /// Forgets everything.
    pub(crate) const fn clear(&mut self) {
        self.used = 0;
    }

    /// Keeps what `text`, the packet behind its first `;`, says of `breakpoint`,
    /// and forgets what was kept of it.
    ///
    /// Conditions for which there is no room are dropped: then each hit is
    /// a stop, and gdb evaluates them itself. For commands that will not
    /// do.
    pub(crate) fn set(
        &mut self,
        breakpoint: Breakpoint,
        text: Option<&[u8]>,
    ) -> Result<(), Refused> {
        self.remove(breakpoint);
        let Some(text) = text else { return Ok(()) };
        let start = self.used;
        let written = self.write(breakpoint, text);
        if written.is_err() {
            self.used = start;
        }
        let has_commands = text.windows(COMMANDS.len()).any(|w| w == COMMANDS);
        match written {
            Err(Refused::Full) if !has_commands => Ok(()),
            other => other,
        }
    }

    /// Forgets what was kept of `breakpoint`.
    pub(crate) fn remove(&mut self, breakpoint: Breakpoint) {
        let Some((start, end)) = self.find(breakpoint) else { return };
        let mut to = start;
        for from in end..self.used {
            let Some(&byte) = self.pool.get(from) else { break };
            if let Some(place) = self.pool.get_mut(to) {
                *place = byte;
            }
            to = to.saturating_add(1);
        }
        self.used = to;
    }

    /// Decides about a breakpoint that was hit, and does what it says.
    ///
    /// It counts as hit if one of its conditions holds, or cannot be told,
    /// or if it has none.
    pub(crate) fn judge(
        &mut self,
        breakpoint: Breakpoint,
        context: &mut dyn Context,
    ) -> Judgement {
        let Some((start, end)) = self.find(breakpoint) else {
            return Judgement::Stop;
        };
        let start = start.saturating_add(HEADER_BYTES);
        let record = self.pool.get(start..end).unwrap_or(&[]);
        let mut holds = None;
        for (purpose, code) in Expressions(record) {
            if purpose == Purpose::Command {
                continue;
            }
            match agent::evaluate(code, &mut self.stack, context) {
                Ok(Some(0)) => holds = holds.or(Some(false)),
                Ok(Some(_)) => holds = Some(true),
                Ok(None) | Err(_) => return Judgement::Stop,
            }
        }
        if holds == Some(false) {
            return Judgement::Pass;
        }
        let mut failure = None;
        let mut is_done = false;
        for (purpose, code) in Expressions(record) {
            if purpose == Purpose::Condition {
                continue;
            }
            is_done = true;
            let value = agent::evaluate(code, &mut self.stack, context);
            failure = value.err().or(failure);
        }
        if is_done { Judgement::Done(failure) } else { Judgement::Stop }
    }

    /// Returns where the record of `breakpoint` starts and ends.
    fn find(&self, breakpoint: Breakpoint) -> Option<(usize, usize)> {
        let mut start = 0_usize;
        while start < self.used {
            let header = self.pool.get(start..)?.first_chunk()?;
            let [a, b, c, d, is_hardware, low, high] = *header;
            let end = start
                .saturating_add(HEADER_BYTES)
                .saturating_add(u16::from_le_bytes([low, high]).into());
            let address = VirtAddr(u32::from_le_bytes([a, b, c, d]));
            if (is_hardware != 0, address) == breakpoint {
                return Some((start, end));
            }
            start = end;
        }
        None
    }

    fn write(
        &mut self,
        breakpoint: Breakpoint,
        text: &[u8],
    ) -> Result<(), Refused> {
        let start = self.used;
        let (is_hardware, address) = breakpoint;
        self.push(&address.0.to_le_bytes())?;
        self.push(&[is_hardware.into(), 0, 0])?;
        for part in parts(text, b';') {
            let (purpose, list) = match part.strip_prefix(COMMANDS) {
                Some(commands) => (Purpose::Command, cut(commands, b',').1),
                None => (Purpose::Condition, Some(part)),
            };
            self.write_all(purpose, list.ok_or(Refused::Invalid)?)?;
        }
        let end = start.saturating_add(HEADER_BYTES);
        let len = self.used.saturating_sub(end) as u16;
        let place = self.pool.get_mut(end.saturating_sub(2)..end);
        place.ok_or(Refused::Full)?.copy_from_slice(&len.to_le_bytes());
        Ok(())
    }

    /// Keeps the expressions in `list`, each an X, a length, a comma, and
    /// digits.
    fn write_all(
        &mut self,
        purpose: Purpose,
        list: &[u8],
    ) -> Result<(), Refused> {
        let mut list = list;
        while !list.is_empty() {
            let rest = list.strip_prefix(b"X").ok_or(Refused::Invalid)?;
            let (len, rest) = cut(rest, b',');
            let len = hex::number(len).and_then(|len| u16::try_from(len).ok());
            let len = len.ok_or(Refused::Invalid)?;
            let [low, high] = len.to_le_bytes();
            self.push(&[purpose as u8, low, high])?;
            let (digits, behind) = rest
                .and_then(|rest| rest.split_at_checked(2 * usize::from(len)))
                .ok_or(Refused::Invalid)?;
            for pair in digits.as_chunks().0 {
                let [high, low] = *pair;
                let byte = hex::byte(high, low).ok_or(Refused::Invalid)?;
                self.push(&[byte])?;
            }
            list = behind;
        }
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let end = self.used.saturating_add(bytes.len());
        let place = self.pool.get_mut(self.used..end).ok_or(Refused::Full)?;
        place.copy_from_slice(bytes);
        self.used = end;
        Ok(())
    }
}

const COMMANDS: &[u8] = b"cmds:";

/// The expressions of a record.
struct Expressions<'p>(&'p [u8]);

impl<'p> Iterator for Expressions<'p> {
    type Item = (Purpose, &'p [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (prefix, rest) = self.0.split_at_checked(PREFIX_BYTES)?;
        let [purpose, low, high] = *prefix else { return None };
        let len = u16::from_le_bytes([low, high]).into();
        let (code, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        let purpose = if purpose == Purpose::Command as u8 {
            Purpose::Command
        } else {
            Purpose::Condition
        };
        Some((purpose, code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    /// Reads nothing, and keeps what is printed.
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
    /// Reads memory that there is not.
    const LOST: &str = "X4,22001727";

    fn at(address: u32) -> Breakpoint {
        (false, VirtAddr(address))
    }

    /// Returns what stands behind the first `;`.
    fn behind(text: &str) -> Option<&[u8]> {
        text.as_bytes().strip_prefix(b";")
    }

    fn judged(
        conditions: &mut Conditions,
        address: u32,
    ) -> (Judgement, String) {
        let mut paper = Paper(Vec::new());
        let judgement = conditions.judge(at(address), &mut paper);
        (judgement, String::from_utf8(paper.0).expect("text"))
    }

    fn judgement_of(text: &str) -> (Judgement, String) {
        let mut conditions = Conditions::new();
        conditions.set(at(8), behind(text)).expect("room");
        judged(&mut conditions, 8)
    }

    #[test]
    fn one_condition_that_holds_or_cannot_be_told_is_enough() {
        for (text, expected) in [
            (format!(";{YES}"), Judgement::Stop),
            (format!(";{NO}"), Judgement::Pass),
            (format!(";{NO}{NO}{YES}"), Judgement::Stop),
            (format!(";{NO}{LOST}"), Judgement::Stop),
            (format!(";{YES}{LOST}"), Judgement::Stop),
            // It leaves no value; it is no code.
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
            (format!(";{NO};cmds:0,{prints}"), Judgement::Pass, ""),
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
            conditions.set(at(address), behind(text)).expect("room");
        }
        let used = conditions.used;
        for address in (0..50).step_by(3) {
            conditions.remove(at(address));
        }
        for address in 0..50 {
            let gone = address % 3 == 0 || address % 2 == 0;
            let expected = if gone { Judgement::Stop } else { Judgement::Pass };
            assert_eq!(
                judged(&mut conditions, address).0,
                expected,
                "{address}"
            );
        }
        // Set once more, each replaces what it was.
        for _ in 0..100 {
            for address in 0..50 {
                let text = if address % 2 == 0 { &yes } else { &no };
                conditions.set(at(address), behind(text)).expect("room");
            }
        }
        assert_eq!(conditions.used, used);
        conditions.set(at(1), None).expect("nothing");
        assert_eq!(judged(&mut conditions, 1).0, Judgement::Stop);
    }

    #[test]
    fn conditions_without_room_are_gdbs_and_commands_refused() {
        let mut conditions = Conditions::new();
        let long = format!(";X5dc,{}", "00".repeat(1500));
        for address in 0..4 {
            let set = conditions.set(at(address), behind(&long));
            assert_eq!(set, Ok(()));
        }
        assert_eq!(conditions.used, 2 * 1510);
        let commands = long.replace(";", ";cmds:0,");
        let set = conditions.set(at(9), behind(&commands));
        assert_eq!(set, Err(Refused::Full));
        assert_eq!(conditions.used, 2 * 1510);
        let set = conditions.set(at(9), Some(NO.as_bytes()));
        assert_eq!(set, Ok(()));
        assert_eq!(judged(&mut conditions, 9).0, Judgement::Pass);
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
            let set = conditions.set(at(1), behind(text));
            if !matches!(text, ";" | ";X1,27;") {
                assert_eq!(set, Err(Refused::Invalid), "{text}");
                assert_eq!(conditions.used, 0, "{text}");
            }
            conditions.clear();
        }
    }
}
