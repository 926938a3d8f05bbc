//! Memory looked through on the target: gdb's `find` and
//! `compare-sections`.
//!
//! It is done page by page between other work, so that the line is heard
//! meanwhile, and ends before gdb's patience does.

use crate::debuggee::{Debuggee, Refused};
use crate::embed::Machine;
use crate::memory::{Missing, Place};
use crate::reply::Reply;
use core::fmt::Write;
use crc::{CRC_32_MPEG_2, Crc, Digest};
use layout::paging::walk;
use layout::regions::SLOT_BYTES;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use wire::hex;

/// How long it may take, in microseconds. gdb waits for two seconds.
const LIMIT_US: u32 = 1_500_000;

/// The longest pattern, in bytes.
const MOST_PATTERN: usize = 1024;

/// What `compare-sections` adds up, and [`wire::query::Query::Checksum`].
pub(crate) static SUM: Crc<u32> = Crc::<u32>::new(&CRC_32_MPEG_2);

/// What is looked for, where, and how far it has got.
pub(crate) struct Scan {
    directory: PhysAddr,
    /// The next address, and the last.
    at: u32,
    last: u32,
    began_us: u32,
    wanted: Wanted,
}

impl core::fmt::Debug for Scan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Scan")
    }
}

enum Wanted {
    /// A pattern of this length, and whether anything was mapped so far.
    Pattern(usize, bool),
    Sum(Digest<'static, u32>),
}

impl Scan {
    /// Begins what follows `qSearch:memory:`. The pattern is kept in
    /// `buffer`.
    pub(crate) fn search<M: Machine>(
        rest: &[u8],
        debuggee: &mut Debuggee<M>,
        buffer: &mut [u8],
    ) -> Result<Self, Refused> {
        let mut parts = rest.splitn(3, |byte| *byte == b';');
        let mut part = || parts.next().ok_or(Refused::Invalid);
        let (address, len, pattern) = (part()?, part()?, part()?);
        let len = unescape(pattern, buffer).zip(hex::number(len));
        let (pattern, len) = len.ok_or(Refused::Invalid)?;
        let wanted = Wanted::Pattern(pattern, false);
        Self::begin(hex::number(address), Some(len), wanted, debuggee)
    }

    /// Begins what follows `qCRC:`.
    pub(crate) fn sum<M: Machine>(
        rest: &[u8],
        debuggee: &mut Debuggee<M>,
    ) -> Result<Self, Refused> {
        let (address, len) = range(rest)?;
        let wanted = Wanted::Sum(SUM.digest());
        Self::begin(Some(address), Some(len), wanted, debuggee)
    }

    fn begin<M: Machine>(
        address: Option<u32>,
        len: Option<u32>,
        wanted: Wanted,
        debuggee: &mut Debuggee<M>,
    ) -> Result<Self, Refused> {
        let selected = debuggee.selected_task();
        let task = debuggee.machine.task(selected).ok_or(Refused::NoTask)?;
        let (address, len) = address.zip(len).ok_or(Refused::Invalid)?;
        let behind = len.checked_sub(1).ok_or(Refused::Invalid)?;
        Ok(Self {
            directory: task.directory,
            at: address,
            last: address.checked_add(behind).ok_or(Refused::NoMemory)?,
            began_us: debuggee.machine.now_us(),
            wanted,
        })
    }

    /// Does a bit of it. Returns true once the reply is there.
    pub(crate) fn work<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        buffer: &mut [u8],
        reply: &mut Reply,
    ) -> Result<bool, Refused> {
        let now = debuggee.machine.now_us();
        if now.wrapping_sub(self.began_us) > LIMIT_US {
            return self.give_up(reply);
        }
        let (pattern, room) = buffer
            .split_at_mut_checked(MOST_PATTERN)
            .ok_or(Refused::Invalid)?;
        let left = self.last.saturating_sub(self.at).saturating_add(1);
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let most = most.min(room.len());
        let room = room.get_mut(..most).unwrap_or(&mut []);
        let place = Place::Linear(self.directory, VirtAddr(self.at));
        let (count, missing) = debuggee.read(place, room);
        let bytes = room.get(..count).unwrap_or(&[]);
        let mut forward = count;
        match &mut self.wanted {
            Wanted::Sum(digest) => {
                if missing.is_some() {
                    return Err(Refused::NoMemory);
                }
                digest.update(bytes);
            }
            Wanted::Pattern(len, is_mapped) => {
                *is_mapped |= count > 0;
                let pattern = pattern.get(..*len).unwrap_or(&[]);
                if let Some(offset) = position(bytes, pattern) {
                    let offset = u32::try_from(offset).unwrap_or(0);
                    let found = self.at.saturating_add(offset);
                    reply.clear();
                    // A reply takes it.
                    let _ = write!(reply, "1,{found:x}");
                    return Ok(true);
                }
                // It may stand across the end of what was read.
                let more = missing.is_none() && count < left as usize;
                if more {
                    forward = count.saturating_sub(len.saturating_sub(1));
                }
            }
        }
        let forward = u32::try_from(forward).unwrap_or(u32::MAX);
        let next = match missing {
            None => self.at.checked_add(forward),
            Some(missing) => self.behind(missing, debuggee),
        };
        match next.filter(|next| *next <= self.last) {
            None => self.finish(reply),
            Some(next) => {
                self.at = next;
                Ok(false)
            }
        }
    }

    /// Returns the first address behind a hole; none at the end of memory.
    fn behind<M: Machine>(
        &self,
        missing: Missing,
        debuggee: &mut Debuggee<M>,
    ) -> Option<u32> {
        let at = match missing {
            Missing::Unmapped(at) | Missing::ReadOnly(at) => at,
            Missing::NoMemory(_) => VirtAddr(self.at),
        };
        behind_hole(&mut debuggee.machine, self.directory, at)
            .map(|next| next.max(self.at))
    }

    fn finish(&self, reply: &mut Reply) -> Result<bool, Refused> {
        reply.clear();
        match &self.wanted {
            Wanted::Sum(digest) => {
                // A reply takes it.
                let _ = write!(reply, "C{:x}", digest.clone().finalize());
            }
            Wanted::Pattern(_, true) => reply.push(b'0'),
            // gdb prints what it does not know.
            Wanted::Pattern(_, false) => {
                reply.push_str("nothing is mapped there");
            }
        }
        Ok(true)
    }

    fn give_up(&self, reply: &mut Reply) -> Result<bool, Refused> {
        if matches!(self.wanted, Wanted::Sum(_)) {
            return Err(Refused::TooMuch);
        }
        reply.clear();
        let at = VirtAddr(self.at);
        // A reply takes it.
        let _ = write!(reply, "not found in 1.5 s; go on from {at}");
        Ok(true)
    }
}

/// Returns the first address behind `at`, where nothing is mapped, at which
/// another page or another table could be; none at the end of memory.
pub(crate) fn behind_hole<M: Machine>(
    machine: &mut M,
    directory: PhysAddr,
    at: VirtAddr,
) -> Option<u32> {
    let walk = walk(machine, directory, at);
    let has_table = walk.is_ok_and(|walk| walk.table_entry.is_some());
    let step = if has_table { PAGE_BYTES } else { SLOT_BYTES };
    (at.0 & !step.wrapping_sub(1)).checked_add(step)
}

/// Reads `address,length`.
pub(crate) fn range(text: &[u8]) -> Result<(u32, u32), Refused> {
    let mut parts = text.splitn(2, |byte| *byte == b',');
    let mut part = || parts.next().and_then(hex::number);
    part().zip(part()).ok_or(Refused::Invalid)
}

/// Undoes RSP's escapes; returns how many bytes it has come to.
fn unescape(pattern: &[u8], into: &mut [u8]) -> Option<usize> {
    let mut bytes = pattern.iter();
    let mut len = 0_usize;
    let mut places = into.iter_mut().take(MOST_PATTERN);
    while let Some(&byte) = bytes.next() {
        *places.next()? = match byte {
            b'}' => bytes.next()? ^ 0x20,
            byte => byte,
        };
        len = len.saturating_add(1);
    }
    (len > 0).then_some(len)
}

/// Returns where `pattern` begins in `bytes`.
pub(crate) fn position(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    let first = pattern.first()?;
    let mut from = 0_usize;
    loop {
        let rest = bytes.get(from..)?;
        let at = rest.iter().position(|byte| byte == first)?;
        let at = from.saturating_add(at);
        if bytes.get(at..)?.starts_with(pattern) {
            return Some(at);
        }
        from = at.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_where_it_stands_first() {
        assert_eq!(position(b"aabab", b"ab"), Some(1));
        assert_eq!(position(b"aabab", b"b"), Some(2));
        assert_eq!(position(b"aabab", b"abb"), None);
        assert_eq!(position(b"aab", b"abab"), None);
        assert_eq!(position(b"aab", b""), None);
        assert_eq!(position(b"", b"a"), None);
    }
}
