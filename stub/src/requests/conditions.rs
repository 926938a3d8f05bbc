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

    /// Checks the expressions in `text`, the part of a packet after its first
    /// `;`. Returns what [`Self::set`] shall store for `breakpoint`.
    ///
    /// Conditions that do not fit are dropped: each hit then stops, and gdb
    /// evaluates them itself. Commands that do not fit are refused.
    pub(crate) fn check<'t>(
        &self,
        breakpoint: Breakpoint,
        text: Option<&'t [u8]>,
    ) -> Result<Option<&'t [u8]>, Refused> {
        let Some(text) = text else { return Ok(None) };
        let mut len = HEADER_BYTES;
        read(text, &mut |bytes| len = len.saturating_add(bytes.len()))?;
        let (start, end) = self.find(breakpoint).unwrap_or((0, 0));
        let others = self.used.saturating_sub(end.saturating_sub(start));
        let fits = others.saturating_add(len) <= POOL_BYTES;
        let has_commands = text.windows(COMMANDS.len()).any(|w| w == COMMANDS);
        match fits {
            false if has_commands => Err(Refused::Full),
            fits => Ok(fits.then_some(text)),
        }
    }

    /// Stores the expressions in `text` as those of `breakpoint`, and removes
    /// its earlier ones.
    pub(crate) fn set(&mut self, breakpoint: Breakpoint, text: Option<&[u8]>) {
        self.remove(breakpoint);
        let Some(text) = text else { return };
        let (is_hardware, address) = breakpoint;
        let start = self.used;
        let [a, b, c, d] = address.0.to_le_bytes();
        self.push(&[a, b, c, d, is_hardware.into(), 0, 0]);
        let end = self.used;
        // It has been checked.
        let _ = read(text, &mut |bytes| self.push(bytes));
        let len = self.used.saturating_sub(end) as u16;
        let place = start.saturating_add(HEADER_BYTES).saturating_sub(2)..end;
        if let Some(place) = self.pool.get_mut(place) {
            place.copy_from_slice(&len.to_le_bytes());
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

    /// Adds bytes, which must fit.
    fn push(&mut self, bytes: &[u8]) {
        let end = self.used.saturating_add(bytes.len());
        if let Some(place) = self.pool.get_mut(self.used..end) {
            place.copy_from_slice(bytes);
            self.used = end;
        }
    }
}

/// Hands the expressions in `text` to `store`, each with its prefix.
fn read(text: &[u8], store: &mut dyn FnMut(&[u8])) -> Result<(), Refused> {
    for part in parts(text, b';') {
        let (purpose, list) = match part.strip_prefix(COMMANDS) {
            Some(commands) => (Purpose::Command, cut(commands, b',').1),
            None => (Purpose::Condition, Some(part)),
        };
        read_list(purpose, list.ok_or(Refused::Invalid)?, store)?;
    }
    Ok(())
}

/// Does the same with a list: each expression in it is an X, a length, a comma
/// and hex digits.
fn read_list(
    purpose: Purpose,
    list: &[u8],
    store: &mut dyn FnMut(&[u8]),
) -> Result<(), Refused> {
    let mut list = list;
    while !list.is_empty() {
        let rest = list.strip_prefix(b"X").ok_or(Refused::Invalid)?;
        let (len, rest) = cut(rest, b',');
        let len = hex::number(len).and_then(|len| u16::try_from(len).ok());
        let len = len.ok_or(Refused::Invalid)?;
        let [low, high] = len.to_le_bytes();
        store(&[purpose as u8, low, high]);
        let (digits, behind) = rest
            .and_then(|rest| rest.split_at_checked(2 * usize::from(len)))
            .ok_or(Refused::Invalid)?;
        for pair in digits.as_chunks().0 {
            let [high, low] = *pair;
            store(&[hex::byte(high, low).ok_or(Refused::Invalid)?]);
        }
        list = behind;
    }
    Ok(())
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
