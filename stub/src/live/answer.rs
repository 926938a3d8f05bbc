//! Looks up the answers to queries.

use crate::answers::About;
use crate::built_in::{SEARCH, TABLES};
use crate::embed::{Machine, NoRows, RowSink, Task};
use crate::storage::Text;
use crate::target::scan::{self, CHUNK_BYTES, SLICE_US};
use crate::target::{AddressSpace, Debuggee, Missing, Place};
use core::fmt::Write;
use layout::paging::walk;
use layout::runs::{Run, runs_within};
use layout::{PhysAddr, VirtAddr};
use wire::compact;
use wire::fields::Fields;
use wire::query::{
    Checksum, Hello, Pattern, Query, Region, Registers, Searched, Space,
    Status, Stop, Translation,
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
        Query::Registers { task: Some(task) } => Space::Task(task),
        Query::Registers { task: None }
        | Query::Hello
        | Query::Rows { .. }
        | Query::Heartbeat { .. } => Space::Current,
    };
    let task = task_of(space, debuggee);
    if let Ok(Some(task)) = task {
        answer.task = task.id;
        answer.process = task.process;
    }
    match look_up(query, task, debuggee, about, body, &mut answer.status) {
        Ok((body_bytes, next)) => Answer { body_bytes, next, ..answer },
        Err(status) => Answer { status, ..answer },
    }
}

/// Answers `query`, which is about `task` or physical memory. `status` is set
/// if a read ends early.
fn look_up<M: Machine>(
    query: Query,
    task: Result<Option<Task>, Failed>,
    debuggee: &mut Debuggee<M>,
    about: &About,
    body: &mut [u8],
    status: &mut Status,
) -> Result<Found, Failed> {
    match query {
        Query::Hello => hello(debuggee, about, body),
        Query::Heartbeat { .. } => Ok((0, None)),
        Query::Rows { table, of, from } if TABLES => {
            rows(table, of, from, debuggee, body)
        }
        Query::Translate { address, .. } => {
            let directory = directory_of(task?, debuggee)?;
            translate(directory, address, debuggee, body)
        }
        Query::Regions { from, .. } => {
            let directory = directory_of(task?, debuggee)?;
            regions(directory, from, debuggee, body)
        }
        Query::Registers { .. } => {
            registers(task?.ok_or(Status::NoSuchTask)?, debuggee, body)
        }
        Query::Read { address, len_bytes, .. } => {
            let place = space_of(task?, debuggee)?.at(VirtAddr(address));
            let len = usize::from(len_bytes).min(body.len());
            let into = body.get_mut(..len).unwrap_or(&mut []);
            let (used, missing) = debuggee.read(place, into);
            *status = missing.map_or(Status::Answered, Status::from);
            Ok((used, None))
        }
        Query::Checksum { address, len_bytes, crc, .. } if SEARCH => {
            let place = space_of(task?, debuggee)?.at(VirtAddr(address));
            checksum(place, len_bytes, crc, debuggee, body)
        }
        Query::Search { address, len_bytes, pattern, .. } if SEARCH => {
            let place = space_of(task?, debuggee)?.at(VirtAddr(address));
            search(place, len_bytes, pattern, debuggee, body)
        }
        // They are not built in.
        Query::Rows { .. } | Query::Checksum { .. } | Query::Search { .. } => {
            Err(Status::Unsupported)
        }
    }
}

/// Returns the task whose space it is; none for physical memory.
fn task_of<M: Machine>(
    space: Space,
    debuggee: &mut Debuggee<M>,
) -> Result<Option<Task>, Failed> {
    let machine = &mut debuggee.machine;
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

fn hello<M: Machine>(
    debuggee: &mut Debuggee<M>,
    about: &About,
    body: &mut [u8],
) -> Result<Found, Failed> {
    let facts = debuggee.machine.facts();
    let mut reason = Text::<80>::new();
    let stop = about.stop.map(|stopped| {
        // The longest phrase has 75 bytes.
        let _ = match stopped.hit {
            Some(hit) => write!(reason, "{hit}"),
            None => write!(reason, "{}", stopped.reason),
        };
        (stopped.task, stopped.eip)
    });
    let stop =
        stop.map(|(task, eip)| Stop { task, eip, reason: reason.as_str() });
    let hello = Hello {
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
    };
    one(&hello, body)
}

/// Returns the address space of a task, or physical memory.
fn space_of<M: Machine>(
    task: Option<Task>,
    debuggee: &mut Debuggee<M>,
) -> Result<AddressSpace, Failed> {
    match task {
        None => Ok(AddressSpace::Physical),
        Some(task) => debuggee.space(task.id).ok_or(Status::NoSuchTask),
    }
}

/// Returns the page directory of a task, if it has one.
fn directory_of<M: Machine>(
    task: Option<Task>,
    debuggee: &mut Debuggee<M>,
) -> Result<PhysAddr, Failed> {
    match space_of(task, debuggee)? {
        AddressSpace::Paged(directory) => Ok(directory),
        AddressSpace::Physical => Err(Status::Unsupported),
    }
}

fn translate<M: Machine>(
    directory: PhysAddr,
    address: VirtAddr,
    debuggee: &mut Debuggee<M>,
    body: &mut [u8],
) -> Result<Found, Failed> {
    let walk = walk(debuggee, directory, address)
        .map_err(|missing| Status::NoMemory(missing.0))?;
    let translation = Translation {
        directory_entry: walk.directory_entry.0,
        table_entry: walk.table_entry.map(|entry| entry.0),
    };
    one(&translation, body)
}

fn regions<M: Machine>(
    directory: PhysAddr,
    from: VirtAddr,
    debuggee: &mut Debuggee<M>,
    body: &mut [u8],
) -> Result<Found, Failed> {
    let mut sink = RowSink::new(body);
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
    let cut = runs_within(debuggee, directory, from, EFFORT, push)
        .map_err(|missing| Status::NoMemory(missing.0))?;
    if let Some(next) = cut {
        sink.stop(next.0);
    }
    Ok(sink.finish())
}

/// How many pages one look at an address space may go through: some hundred
/// thousand instructions at most.
const EFFORT: u32 = 2 * 1024;

fn rows<M: Machine>(
    table: Table,
    of: u32,
    from: u32,
    debuggee: &mut Debuggee<M>,
    body: &mut [u8],
) -> Result<Found, Failed> {
    let mut sink = RowSink::new(body);
    match debuggee.machine.rows(table, of, from, &mut sink) {
        Ok(()) => Ok(sink.finish()),
        Err(NoRows::NoSuchMailbox) => Err(Status::NoSuchMailbox),
        Err(NoRows::NoSuchWindow) => Err(Status::NoSuchWindow),
        Err(NoRows::NoSuchProcess) => Err(Status::NoSuchProcess),
        Err(NoRows::Unsupported) => Err(Status::Unsupported),
    }
}

fn registers<M: Machine>(
    task: Task,
    debuggee: &mut Debuggee<M>,
    body: &mut [u8],
) -> Result<Found, Failed> {
    let machine = &mut debuggee.machine;
    let general = machine.general_registers(task.id);
    let system = machine.system_registers(task.id);
    let (Some(general), Some(system)) = (general, system) else {
        return Err(Status::NoSuchTask);
    };
    one(&Registers { general, system }, body)
}

fn checksum<M: Machine>(
    place: Place,
    len_bytes: u32,
    crc: u32,
    debuggee: &mut Debuggee<M>,
    body: &mut [u8],
) -> Result<Found, Failed> {
    let (crc, done_bytes) =
        debuggee.checksum(place, len_bytes, crc, SLICE_US)?;
    one(&Checksum { crc, done_bytes }, body)
}

fn search<M: Machine>(
    place: Place,
    len_bytes: u32,
    pattern: Pattern,
    debuggee: &mut Debuggee<M>,
    body: &mut [u8],
) -> Result<Found, Failed> {
    let pattern = pattern.as_bytes();
    let mut chunk = [0; CHUNK_BYTES];
    let searched =
        debuggee.search(place, len_bytes, pattern, SLICE_US, &mut chunk);
    let (found, done_bytes) = match searched {
        scan::Searched::Found(offset) => {
            let at = place.forward(usize::try_from(offset).unwrap_or(0));
            (at.map(|at| at.address), offset)
        }
        scan::Searched::Absent(done_bytes)
        | scan::Searched::Unmapped(done_bytes) => (None, done_bytes),
    };
    one(&Searched { found, done_bytes }, body)
}

impl From<Missing> for Status {
    fn from(missing: Missing) -> Self {
        match missing {
            // `ReadOnly` only comes from writes.
            Missing::Unmapped(at) | Missing::ReadOnly(at) => Self::Unmapped(at),
            Missing::NoMemory(at) => Self::NoMemory(at),
        }
    }
}

fn one<F: Fields>(answer: &F, body: &mut [u8]) -> Result<Found, Failed> {
    // No single answer comes near the size of a reply, unless the kernel
    // has a very long name.
    let used = compact::write(answer, body).ok_or(Status::Unsupported)?;
    Ok((used, None))
}
