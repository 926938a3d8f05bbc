//! Scans of memory on the target: gdb's `find` and `compare-sections`.
//!
//! They run slice by slice between other work, so that the line is served
//! meanwhile, and end before gdb times out.

use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::scan::Searched;
use crate::target::{AddressSpace, Debuggee};
use core::fmt::Write;
use layout::VirtAddr;
use wire::hex;
use wire::parts::cut;

/// How long a scan may take, in microseconds. gdb waits for two seconds.
const LIMIT_US: u32 = 1_500_000;

/// The longest pattern, in bytes.
const MOST_PATTERN: usize = 1024;

/// What is scanned for, where, and how far it got.
#[derive(Debug)]
pub(crate) struct Scan {
    space: AddressSpace,
    /// The next address, and the last.
    at: u32,
    last: u32,
    began_us: u32,
    kind: ScanKind,
}

#[derive(Debug)]
enum ScanKind {
    /// A pattern's length, and whether anything was mapped so far.
    Pattern(usize, bool),
    /// The checksum so far.
    Sum(u32),
}

impl Scan {
    /// Begins the search that follows `qSearch:memory:`. The pattern is kept in
    /// `buffer`.
    pub(crate) fn search<M: Machine>(
        rest: &[u8],
        debuggee: &mut Debuggee<M>,
        buffer: &mut [u8],
    ) -> Result<Self, Refused> {
        let (address, rest) = cut(rest, b';');
        let (len, pattern) = cut(rest.unwrap_or(&[]), b';');
        let pattern = pattern.ok_or(Refused::Invalid)?;
        let len = unescape(pattern, buffer).zip(hex::number(len));
        let (pattern, len) = len.ok_or(Refused::Invalid)?;
        let kind = ScanKind::Pattern(pattern, false);
        Self::begin(hex::number(address), Some(len), kind, debuggee)
    }

    /// Begins the checksum that follows `qCRC:`.
    pub(crate) fn sum<M: Machine>(
        rest: &[u8],
        debuggee: &mut Debuggee<M>,
    ) -> Result<Self, Refused> {
        let (address, len) = hex::range(rest).ok_or(Refused::Invalid)?;
        let kind = ScanKind::Sum(u32::MAX);
        Self::begin(Some(address), Some(len), kind, debuggee)
    }

    fn begin<M: Machine>(
        address: Option<u32>,
        len: Option<u32>,
        kind: ScanKind,
        debuggee: &mut Debuggee<M>,
    ) -> Result<Self, Refused> {
        let space = debuggee.memory_space()?;
        let (address, len) = address.zip(len).ok_or(Refused::Invalid)?;
        let behind = len.checked_sub(1).ok_or(Refused::Invalid)?;
        Ok(Self {
            space,
            at: address,
            last: address.checked_add(behind).ok_or(Refused::NoMemory)?,
            began_us: debuggee.now_us(),
            kind,
        })
    }

    /// Scans one slice. Returns true once the reply is written.
    pub(crate) fn work<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        buffer: &mut [u8],
        reply: &mut Reply,
    ) -> Result<bool, Refused> {
        let now = debuggee.now_us();
        if now.wrapping_sub(self.began_us) > LIMIT_US {
            return self.give_up(reply);
        }
        let left = self.last.saturating_sub(self.at).saturating_add(1);
        let place = self.space.at(VirtAddr(self.at));
        let done = match &mut self.kind {
            ScanKind::Sum(crc) => {
                let sum = debuggee.checksum(place, left, *crc);
                let (sum, done) = sum.map_err(|_| Refused::NoMemory)?;
                *crc = sum;
                done
            }
            ScanKind::Pattern(len, is_mapped) => {
                let (pattern, room) = buffer
                    .split_at_mut_checked(*len)
                    .ok_or(Refused::Invalid)?;
                match debuggee.search(place, left, pattern, room) {
                    Searched::Found(offset) => {
                        reply.set("1,");
                        reply.push_number(self.at.saturating_add(offset));
                        return Ok(true);
                    }
                    Searched::Absent(done) => {
                        *is_mapped = true;
                        done
                    }
                    Searched::Unmapped(done) => done,
                }
            }
        };
        match self.at.checked_add(done).filter(|next| *next <= self.last) {
            None => self.finish(reply),
            Some(next) => {
                self.at = next;
                Ok(false)
            }
        }
    }

    fn finish(&self, reply: &mut Reply) -> Result<bool, Refused> {
        match self.kind {
            ScanKind::Sum(crc) => {
                reply.set("C");
                reply.push_number(crc);
            }
            ScanKind::Pattern(_, true) => reply.set("0"),
            // gdb prints a reply that it doesn't know.
            ScanKind::Pattern(_, false) => reply.set("nothing is mapped there"),
        }
        Ok(true)
    }

    fn give_up(&self, reply: &mut Reply) -> Result<bool, Refused> {
        if matches!(self.kind, ScanKind::Sum(_)) {
            return Err(Refused::TooMuch);
        }
        reply.clear();
        let at = VirtAddr(self.at);
        // It fits in a reply.
        let _ = write!(reply, "not found within 1.5 s; continue from {at}");
        Ok(true)
    }
}

/// Undoes RSP's escapes; returns the length of the result.
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
