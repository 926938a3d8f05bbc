//! What breakpoints have to say besides where they are: conditions, and
//! commands such as `dprintf` prints by.
//!
//! They stand in one pool, record behind record. gdb takes its breakpoints
//! out at each stop, so records come and go together.
//!
//! Spec: GDB manual, "Packets", Z0: `;X<length>,<bytes>…` for conditions and
//! `;cmds:<persist>,X<length>,<bytes>…` for commands. Whether commands are
//! to outlive the session is not heeded: no breakpoint does.

use crate::built_in::CONDITIONS;
use crate::interpreters::agent::{self, Context, Failure, Stack};
use crate::protocol::Refused;
use layout::VirtAddr;
use wire::hex;
use wire::parts::{cut, parts};

/// What all expressions take together, in bytes.
const POOL_BYTES: usize = if CONDITIONS { 4096 } else { 0 };

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
    Continue,
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
            return Judgement::Continue;
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

#[cfg(all(test, feature = "conditions"))]
mod tests;
