//! Going through memory: for a checksum, or for a pattern.
//!
//! Both stop when they have taken as long as they may, and say how far they
//! have come; whoever asked asks again for the rest.

use crate::debuggee::Debuggee;
use crate::embed::Machine;
use crate::memory::{Missing, Place};
use crate::scan::{SUM, behind_hole, position};
use layout::PAGE_BYTES;

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
        let mut digest = SUM.digest_with_initial(crc);
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
            if clock.is_over(&mut self.machine) {
                break;
            }
        }
        Searched::Absent(if done >= end { len } else { done })
    }

    /// Returns how far behind `place` the hole ends that is there `by` bytes
    /// on: where another page, or another table, could be mapped.
    fn behind_hole(&mut self, place: Place, by: u32) -> u32 {
        let (address, behind) = match forward(place, by) {
            Ok(Place::Linear(directory, at)) => {
                (at.0, behind_hole(&mut self.machine, directory, at))
            }
            Ok(Place::Physical(at)) => {
                (at.0, at.page().0.checked_add(PAGE_BYTES))
            }
            Err(_) => return u32::MAX,
        };
        behind.map_or(u32::MAX, |behind| {
            by.saturating_add(behind.saturating_sub(address))
        })
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
