//! Where bytes occur, in memory of which parts are not mapped.

use crate::target::error::Error;
use crate::terminal::progress::Progress;
use layout::{PAGE_BYTES, VirtAddr};
use wire::query::{Pattern, Region};

/// A stretch of memory: its first address, and that after its last.
pub(super) type Stretch = (u64, u64);

/// Returns the stretches of linear memory that are mapped.
pub(super) fn stretches(regions: &[Region]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for run in regions {
        let first = u64::from(run.page) * u64::from(PAGE_BYTES);
        let after = first + u64::from(run.pages) * u64::from(PAGE_BYTES);
        match all.last_mut() {
            Some(last) if last.1 == first => last.1 = after,
            _ => all.push((first, after)),
        }
    }
    all
}

/// Returns where `pattern` first occurs in `len` bytes from `address`. What is
/// in none of the stretches is passed over. `read` reads within a page.
pub(super) fn first(
    stretches: &[Stretch],
    (address, len): (u32, u32),
    pattern: &Pattern,
    mut read: impl FnMut(VirtAddr, u32) -> Result<Vec<u8>, Error>,
) -> Result<Option<u32>, Error> {
    let pattern = pattern.as_bytes();
    let start = u64::from(address);
    let end = start + u64::from(len);
    let mut progress = Progress::begin();
    for (first, after) in stretches {
        let (mut at, after) = (start.max(*first), end.min(*after));
        // The end of the piece before, for matches across the border.
        let mut kept: Vec<u8> = Vec::new();
        while at < after {
            let from = VirtAddr(at as u32);
            let want = u64::from(from.left_in_page()).min(after - at) as u32;
            let overlap = kept.len() as u64;
            kept.extend(read(from, want)?);
            if let Some(offset) = position(&kept, pattern) {
                return Ok(Some((at - overlap) as u32 + offset as u32));
            }
            let spare = kept.len().saturating_sub(pattern.len() - 1);
            kept.drain(..spare);
            at += u64::from(want);
            progress.show((at - start) as u32, len);
        }
    }
    Ok(None)
}

fn position(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_match_is_found_wherever_it_is(
            bytes in prop::collection::vec(0_u8..3, 1..9000),
            wanted in prop::collection::vec(0_u8..3, 1..6),
            address in 0_u32..0x3000,
        ) {
            let pattern = Pattern::new(&wanted).expect("it is short");
            let all = [(0, 1 << 32)];
            let place = (address, bytes.len() as u32);
            let found = first(&all, place, &pattern, |at, len| {
                let at = (at.0 - address) as usize;
                Ok(bytes[at..at + len as usize].to_vec())
            });
            let expected = position(&bytes, &wanted);
            let expected = expected.map(|at| address + at as u32);
            prop_assert_eq!(found.expect("all is there"), expected);
        }
    }
}
