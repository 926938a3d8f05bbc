//! A kernel at the other end of a line.

use crate::client::{Client, Reply};
use crate::target::{
    Answer, Error, Greeting, Memory, NoSuch, Observed, Rows, Target,
};
use layout::{VirtAddr, regions};
use serde::Deserialize;
use wire::query::{
    Pattern, Query, Region, Registers, Space, Status, Translation,
};
use wire::rows::Table;

mod memory;
mod scan;

/// How often a table that changes under our eyes is begun anew.
const RESTARTS: u32 = 3;
/// More pages than any table has.
const MOST_PAGES: usize = 10_000;

/// A kernel at the other end of a line.
pub struct Live {
    client: Client,
    observed: Observed,
}

impl Live {
    /// Returns the kernel that `client` talks to.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, observed: Observed::default() }
    }

    fn ask(&mut self, query: Query) -> Result<Reply, Error> {
        let reply = self.client.ask(query)?;
        self.observe(&reply);
        match refusal(&reply, query) {
            Some(error) => Err(error),
            None => Ok(reply),
        }
    }

    /// Asks for one record.
    fn record<T>(&mut self, query: Query) -> Result<Answer<T>, Error>
    where
        T: for<'a> Deserialize<'a>,
    {
        let reply = self.ask(query)?;
        let value =
            postcard::from_bytes(&reply.body).map_err(|_| Error::MALFORMED)?;
        let (task, process) = (reply.head.task, reply.head.process);
        Ok(Answer { task, process, value })
    }

    /// Asks page by page, from the start again if rows came or went. Where
    /// the pages of an answer meet, `query` is given the task of the first.
    fn pages(
        &mut self,
        query: impl Fn(u32, Option<u32>) -> Query,
    ) -> Result<Answer<Vec<Vec<u8>>>, Error> {
        let mut restarts = 0;
        'anew: loop {
            let first = self.ask(query(0, None))?;
            let (task, process) = (first.head.task, first.head.process);
            let mut from = 0;
            let mut next = first.head.next;
            let mut pages = vec![first.body];
            while let Some(at) = next {
                if at <= from || pages.len() > MOST_PAGES {
                    return Err(Error::MALFORMED);
                }
                from = at;
                let page = self.ask(query(from, Some(task)))?;
                if page.head.generation != first.head.generation {
                    restarts += 1;
                    if restarts <= RESTARTS {
                        continue 'anew;
                    }
                    self.observed.consistent = Some(false);
                }
                next = page.head.next;
                pages.push(page.body);
            }
            return Ok(Answer { task, process, value: pages });
        }
    }

    fn observe(&mut self, reply: &Reply) {
        let observed = &mut self.observed;
        let consistent = observed.consistent != Some(false);
        observed.running = Some(reply.head.running);
        observed.consistent = Some(consistent && reply.head.consistent);
        if reply.head.running {
            let pause = reply.trailer.pause_us;
            let stolen = reply.trailer.stolen_us;
            let before = observed.stolen_us.unwrap_or(0);
            observed.pause_us = observed.pause_us.max(Some(pause));
            observed.stolen_us = Some(before.saturating_add(stolen));
        }
    }
}

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
                let (run, behind) = postcard::take_from_bytes(rest)
                    .map_err(|_| Error::MALFORMED)?;
                join(&mut runs, checked(run)?);
                rest = behind;
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

/// Adds `run`. Where the target has cut one, it is put together again.
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

/// Returns `run` if it lies in 32 bits.
fn checked(run: Region) -> Result<Region, Error> {
    const PAGES: u32 = 1 << 20;
    let fits = |first: u32| {
        first.checked_add(run.pages).is_some_and(|end| end <= PAGES)
    };
    let sensible = run.pages > 0 && fits(run.page) && fits(run.frame);
    if sensible { Ok(run) } else { Err(Error::MALFORMED) }
}

/// Returns why `reply` does not answer `query`, or none if it does.
fn refusal(reply: &Reply, query: Query) -> Option<Error> {
    let space = match query {
        Query::Translate { space, .. }
        | Query::Regions { space, .. }
        | Query::Read { space, .. }
        | Query::Checksum { space, .. }
        | Query::Search { space, .. } => space,
        Query::Registers { task: Some(id) } => Space::Task(id),
        _ => Space::Current,
    };
    let of = match query {
        Query::Rows { of, .. } => of,
        _ => 0,
    };
    Some(match reply.head.status {
        Status::Answered => return None,
        Status::NoSuchTask => Error::NoSuch(match space {
            Space::Task(id) => NoSuch::Task(id),
            _ => NoSuch::CurrentTask,
        }),
        Status::NoSuchProcess => Error::NoSuch(match space {
            Space::Process(id) => NoSuch::Process(id),
            _ if of != 0 => NoSuch::Process(of),
            _ => NoSuch::CurrentTask,
        }),
        Status::NoSuchMailbox => Error::NoSuch(NoSuch::Mailbox(of)),
        Status::NoSuchWindow => Error::NoSuch(NoSuch::Window(of)),
        Status::Unmapped(at) => Error::Unmapped(space, at.0),
        Status::NoMemory(at) => Error::NoMemory(at),
        Status::NotUnderstood => Error::NotUnderstood,
        Status::Unsupported => Error::Unsupported,
        Status::Faulted => Error::Faulted,
    })
}
