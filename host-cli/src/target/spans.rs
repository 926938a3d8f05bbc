//! Runs of pages, joined where a target has cut them.

use super::error::Error;
use layout::{PAGE_BYTES, VirtAddr, regions};
use wire::query::Region;

/// How many pages there are.
const PAGES: u32 = 1 << 20;

/// Adds `run`, joining it to the last one if the target cut it there.
pub(super) fn join(runs: &mut Vec<Region>, run: Region) {
    let row = |page: u32| {
        let address = VirtAddr(page * PAGE_BYTES);
        regions::region_of(address).map(|row| row.start)
    };
    if row(run.page) == runs.last().and_then(|last| row(last.page)) {
        join_any(runs, run);
    } else {
        runs.push(run);
    }
}

/// Adds `run`, joining it to the last one if it goes on there.
pub(super) fn join_any(runs: &mut Vec<Region>, run: Region) {
    if let Some(last) = runs.last_mut()
        && last.page + last.pages == run.page
        && last.frame + last.pages == run.frame
        && last.rights == run.rights
    {
        last.pages += run.pages;
    } else {
        runs.push(run);
    }
}

/// Returns `run` if it fits in the 32-bit address space.
pub(super) fn checked(run: Region) -> Result<Region, Error> {
    let fits = |first: u32| {
        first.checked_add(run.pages).is_some_and(|end| end <= PAGES)
    };
    let sensible = run.pages > 0 && fits(run.page) && fits(run.frame);
    if sensible { Ok(run) } else { Err(Error::MALFORMED) }
}
