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
use layout::{PAGE_BYTES, VirtAddr};

/// The checksum of `compare-sections` and of [`wire::query::Query::Checksum`].
static SUM: Crc<u32> = Crc::<u32>::new(&CRC_32_MPEG_2);

/// How long one slice may take, in microseconds: the receiver must be drained
/// within 500.
const SLICE_US: u32 = 300;

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

impl<M: Machine> Debuggee<M> {
    /// Continues the checksum `crc` over up to `len` bytes from `place`;
    /// returns it, and how many bytes one slice added. A checksum begins with
    /// all bits set.
    ///
    /// # Errors
    ///
    /// Fails at the first byte that cannot be read.
    pub(crate) fn checksum(
        &mut self,
        place: Place,
        len: u32,
        crc: u32,
    ) -> Result<(u32, u32), Missing> {
        let began_us = self.now_us();
        let mut chunk = [0; CHUNK_BYTES];
        let mut digest = SUM.digest_with_initial(crc);
        let mut done = 0_u32;
        while done < len {
            let wanted = wanted(len, done, CHUNK_BYTES);
            let into = chunk.get_mut(..wanted).unwrap_or(&mut []);
            if let (_, Some(missing)) = self.read(place.forward(done)?, into) {
                return Err(missing);
            }
            digest.update(into);
            done = done.saturating_add(wanted as u32);
            if self.is_over(began_us) {
                break;
            }
        }
        Ok((digest.finalize(), done))
    }

    /// Searches the `len` bytes from `place` for the first occurrence of
    /// `pattern`, for one slice. The whole pattern must be within them, and be
    /// shorter than `chunk`, the buffer to read into. Unmapped memory is
    /// skipped.
    pub(crate) fn search(
        &mut self,
        place: Place,
        len: u32,
        pattern: &[u8],
        chunk: &mut [u8],
    ) -> Searched {
        let began_us = self.now_us();
        let mut is_mapped = false;
        let overlap = pattern.len().saturating_sub(1) as u32;
        // The end of the offsets where the pattern can begin.
        let end = len.saturating_sub(overlap);
        let mut done = 0_u32;
        while done < end {
            let wanted = wanted(len, done, chunk.len());
            let into = chunk.get_mut(..wanted).unwrap_or(&mut []);
            let Ok(at) = place.forward(done) else { break };
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
            if self.is_over(began_us) {
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
        let Ok(Place { space, address }) = place.forward(by) else {
            return u32::MAX;
        };
        let has_table = match space {
            AddressSpace::Physical => true,
            AddressSpace::Paged(directory) => {
                walk(self, directory, VirtAddr(address))
                    .is_ok_and(|walk| walk.table_entry.is_some())
            }
        };
        let step = if has_table { PAGE_BYTES } else { SLOT_BYTES };
        let behind = (address & !step.wrapping_sub(1)).checked_add(step);
        behind.map_or(u32::MAX, |behind| {
            by.saturating_add(behind.saturating_sub(address))
        })
    }

    fn is_over(&mut self, began_us: u32) -> bool {
        self.now_us().wrapping_sub(began_us) >= SLICE_US
    }
}

/// Returns how many bytes to read next, at most `most`, when `done` of `len`
/// have been read.
fn wanted(len: u32, done: u32, most: usize) -> usize {
    let left = usize::try_from(len.saturating_sub(done));
    left.map_or(most, |left| left.min(most))
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
