//! Going through memory: for a checksum, or for a pattern.
//!
//! Both stop when they have taken as long as they may, and say how far they
//! have come; whoever asked asks again for the rest.

use super::debuggee::Debuggee;
use super::location::{AddressSpace, Missing, Place};
use crate::embed::Machine;
use crc::{CRC_32_MPEG_2, Crc};
use layout::paging::walk;
use layout::regions::SLOT_BYTES;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// What `compare-sections` adds up, and [`wire::query::Query::Checksum`].
pub(crate) static SUM: Crc<u32> = Crc::<u32>::new(&CRC_32_MPEG_2);

/// How long it may take at once, in microseconds: the receiver must be
/// drained before 500 have passed.
pub(crate) const SLICE_US: u32 = 300;

/// How much is read at once, between two looks at the clock.
pub(crate) const CHUNK_BYTES: usize = 256;

/// How a search has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Searched {
    /// The pattern stands so many bytes behind the start.
    Found(u32),
    /// It does not begin in so many bytes: in all of them, or in as many as
    /// there was time for.
    Absent(u32),
    /// Nor is anything mapped there.
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
    /// Goes on with the checksum `crc` over up to `len` bytes from `place`;
    /// returns it, and over how many bytes it went. A checksum begins with
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

    /// Searches the `len` bytes from `place` for the first that `pattern`
    /// begins at. The pattern must lie in them as a whole, and be shorter
    /// than `chunk`, which is read into. Where nothing is mapped, nothing is found.
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
        // Where a pattern can begin.
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
        // Too short for the pattern, it was not even looked at.
        if is_mapped || end == 0 {
            Searched::Absent(done)
        } else {
            Searched::Unmapped(done)
        }
    }

    /// Returns how far behind `place` the hole ends that is there `by` bytes
    /// on: where another page, or another table, could be mapped.
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

/// Returns how many bytes to read, at most `most`, when `done` of `len` are.
fn wanted(len: u32, done: u32, most: usize) -> usize {
    let left = usize::try_from(len.saturating_sub(done));
    left.map_or(most, |left| left.min(most))
}

fn forward(place: Place, by: u32) -> Result<Place, Missing> {
    let by = usize::try_from(by).unwrap_or(usize::MAX);
    place.forward(by).ok_or(super::location::END)
}

/// Returns the first address behind `at`, where nothing is mapped, at which
/// another page or another table could be; none at the end of memory.
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

/// Returns where `pattern` begins in `bytes`.
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
