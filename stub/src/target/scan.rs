//! Scans memory for a checksum or a pattern.
//!
//! Both stop when their time is up and say how far they got; the caller asks
//! again for the rest.

use super::debuggee::Debuggee;
use super::location::{AddressSpace, Missing, Place};
use crate::embed::Machine;
use crc::{CRC_32_MPEG_2, Crc};
use layout::paging::walk;
use layout::regions::SLOT_BYTES;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// The checksum of `compare-sections` and of [`wire::query::Query::Checksum`].
pub(crate) static SUM: Crc<u32> = Crc::<u32>::new(&CRC_32_MPEG_2);

/// How long one slice may take, in microseconds: the receiver must be drained
/// within 500.
pub(crate) const SLICE_US: u32 = 300;

/// How many bytes are read between two looks at the clock.
pub(crate) const CHUNK_BYTES: usize = 256;

/// The result of a search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Searched {
    /// The pattern is this many bytes after the start.
    Found(u32),
    /// It does not begin in this many bytes: in all of them, or in as many as
    /// there was time for.
    Absent(u32),
    /// The same, and nothing is mapped there either.
    Unmapped(u32),
}

/// A limit on time.
struct Clock {
    began_us: u32,
    limit_us: u32,
}

impl Clock {
    fn is_over<M: Machine>(&self, debuggee: &mut Debuggee<M>) -> bool {
        debuggee.now_us().wrapping_sub(self.began_us) >= self.limit_us
    }
}

impl<M: Machine> Debuggee<M> {
    /// Continues the checksum `crc` over up to `len` bytes from `place`;
    /// returns it, and how many bytes were added. A checksum begins with all
    /// bits set.
    ///
    /// # Errors
    ///
    /// Fails at the first byte that cannot be read.
    pub(crate) fn checksum(
        &mut self,
        place: Place,
        len: u32,
        crc: u32,
        limit_us: u32,
    ) -> Result<(u32, u32), Missing> {
        let clock = self.clock(limit_us);
        let mut chunk = [0; CHUNK_BYTES];
        let mut digest = SUM.digest_with_initial(crc);
        let mut done = 0_u32;
        while done < len {
            let wanted = wanted(len, done, CHUNK_BYTES);
            let into = chunk.get_mut(..wanted).unwrap_or(&mut []);
            let at = forward(place, done)?;
            if let (_, Some(missing)) = self.read(at, into) {
                return Err(missing);
            }
            digest.update(into);
            done = done.saturating_add(wanted as u32);
            if clock.is_over(self) {
                break;
            }
        }
        Ok((digest.finalize(), done))
    }

    /// Searches the `len` bytes from `place` for the first occurrence of
    /// `pattern`. The whole pattern must be within them, and be shorter than
    /// `chunk`, the buffer to read into. Unmapped memory is skipped.
    pub(crate) fn search(
        &mut self,
        place: Place,
        len: u32,
        pattern: &[u8],
        limit_us: u32,
        chunk: &mut [u8],
    ) -> Searched {
        let clock = self.clock(limit_us);
        let mut is_mapped = false;
        let overlap = pattern.len().saturating_sub(1) as u32;
        // The end of the offsets where the pattern can begin.
        let end = len.saturating_sub(overlap);
        let mut done = 0_u32;
        while done < end {
            let wanted = wanted(len, done, chunk.len());
            let into = chunk.get_mut(..wanted).unwrap_or(&mut []);
            let Ok(at) = forward(place, done) else { break };
            let (count, missing) = self.read(at, into);
            is_mapped |= count > 0;
            let bytes = into.get(..count).unwrap_or(&[]);
            if let Some(offset) = position(bytes, pattern) {
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
            if clock.is_over(self) {
                break;
            }
        }
        let done = if done >= end { len } else { done };
        // A range too short for the pattern was not even read.
        if is_mapped || end == 0 {
            Searched::Absent(done)
        } else {
            Searched::Unmapped(done)
        }
    }

    /// Returns how far after `place` the hole that is `by` bytes on ends: where
    /// another page, or another table, could be mapped.
    fn behind_hole(&mut self, place: Place, by: u32) -> u32 {
        let Ok(Place { space, address }) = forward(place, by) else {
            return u32::MAX;
        };
        let behind = match space {
            AddressSpace::Paged(directory) => {
                behind_hole(self, directory, VirtAddr(address))
            }
            AddressSpace::Physical => {
                PhysAddr(address).page().0.checked_add(PAGE_BYTES)
            }
        };
        behind.map_or(u32::MAX, |behind| {
            by.saturating_add(behind.saturating_sub(address))
        })
    }

    fn clock(&mut self, limit_us: u32) -> Clock {
        Clock { began_us: self.now_us(), limit_us }
    }
}

/// Returns how many bytes to read next, at most `most`, when `done` of `len`
/// have been read.
fn wanted(len: u32, done: u32, most: usize) -> usize {
    let left = usize::try_from(len.saturating_sub(done));
    left.map_or(most, |left| left.min(most))
}

fn forward(place: Place, by: u32) -> Result<Place, Missing> {
    let by = usize::try_from(by).unwrap_or(usize::MAX);
    place.forward(by).ok_or(super::location::END)
}

/// Returns the first address after the unmapped `at` at which another page or
/// another table could be mapped; none at the end of memory.
fn behind_hole<M: Machine>(
    debuggee: &mut Debuggee<M>,
    directory: PhysAddr,
    at: VirtAddr,
) -> Option<u32> {
    let walk = walk(debuggee, directory, at);
    let has_table = walk.is_ok_and(|walk| walk.table_entry.is_some());
    let step = if has_table { PAGE_BYTES } else { SLOT_BYTES };
    (at.0 & !step.wrapping_sub(1)).checked_add(step)
}

/// Returns the offset of `pattern` in `bytes`.
fn position(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
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
