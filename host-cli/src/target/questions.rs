//! The questions that a kernel can be asked.

use super::answer::{Answer, Greeting, Observed, Rows};
use super::asking::Target;
use super::error::Error;
use layout::{VirtAddr, regions};
use wire::query::{Query, Region, Registers, Space, Translation};
use wire::rows::Table;

impl Target {
    /// Asks which stub and kernel it is, and for the state of its line.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes.
    pub fn hello(&mut self) -> Result<Greeting, Error> {
        let reply = self.ask(Query::Hello)?;
        let round_trip = reply.round_trip;
        Ok(Greeting { bytes: reply.body, round_trip })
    }

    /// Asks for the directory and table entries that map `address`.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or `space` does not exist.
    pub fn translate(
        &mut self,
        space: Space,
        address: VirtAddr,
    ) -> Result<Answer<Translation>, Error> {
        self.record(Query::Translate { space, address })
    }

    /// Asks what is mapped, as runs in order of their addresses.
    ///
    /// # Errors
    ///
    /// As [`Self::translate`].
    pub fn regions(
        &mut self,
        space: Space,
    ) -> Result<Answer<Vec<Region>>, Error> {
        let Answer { task, process, value } =
            self.pages(|from, task| Query::Regions {
                space: task.map_or(space, Space::Task),
                from: VirtAddr(from),
            })?;
        let mut runs = Vec::new();
        for run in value.decode()? {
            join(&mut runs, checked(run)?);
        }
        Ok(Answer { task, process, value: runs })
    }

    /// Asks for all rows of a table. If there is one such table per object,
    /// `of` names the mailbox, window, frame or process.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or what `of` names does not exist.
    pub fn rows(&mut self, table: Table, of: u32) -> Result<Rows, Error> {
        let pages = self.pages(|from, _| Query::Rows { table, of, from })?;
        Ok(pages.value)
    }

    /// Asks for the row with this id. The result starts with the first row
    /// whose id is not lower, and may hold more.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    pub fn row(&mut self, table: Table, id: u32) -> Result<Rows, Error> {
        let query = Query::Rows { table, of: 0, from: id };
        Ok(Rows { pages: vec![self.ask(query)?.body] })
    }

    /// Asks for the row with this id, or for all rows if none is given.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    pub fn row_or_all(
        &mut self,
        table: Table,
        id: Option<u32>,
    ) -> Result<Rows, Error> {
        match id {
            Some(id) => self.row(table, id),
            None => self.rows(table, 0),
        }
    }

    /// Asks for the registers of a task, or of the current one if none is
    /// given.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or there is no such task.
    pub fn registers(
        &mut self,
        task: Option<u32>,
    ) -> Result<Answer<Registers>, Error> {
        self.record(Query::Registers { task })
    }

    /// Returns what the answers so far said about the system.
    #[must_use]
    pub fn observed(&self) -> Observed {
        let avoids_flow_control = self.client.avoids_flow_control();
        Observed { avoids_flow_control, ..self.observed }
    }

    /// Notes that the answers, taken together, do not show a single moment.
    pub const fn set_inconsistent(&mut self) {
        self.observed.consistent = Some(false);
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
