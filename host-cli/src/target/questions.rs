//! The questions, whoever answers them.

use super::answer::{
    Answer, FloatsSeen, Greeting, InSpace, Memory, Observed, RegistersSeen,
    Rows,
};
use super::behind_stub::BehindStub;
use super::computed::Computed;
use super::error::Error;
use super::on_line::OnLine;
use super::reach::Hints;
use crate::client::{self, Client, Received};
use crate::rsp::Stub;
use layout::{VirtAddr, regions};
use wire::query::{Pattern, Region, Space, Translation};
use wire::rows::Table;

/// A system that can be inspected.
pub struct Target {
    source: Source,
    hints: Hints,
}

/// Who answers.
enum Source {
    /// A kernel, by host-cli's frames.
    Line(Box<OnLine>),
    /// Nobody: host-cli computes the answers.
    Computed(Computed),
    /// Nobody can any more.
    Gone,
}

impl Target {
    /// Returns the system that `client` talks to.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self::with_hints(client, Hints::default())
    }

    /// Returns the system that `client` talks to. `hints` are for a GDB stub of
    /// a kernel that does not answer host-cli's frames.
    #[must_use]
    pub fn with_hints(client: Client, hints: Hints) -> Self {
        Self { source: Source::Line(Box::new(OnLine::new(client))), hints }
    }

    /// Has the kernel answer, or computes the answer if what is there is
    /// another kernel's GDB stub.
    fn ask<T>(
        &mut self,
        kernel: impl FnOnce(&mut OnLine) -> Result<T, Error>,
        compute: impl FnOnce(&mut Computed) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Source::Line(line) = &mut self.source {
            match kernel(line) {
                Err(error) if is_stub(&error) => self.meet_stub()?,
                answer => return answer,
            }
        }
        match &mut self.source {
            Source::Computed(computed) => compute(computed),
            Source::Line(_) | Source::Gone => Err(Error::MALFORMED),
        }
    }

    /// Turns from host-cli's frames to GDB's packets.
    fn meet_stub(&mut self) -> Result<(), Error> {
        let source = std::mem::replace(&mut self.source, Source::Gone);
        let Source::Line(line) = source else { return Err(Error::MALFORMED) };
        let (line, timeout, interrupt, since) = line.into_client().into_parts();
        let stub = Stub::meet(line, timeout, interrupt, since)?;
        let machine = BehindStub::new(stub, self.hints);
        self.source = Source::Computed(Computed::new(Box::new(machine)));
        Ok(())
    }

    /// Returns whether its address space is the specification's; known once
    /// a question was answered.
    #[must_use]
    pub const fn follows_specification(&self) -> bool {
        matches!(self.source, Source::Line(_))
    }

    /// Lets go of a system that had to stop, which then runs on.
    ///
    /// # Errors
    ///
    /// Fails if its stub does not take it.
    pub fn release(&mut self) -> Result<(), Error> {
        match &mut self.source {
            Source::Computed(computed) => computed.release(),
            Source::Line(_) | Source::Gone => Ok(()),
        }
    }

    /// Returns what the answers so far said about the system.
    #[must_use]
    pub fn observed(&self) -> Observed {
        match &self.source {
            Source::Line(line) => line.observed(),
            Source::Computed(computed) => computed.observed(),
            Source::Gone => Observed::default(),
        }
    }

    /// Notes that the answers, taken together, do not show a single moment.
    pub const fn set_inconsistent(&mut self) {
        if let Source::Line(line) = &mut self.source {
            line.set_inconsistent();
        }
    }

    /// Asks what the system is, and for the state of its line.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes.
    pub fn hello(&mut self) -> Result<Greeting, Error> {
        self.ask(OnLine::hello, Computed::hello)
    }

    /// Asks for the slot of the page directory that contains the directory
    /// itself; none if there is none. Costs a kernel nothing.
    ///
    /// # Errors
    ///
    /// Fails if the directory cannot be read.
    pub fn recursive_slot(&mut self) -> Result<Option<u32>, Error> {
        let slot = regions::RECURSIVE_SLOT;
        self.ask(|_| Ok(Some(slot)), Computed::recursive_slot)
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
        self.ask(
            |line| line.translate(space, address),
            |computed| computed.translate(space, address),
        )
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
        self.ask(|line| line.regions(space), |computed| computed.regions(space))
    }

    /// Asks for all rows of a table. If there is one such table per object,
    /// `of` names the mailbox, window, frame or process.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or what `of` names does not exist.
    pub fn rows(&mut self, table: Table, of: u32) -> Result<Rows, Error> {
        self.ask(|line| line.rows(table, of), |_| Err(no_tables()))
    }

    /// Asks for the row with this id. The result starts with the first row
    /// whose id is not lower, and may hold more.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    pub fn row(&mut self, table: Table, id: u32) -> Result<Rows, Error> {
        self.ask(|line| line.row(table, id), |_| Err(no_tables()))
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

    /// Asks where a frame is mapped, in the spaces of the current directory and
    /// of others.
    ///
    /// # Errors
    ///
    /// Fails if a directory or table cannot be read, or the target has a table
    /// of all mappings: [`Table::Mappings`].
    pub fn mappings_by_directory(
        &mut self,
        frame: u32,
        directories: &[u32],
    ) -> Result<Vec<InSpace>, Error> {
        self.ask(
            |_| Err(Error::Unsupported),
            |computed| computed.mappings(frame, directories),
        )
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
    ) -> Result<Answer<RegistersSeen>, Error> {
        self.ask(
            |line| line.registers(task),
            |computed| computed.registers(task),
        )
    }

    /// Asks for the x87 and SSE registers of a task, or of the current one if
    /// none is given.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or there is no such task.
    pub fn float_registers(
        &mut self,
        task: Option<u32>,
    ) -> Result<Answer<FloatsSeen>, Error> {
        let unknown = "its x87 and SSE registers: gdb shows those that its GDB \
                       stub has";
        self.ask(
            |line| line.float_registers(task),
            |_| Err(Error::Unknown(unknown)),
        )
    }

    /// Reads memory. The result holds what was read before a failure.
    pub fn read(&mut self, space: Space, address: u32, bytes: u32) -> Memory {
        let read = self.ask(
            |line| {
                let memory = line.read(space, address, bytes);
                match memory {
                    Memory { missing: Some(error), .. } if is_stub(&error) => {
                        Err(error)
                    }
                    memory => Ok(memory),
                }
            },
            |computed| Ok(computed.read(space, address, bytes)),
        );
        read.unwrap_or_else(|error| Memory {
            missing: Some(error),
            ..Memory::default()
        })
    }

    /// Asks for the CRC-32 of memory, as defined for gdb's `qCRC`.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or some of the memory cannot be read.
    pub fn checksum(
        &mut self,
        space: Space,
        address: u32,
        len_bytes: u32,
    ) -> Result<u32, Error> {
        self.ask(
            |line| line.checksum(space, address, len_bytes),
            |computed| computed.checksum(space, address, len_bytes),
        )
    }

    /// Asks where `pattern` first occurs in memory, if it does.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes.
    pub fn search(
        &mut self,
        space: Space,
        address: u32,
        len_bytes: u32,
        pattern: Pattern,
    ) -> Result<Answer<Option<u32>>, Error> {
        self.ask(
            |line| line.search(space, address, len_bytes, pattern),
            |computed| computed.search(space, address, len_bytes, &pattern),
        )
    }
}

/// Returns whether what answered is a GDB stub that knows no frames.
const fn is_stub(error: &Error) -> bool {
    matches!(
        error,
        Error::Client(client::Error::NeverAnswered {
            received: Received::GdbStub,
            ..
        })
    )
}

const fn no_tables() -> Error {
    Error::Unknown("its tables: they are behind a GDB stub that has none")
}
