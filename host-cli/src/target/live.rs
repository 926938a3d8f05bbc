//! A kernel at the other end of a line.

use super::answer::{Answer, Greeting, Memory, Observed, Rows};
use super::asking::Live;
use super::error::Error;
use super::questions::Target;
use super::{memory, scan};
use layout::{VirtAddr, regions};
use wire::query::{Pattern, Query, Region, Registers, Space, Translation};
use wire::rows::Table;

impl Target for Live {
    fn hello(&mut self) -> Result<Greeting, Error> {
        let reply = self.ask(Query::Hello)?;
        let round_trip = reply.round_trip;
        Ok(Greeting { bytes: reply.body, round_trip })
    }

    fn translate(
        &mut self,
        space: Space,
        address: VirtAddr,
    ) -> Result<Answer<Translation>, Error> {
        self.record(Query::Translate { space, address })
    }

    fn regions(&mut self, space: Space) -> Result<Answer<Vec<Region>>, Error> {
        let pages = self.pages(|from, task| Query::Regions {
            space: task.map_or(space, Space::Task),
            from: VirtAddr(from),
        })?;
        let mut runs = Vec::new();
        for page in &pages.value {
            let mut rest = &page[..];
            while !rest.is_empty() {
                let (run, tail) = postcard::take_from_bytes(rest)
                    .map_err(|_| Error::MALFORMED)?;
                join(&mut runs, checked(run)?);
                rest = tail;
            }
        }
        let Answer { task, process, .. } = pages;
        Ok(Answer { task, process, value: runs })
    }

    fn rows(&mut self, table: Table, of: u32) -> Result<Rows, Error> {
        let pages = self.pages(|from, _| Query::Rows { table, of, from })?;
        Ok(Rows { pages: pages.value })
    }

    fn row(&mut self, table: Table, id: u32) -> Result<Rows, Error> {
        let query = Query::Rows { table, of: 0, from: id };
        Ok(Rows { pages: vec![self.ask(query)?.body] })
    }

    fn read(&mut self, space: Space, address: u32, bytes: u32) -> Memory {
        memory::read(self, space, address, bytes)
    }

    fn checksum(
        &mut self,
        space: Space,
        address: u32,
        bytes: u32,
    ) -> Result<Answer<u32>, Error> {
        scan::checksum(self, space, address, bytes)
    }

    fn search(
        &mut self,
        space: Space,
        address: u32,
        bytes: u32,
        pattern: Pattern,
    ) -> Result<Answer<Option<u32>>, Error> {
        scan::search(self, space, address, bytes, pattern)
    }

    fn registers(
        &mut self,
        task: Option<u32>,
    ) -> Result<Answer<Registers>, Error> {
        self.record(Query::Registers { task })
    }

    fn observed(&self) -> Observed {
        self.observed
    }
}

/// Adds `run`, joining it to the last one if the target cut it there.
fn join(runs: &mut Vec<Region>, run: Region) {
    let row = |page: u32| {
        let address = VirtAddr(page * layout::PAGE_BYTES);
        regions::region_of(address).map(|row| row.start)
    };
    if let Some(last) = runs.last_mut()
        && last.page + last.pages == run.page
        && last.frame + last.pages == run.frame
        && last.rights == run.rights
        && row(last.page) == row(run.page)
    {
        last.pages += run.pages;
    } else {
        runs.push(run);
    }
}

/// Returns `run` if it fits in the 32-bit address space.
fn checked(run: Region) -> Result<Region, Error> {
    const PAGES: u32 = 1 << 20;
    let fits = |first: u32| {
        first.checked_add(run.pages).is_some_and(|end| end <= PAGES)
    };
    let sensible = run.pages > 0 && fits(run.page) && fits(run.frame);
    if sensible { Ok(run) } else { Err(Error::MALFORMED) }
}
