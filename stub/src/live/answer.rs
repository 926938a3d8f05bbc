//! Looks up the answers to queries.

use crate::answers::About;
use crate::built_in::{SEARCH, TABLES};
use crate::embed::{Machine, NoRows, RowSink, Task};
use crate::storage::Text;
use crate::target::scan::{self, CHUNK_BYTES};
use crate::target::{AddressSpace, Debuggee, Missing, Place, Stopped};
use core::fmt::Write;
use layout::paging::walk;
use layout::runs::{Run, runs_within};
use layout::{PhysAddr, VirtAddr};
use wire::compact;
use wire::fields::Fields;
use wire::query::{
    Checksum, FloatRegisters, Hello, LINE_PATTERN, Pattern, Query, Region,
    Registers, Searched, Space, Status, Stop, Translation,
};
use wire::rows::{Bytes, Table};

/// What a reply contains besides its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) status: Status,
    pub(super) task: u32,
    pub(super) process: u32,
    pub(super) next: Option<u32>,
    pub(super) body_bytes: usize,
}

impl Answer {
    /// Returns an answer without a body, about no task.
    pub(super) const fn new(status: Status) -> Self {
        Self { status, task: 0, process: 0, next: None, body_bytes: 0 }
    }
}

/// Why a query failed.
type Failed = Status;

/// The bytes used, and where to continue.
type Found = (usize, Option<u32>);

/// Answers `query` into `body`.
pub(super) fn answer<M: Machine>(
    query: Query,
    debuggee: &mut Debuggee<M>,
    about: &About,
    body: &mut [u8],
) -> Answer {
    let mut answer = Answer::new(Status::Answered);
    let space = match query {
        Query::Translate { space, .. }
        | Query::Regions { space, .. }
        | Query::Read { space, .. }
        | Query::Checksum { space, .. }
        | Query::Search { space, .. } => space,
        Query::Registers { task: Some(task) }
        | Query::FloatRegisters { task: Some(task) } => Space::Task(task),
        Query::Registers { task: None }
        | Query::FloatRegisters { task: None }
        | Query::Hello
        | Query::Rows { .. }
        | Query::Probe
        | Query::Heartbeat { .. } => Space::Current,
    };
    let task = task_of(space, &mut debuggee.machine);
    if let Ok(Some(task)) = task {
        answer.task = task.id;
        answer.process = task.process;
    }
    let mut look_up = LookUp { debuggee, task, body };
    match look_up.answer(query, about, &mut answer.status) {
        Ok((body_bytes, next)) => Answer { body_bytes, next, ..answer },
        Err(status) => Answer { status, ..answer },
    }
}

/// Returns the task whose space it is; none for physical memory.
fn task_of<M: Machine>(
    space: Space,
    machine: &mut M,
) -> Result<Option<Task>, Failed> {
    let id = match space {
        Space::Physical => return Ok(None),
        Space::Current => machine.current_task(),
        Space::Task(id) => id,
        Space::Process(id) => {
            machine.task_of_process(id).ok_or(Status::NoSuchProcess)?
        }
    };
    machine.task(id).map(Some).ok_or(Status::NoSuchTask)
}

/// What an answer is looked up in, and where it goes.
struct LookUp<'a, M> {
    debuggee: &'a mut Debuggee<M>,
    /// The task that the query is about; none for physical memory.
    task: Result<Option<Task>, Failed>,
    body: &'a mut [u8],
}

impl<M: Machine> LookUp<'_, M> {
    /// Answers `query`. `status` is set if a read ends early.
    fn answer(
        &mut self,
        query: Query,
        about: &About,
        status: &mut Status,
    ) -> Result<Found, Failed> {
        match query {
            Query::Hello => self.hello(about),
            Query::Heartbeat { .. } => Ok((0, None)),
            Query::Probe => {
                for (place, byte) in self.body.iter_mut().zip(LINE_PATTERN) {
                    *place = *byte;
                }
                Ok((LINE_PATTERN.len(), None))
            }
            Query::Rows { table, of, from } if TABLES => {
                self.rows(table, of, from)
            }
            Query::Translate { address, .. } => self.translate(address),
            Query::Regions { from, .. } => self.regions(from),
            Query::Registers { .. } => self.registers(),
            Query::FloatRegisters { .. } => self.float_registers(),
            Query::Read { address, len_bytes, .. } => {
                let place = self.place(address)?;
                let len = usize::from(len_bytes).min(self.body.len());
                let into = self.body.get_mut(..len).unwrap_or(&mut []);
                let (used, missing) = self.debuggee.read(place, into);
                *status = missing.map_or(Status::Answered, Status::from);
                Ok((used, None))
            }
            Query::Checksum { address, len_bytes, crc, .. } if SEARCH => {
                let place = self.place(address)?;
                let (crc, done_bytes) =
                    self.debuggee.checksum(place, len_bytes, crc)?;
                self.one(&Checksum { crc, done_bytes })
            }
            Query::Search { address, len_bytes, pattern, .. } if SEARCH => {
                self.search(address, len_bytes, pattern)
            }
            // They are not built in.
            Query::Rows { .. }
            | Query::Checksum { .. }
            | Query::Search { .. } => Err(Status::Unsupported),
        }
    }

    fn hello(&mut self, about: &About) -> Result<Found, Failed> {
        let facts = self.debuggee.machine.facts();
        let mut reason = Text::<80>::new();
        if let Some(stopped) = about.stop {
            // The longest phrase has 75 bytes.
            let _ = match stopped.hit {
                Some(hit) => write!(reason, "{hit}"),
                None => write!(reason, "{}", stopped.reason),
            };
        }
        let reason = reason.as_str();
        let stop = about.stop.map(|Stopped { task, eip, .. }| Stop {
            task,
            eip,
            reason,
        });
        self.one(&Hello {
            stub: concat!("stormglass-stub ", env!("CARGO_PKG_VERSION")),
            kernel: facts.kernel,
            build_id: Bytes(facts.build_id),
            baud: about.baud,
            faults: about.faults,
            ticks: facts.ticks,
            ticks_per_second: facts.ticks_per_second,
            frames: facts.frames,
            free_frames: facts.free_frames,
            stop,
            port: about.port.number,
            uart: about.port.uart,
        })
    }

    /// Returns the address space of the task, or physical memory.
    fn space(&mut self) -> Result<AddressSpace, Failed> {
        match self.task? {
            None => Ok(AddressSpace::Physical),
            Some(task) => {
                self.debuggee.space(task.id).ok_or(Status::NoSuchTask)
            }
        }
    }

    fn place(&mut self, address: u32) -> Result<Place, Failed> {
        Ok(self.space()?.at(VirtAddr(address)))
    }

    /// Returns the page directory of the task, if it has one.
    fn directory(&mut self) -> Result<PhysAddr, Failed> {
        match self.space()? {
            AddressSpace::Paged(directory) => Ok(directory),
            AddressSpace::Physical => Err(Status::Unsupported),
        }
    }

    fn translate(&mut self, address: VirtAddr) -> Result<Found, Failed> {
        let directory = self.directory()?;
        let walk = walk(self.debuggee, directory, address)
            .map_err(|missing| Status::NoMemory(missing.0))?;
        self.one(&Translation {
            directory_entry: walk.directory_entry.0,
            table_entry: walk.table_entry.map(|entry| entry.0),
        })
    }

    fn regions(&mut self, from: VirtAddr) -> Result<Found, Failed> {
        let directory = self.directory()?;
        let mut sink = RowSink::new(self.body);
        let mut push = |run: Run| {
            let region = Region {
                page: run.start.page_number(),
                pages: run.pages,
                frame: run.physical.page_number(),
                rights: u8::from(run.writable) | u8::from(run.user) << 1,
            };
            sink.push(run.start.0, &region)
        };
        // All listings share one copy of the walk.
        let push: &mut dyn FnMut(Run) -> bool = &mut push;
        let cut = runs_within(self.debuggee, directory, from, EFFORT, push)
            .map_err(|missing| Status::NoMemory(missing.0))?;
        if let Some(next) = cut {
            sink.stop(next.0);
        }
        Ok(sink.finish())
    }

    fn rows(
        &mut self,
        table: Table,
        of: u32,
        from: u32,
    ) -> Result<Found, Failed> {
        let mut sink = RowSink::new(self.body);
        match self.debuggee.machine.rows(table, of, from, &mut sink) {
            Ok(()) => Ok(sink.finish()),
            Err(NoRows::NoSuchMailbox) => Err(Status::NoSuchMailbox),
            Err(NoRows::NoSuchWindow) => Err(Status::NoSuchWindow),
            Err(NoRows::NoSuchProcess) => Err(Status::NoSuchProcess),
            Err(NoRows::Unsupported) => Err(Status::Unsupported),
        }
    }

    fn registers(&mut self) -> Result<Found, Failed> {
        let Task { id, .. } = self.task?.ok_or(Status::NoSuchTask)?;
        let machine = &mut self.debuggee.machine;
        let general = machine.general_registers(id);
        let system = machine.system_registers(id);
        let (Some(general), Some(system)) = (general, system) else {
            return Err(Status::NoSuchTask);
        };
        self.one(&Registers { general, system })
    }

    /// On its own, so that what it copies is on the stack only here.
    #[inline(never)]
    fn float_registers(&mut self) -> Result<Found, Failed> {
        let Task { id, .. } = self.task?.ok_or(Status::NoSuchTask)?;
        let x87 = self.debuggee.machine.x87_registers(id);
        let sse = self.debuggee.machine.sse_registers(id);
        let sse = sse.map(|image| image.to_bytes());
        self.one(&FloatRegisters {
            x87: x87.as_ref().map(|image| Bytes(&image.0)),
            sse: sse.as_ref().map(|bytes| Bytes(bytes)),
        })
    }

    fn search(
        &mut self,
        address: u32,
        len_bytes: u32,
        pattern: Pattern,
    ) -> Result<Found, Failed> {
        let place = self.place(address)?;
        let pattern = pattern.as_bytes();
        let chunk = &mut [0; CHUNK_BYTES];
        let (found, done_bytes) =
            match self.debuggee.search(place, len_bytes, pattern, chunk) {
                scan::Searched::Found(offset) => {
                    let at = place.forward(offset).ok();
                    (at.map(|at| at.address), offset)
                }
                scan::Searched::Absent(done_bytes)
                | scan::Searched::Unmapped(done_bytes) => (None, done_bytes),
            };
        self.one(&Searched { found, done_bytes })
    }

    fn one<F: Fields>(&mut self, answer: &F) -> Result<Found, Failed> {
        // No single answer comes near the size of a reply, unless the kernel
        // has a very long name.
        let used = compact::write(answer, self.body);
        Ok((used.ok_or(Status::Unsupported)?, None))
    }
}

/// How many pages one look at an address space may go through: some hundred
/// thousand instructions at most.
const EFFORT: u32 = 2 * 1024;

impl From<Missing> for Status {
    fn from(missing: Missing) -> Self {
        match missing {
            // `ReadOnly` only comes from writes.
            Missing::Unmapped(at) | Missing::ReadOnly(at) => Self::Unmapped(at),
            Missing::NoMemory(at) => Self::NoMemory(at),
        }
    }
}
