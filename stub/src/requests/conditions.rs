//! What breakpoints carry besides their address: conditions, and commands such
//! as those of `dprintf`.
//!
//! They are stored in one pool, one record after another. gdb removes its
//! breakpoints at each stop, so records are added and removed together.
//!
//! Spec: GDB manual, "Packets", Z0: `;X<length>,<bytes>…` for conditions and
//! `;cmds:<persist>,X<length>,<bytes>…` for commands. `<persist>` is ignored,
//! because no breakpoint outlives its session.

use crate::built_in::CONDITIONS;
use crate::interpreters::agent::{self, Context, Failure, Stack};
use crate::protocol::Refused;
use layout::VirtAddr;
use wire::hex;
use wire::parts::{cut, parts};

/// The size of the pool for all expressions, in bytes.
const POOL_BYTES: usize = if CONDITIONS { 4096 } else { 0 };

/// The expressions of all breakpoints.
#[derive(Debug)]
pub(crate) struct Conditions {
    pool: [u8; POOL_BYTES],
    used: usize,
    stack: Stack,
}

/// A breakpoint: whether it uses a debug register, and its address.
pub(crate) type Breakpoint = (bool, VirtAddr);

/// A record's header: the address, the kind, and the number of bytes of
/// expressions that follow.
const HEADER_BYTES: usize = 7;

/// An expression's prefix: its purpose and its length.
const PREFIX_BYTES: usize = 3;

/// What an expression is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Purpose {
    Condition,
    Command,
}

/// What to do about a breakpoint that was hit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Judgement {
    /// Tell the debugger.
    Stop,
    /// No condition holds.
    Continue,
    /// The commands have been run; the failure if one of them failed.
    Done(Option<Failure>),
}

impl Conditions {
    /// Returns an empty pool.
    pub(crate) const fn new() -> Self {
        Self { pool: [0; POOL_BYTES], used: 0, stack: Stack::new() }
    }

    /// Removes all expressions.
    pub(crate) const fn clear(&mut self) {
        self.used = 0;
    }

    /// Stores the expressions in `text`, the part of the packet after its first
    /// `;`, as those of `breakpoint`, and removes its earlier ones.
    ///
    /// Conditions that do not fit are dropped: each hit then stops, and gdb
    /// evaluates them itself. Commands that do not fit are refused.
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

    /// Removes the expressions of `breakpoint`.
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

    /// Decides what to do about a hit of `breakpoint`, and runs its commands.
    ///
    /// The hit counts if the breakpoint has no condition, or if one of them
    /// holds or cannot be evaluated.
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
        let all = |purpose| {
            let mine = move |it: &(u8, _)| it.0 == purpose as u8;
            Expressions(record).filter(mine).map(|(_, code)| code)
        };
        let mut holds = None;
        for code in all(Purpose::Condition) {
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
        for code in all(Purpose::Command) {
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

    /// Stores the expressions in `list`: each is an X, a length, a comma and
    /// hex digits.
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

/// The expressions of a record, and the purpose of each.
struct Expressions<'p>(&'p [u8]);

impl<'p> Iterator for Expressions<'p> {
    type Item = (u8, &'p [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (prefix, rest) = self.0.split_at_checked(PREFIX_BYTES)?;
        let [purpose, low, high] = *prefix else { return None };
        let len = u16::from_le_bytes([low, high]).into();
        let (code, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((purpose, code))
    }
}

#[cfg(all(test, feature = "conditions"))]
mod tests;
