//! The questions that a kernel is asked on its line.

use super::OnLine;
use crate::target::answer::{
    Answer, FloatsSeen, Greeting, RegistersSeen, Rows, decode,
};
use crate::target::error::Error;
use crate::target::spans;
use layout::VirtAddr;
use wire::query::{
    FloatRegisters, Query, Region, Registers, Space, Translation,
};
use wire::rows::Table;
use wire::{sse, x87};

impl OnLine {
    /// Asks which stub and kernel it is, and for the state of its line.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes.
    pub(in crate::target) fn hello(&mut self) -> Result<Greeting, Error> {
        let reply = self.ask(Query::Hello)?;
        let round_trip = reply.round_trip;
        Ok(Greeting::Kernel { bytes: reply.body, round_trip })
    }

    /// Asks for the directory and table entries that map `address`.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or `space` does not exist.
    pub(in crate::target) fn translate(
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
    pub(in crate::target) fn regions(
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
            spans::join(&mut runs, spans::checked(run)?);
        }
        Ok(Answer { task, process, value: runs })
    }

    /// Asks for all rows of a table. If there is one such table per object,
    /// `of` names the mailbox, window, frame or process.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or what `of` names does not exist.
    pub(in crate::target) fn rows(
        &mut self,
        table: Table,
        of: u32,
    ) -> Result<Rows, Error> {
        let pages = self.pages(|from, _| Query::Rows { table, of, from })?;
        Ok(pages.value)
    }

    /// Asks for the row with this id. The result starts with the first row
    /// whose id is not lower, and may hold more.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    pub(in crate::target) fn row(
        &mut self,
        table: Table,
        id: u32,
    ) -> Result<Rows, Error> {
        let query = Query::Rows { table, of: 0, from: id };
        Ok(Rows { pages: vec![self.ask(query)?.body] })
    }

    /// Asks for the registers of a task, or of the current one if none is
    /// given.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or there is no such task.
    pub(in crate::target) fn registers(
        &mut self,
        task: Option<u32>,
    ) -> Result<Answer<RegistersSeen>, Error> {
        let answer = self.record::<Registers>(Query::Registers { task })?;
        let Registers { general, system } = answer.value;
        let (general, system) = (general.map(Some), system.map(Some));
        Ok(answer.with(RegistersSeen { general, system }))
    }

    /// Asks for the x87 and SSE registers of a task, or of the current one if
    /// none is given.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or there is no such task.
    pub(in crate::target) fn float_registers(
        &mut self,
        task: Option<u32>,
    ) -> Result<Answer<FloatsSeen>, Error> {
        let reply = self.ask(Query::FloatRegisters { task })?;
        let FloatRegisters { x87, sse } = decode(&reply.body)?;
        let malformed = |_| Error::MALFORMED;
        let x87 = x87.map(|bytes| bytes.0.try_into().map(x87::Image));
        let x87 = x87.transpose().map_err(malformed)?;
        let sse = sse.map(|bytes| bytes.0.try_into());
        let sse = sse.transpose().map_err(malformed)?;
        let sse = sse.map(sse::Image::from_bytes);
        Ok(Answer::of(&reply.head, FloatsSeen { x87, sse }))
    }
}
