//! Going through memory: for a checksum, or for a pattern.
//!
//! Both stop when they have taken as long as they may, and say how far they
//! have come; whoever asked asks again for the rest.

use crate::debuggee::Debuggee;
use crate::embed::Machine;
use crate::memory::{Missing, Place};
use crc::{CRC_32_MPEG_2, Crc};
use layout::PAGE_BYTES;
use layout::paging::walk;

/// The CRC of gdb's `qCRC`, and so of [`wire::query::Query::Checksum`].
static CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_MPEG_2);

/// How much is read at once, between two looks at the clock.
const CHUNK_BYTES: usize = 256;

/// How a search has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Searched {
    /// The pattern stands so many bytes behind the start.
    Found(u32),
    /// It does not begin in so many bytes: in all of them, or in as many as
    /// there was time for.
    Absent(u32),
}

/// A limit on time.
struct Clock {
    began_us: u32,
    limit_us: u32,
}

impl Clock {
    fn is_over<M: Machine>(&self, machine: &mut M) -> bool {
        machine.now_us().wrapping_sub(self.began_us) >= self.limit_us
    }
}

impl<M: Machine> Debuggee<M> {
    /// Goes on with the checksum `crc` over up to `len` bytes from `place`;
    /// returns it, and over how many bytes it went. A checksum begins with
    /// all bits set.
    ///
    /// # Errors
    ///
    /// Fails at the first byte that cannot be read.
    pub(super) fn checksum(
        &mut self,
        place: Place,
        len: u32,
        crc: u32,
        limit_us: u32,
    ) -> Result<(u32, u32), Missing> {
        let clock = self.clock(limit_us);
        let mut chunk = [0; CHUNK_BYTES];
        let mut digest = CHECKSUM.digest_with_initial(crc);
        let mut done = 0_u32;
        while done < len {
            let wanted = wanted(len, done);
            let into = chunk.get_mut(..wanted).unwrap_or(&mut []);
            let at = forward(place, done)?;
            if let (_, Some(missing)) = self.read(at, into) {
                return Err(missing);
            }
            digest.update(into);
            done = done.saturating_add(wanted as u32);
            if clock.is_over(&mut self.machine) {
                break;
            }
        }
        Ok((digest.finalize(), done))
    }

    /// Searches the `len` bytes from `place` for the first that `pattern`
    /// begins at. The pattern must lie in them as a whole, and be shorter
    /// than what is read at once. Where nothing is mapped, nothing is found.
    pub(super) fn search(
        &mut self,
        place: Place,
        len: u32,
        pattern: &[u8],
        limit_us: u32,
    ) -> Searched {
        let clock = self.clock(limit_us);
        let mut chunk = [0; CHUNK_BYTES];
        let overlap = pattern.len().saturating_sub(1) as u32;
        // Where a pattern can begin.
        let end = len.saturating_sub(overlap);
        let mut done = 0_u32;
        while done < end {
            let wanted = wanted(len, done);
            let into = chunk.get_mut(..wanted).unwrap_or(&mut []);
            let Ok(at) = forward(place, done) else { break };
            let (count, missing) = self.read(at, into);
            let bytes = into.get(..count).unwrap_or(&[]);
            if let Some(offset) = find(bytes, pattern) {
                return Searched::Found(done.saturating_add(offset as u32));
            }
            let further = match missing {
                None => (count as u32).saturating_sub(overlap).max(1),
                Some(_) => {
                    let hole = (count as u32).saturating_add(done);
                    let behind = self.behind_hole(place, hole);
                    behind.saturating_sub(done).max(1)
                }
            };
            done = done.saturating_add(further);
            if clock.is_over(&mut self.machine) {
                break;
            }
        }
        Searched::Absent(if done >= end { len } else { done })
    }

    /// Returns how far behind `place` the hole ends that is there `by` bytes
    /// on: where another page, or another table, could be mapped.
    fn behind_hole(&mut self, place: Place, by: u32) -> u32 {
        let (address, hole_bytes) = match forward(place, by) {
            Ok(Place::Linear(directory, address)) => {
                let walk = walk(&mut self.machine, directory, address);
                let has_table = walk.is_ok_and(|w| w.table_entry.is_some());
                let table_bytes = PAGE_BYTES.saturating_mul(1024);
                let bytes = if has_table { PAGE_BYTES } else { table_bytes };
                (address.0, bytes)
            }
            Ok(Place::Physical(address)) => (address.0, PAGE_BYTES),
            Err(_) => return u32::MAX,
        };
        let left = hole_bytes.saturating_sub(1) & !address;
        by.saturating_add(left).saturating_add(1)
    }

    fn clock(&mut self, limit_us: u32) -> Clock {
        Clock { began_us: self.machine.now_us(), limit_us }
    }
}

/// Returns how many bytes to read when `done` of `len` are.
fn wanted(len: u32, done: u32) -> usize {
    let left = usize::try_from(len.saturating_sub(done));
    left.map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES))
}

fn forward(place: Place, by: u32) -> Result<Place, Missing> {
    let by = usize::try_from(by).unwrap_or(usize::MAX);
    place.forward(by).ok_or(crate::memory::END)
}

/// Returns where `pattern` first stands in `bytes`.
fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    let (first, behind) = pattern.split_first()?;
    let mut from = 0_usize;
    loop {
        let rest = bytes.get(from..)?;
        let at = from.saturating_add(rest.iter().position(|b| b == first)?);
        let next = at.saturating_add(1);
        if bytes.get(next..)?.starts_with(behind) {
            return Some(at);
        }
        from = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_where_it_stands_first() {
        assert_eq!(find(b"aabab", b"ab"), Some(1));
        assert_eq!(find(b"aabab", b"b"), Some(2));
        assert_eq!(find(b"aabab", b"abb"), None);
        assert_eq!(find(b"aab", b"abab"), None);
        assert_eq!(find(b"aab", b""), None);
        assert_eq!(find(b"", b"a"), None);
    }
}
