//! A kernel of fixed data that answers every query as a stub would.

mod rows;
pub(crate) use rows::{CLOCK, SERVER};

use crate::peer::{Peer, head, reply};
use crc::{CRC_32_MPEG_2, Crc};
use layout::paging::{Entry, Table as PageTable, Tables, walk};
use layout::runs::runs;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use rows::{registers, rows};
use std::collections::BTreeMap;
use wire::query::{
    Checksum, FloatRegisters, Hello, LINE_PATTERN, LineFaults, Query, Region,
    ReplyHead, Request, Searched, Space, Status, Stop, Translation,
};
use wire::rows::Bytes;
use wire::{sse, x87};

/// The build id of the image that runs.
pub(crate) const BUILD_ID: [u8; 4] = [0xC0, 0xFF, 0xEE, 0x01];

/// A kernel of fixed data.
pub(crate) struct Kernel {
    memory: Memory,
    pub(crate) running: bool,
    pub(crate) build_id: &'static [u8],
    /// How many rows go into a reply.
    pub(crate) rows_a_page: usize,
    /// Added to the generation at each reply.
    pub(crate) generation_step: u32,
    generation: u32,
}

/// A task's id, its process, and where its directory is.
const TASKS: [(u32, u32, u32); 6] = [
    (1, 1, 0x0050_0000),
    (2, 2, 0x0060_0000),
    (3, 2, 0x0060_0000),
    (4, 3, 0x0060_0000),
    (5, 2, 0x0060_0000),
    (6, 3, 0x0060_0000),
];

const CURRENT: u32 = 1;

#[derive(Default)]
struct Memory(BTreeMap<u32, PageTable>);

impl Tables for Memory {
    type Error = PhysAddr;

    fn table(&mut self, frame: PhysAddr) -> Result<&PageTable, PhysAddr> {
        self.0.get(&frame.0).ok_or(frame)
    }
}

impl Memory {
    fn map(&mut self, directory: u32, page: u32, frame: u32, flags: u32) {
        let slot = page >> 22;
        let table = directory + PAGE_BYTES + slot * PAGE_BYTES;
        let all = Entry::PRESENT | Entry::WRITABLE | Entry::USER;
        let accessed = Entry::PRESENT | Entry::ACCESSED;
        self.0.entry(directory).or_insert([0; 1024])[slot as usize] =
            table | all | Entry::ACCESSED;
        self.0.entry(table).or_insert([0; 1024])
            [(page >> 12 & 1023) as usize] = frame | flags | accessed;
    }
}

/// Returns the byte at a physical address; the pages are as different as
/// those of a real machine.
pub(crate) fn byte(address: u32) -> u8 {
    let scrambled = (address / 7).wrapping_mul(0x9E37_79B1) >> 24;
    match address % 64 {
        offset @ 0..16 => b"stormglass page "[offset as usize],
        _ => scrambled as u8,
    }
}

impl Kernel {
    pub(crate) fn new() -> Self {
        let mut memory = Memory::default();
        let writable = Entry::WRITABLE;
        let user = Entry::USER;
        let dirty = Entry::WRITABLE | Entry::DIRTY;
        for directory in [0x0050_0000, 0x0060_0000] {
            let mut map = |page, frame, flags| {
                memory.map(directory, page, frame, flags);
            };
            map(0x0000_1000, directory, dirty);
            map(0x0000_2000, 0x0000_2000, dirty);
            map(0x0000_A000, 0x0000_A000, dirty);
            map(0x0000_B000, 0x0000_B000, dirty);
            for page in 0..64 {
                let address = 0x0010_0000 + page * PAGE_BYTES;
                map(address, address, if page < 32 { 0 } else { dirty });
            }
            map(0x0D00_0000, directory + 0x0080_0000, user);
            map(0x0D00_1000, directory + 0x0080_1000, user | dirty);
            map(0x0D00_2000, directory + 0x0080_2000, user | writable);
            map(0xFC00_0000, directory + 0x0080_8000, dirty);
            map(0xFFFF_F000, directory + 0x0080_9000, user | dirty);
            let slots = memory.0.get_mut(&directory).expect("mapped");
            slots[8] = directory | writable | Entry::PRESENT;
        }
        // Mapped, but not by any row of the table.
        memory.map(0x0050_0000, 0x000C_0000, 0x000C_0000, writable);
        Self {
            memory,
            running: true,
            build_id: &BUILD_ID,
            rows_a_page: usize::MAX,
            generation_step: 0,
            generation: 7,
        }
    }

    /// Returns a peer that answers as this kernel.
    pub(crate) fn peer(mut self) -> Peer {
        Peer::answering(move |request| Some(self.answer(&request)))
    }

    /// Returns the reply to `request` in its frame.
    pub(crate) fn answer(&mut self, request: &Request) -> Vec<u8> {
        self.generation += self.generation_step;
        let mut head = head(request);
        head.running = self.running;
        head.generation = self.generation;
        let body = self.body(request.query, &mut head);
        let body = body.unwrap_or_else(|status| {
            head.status = status;
            Vec::new()
        });
        reply(&head, &body)
    }

    fn body(
        &mut self,
        query: Query,
        head: &mut ReplyHead,
    ) -> Result<Vec<u8>, Status> {
        match query {
            Query::Hello => Ok(self.hello()),
            Query::Heartbeat { .. } => Ok(Vec::new()),
            Query::Probe => Ok(LINE_PATTERN.to_vec()),
            Query::Translate { space, address } => {
                let directory = self.directory(space, head)?;
                let walk = walk(&mut self.memory, directory, address)
                    .map_err(Status::NoMemory)?;
                Ok(encode(&Translation {
                    directory_entry: walk.directory_entry.0,
                    table_entry: walk.table_entry.map(|entry| entry.0),
                }))
            }
            Query::Regions { space, from } => {
                let directory = self.directory(space, head)?;
                let mut rows = Vec::new();
                runs(&mut self.memory, directory, from, |run| {
                    let region = Region {
                        page: run.start.page_number(),
                        pages: run.pages,
                        frame: run.physical.page_number(),
                        rights: u8::from(run.writable)
                            | u8::from(run.user) << 1,
                    };
                    rows.push((run.start.0, encode(&region)));
                    true
                })
                .map_err(Status::NoMemory)?;
                Ok(self.page(rows, head))
            }
            Query::Rows { table, of, from } => {
                let rows = rows(table, of)?.into_iter();
                let rows = rows.filter(|(id, _)| *id >= from).collect();
                Ok(self.page(rows, head))
            }
            Query::Read { space, address, len_bytes } => {
                self.read(space, address, len_bytes, head)
            }
            Query::Checksum { space, address, len_bytes, crc } => {
                // As a stub that has little time.
                let len = len_bytes.min(100);
                let bytes = self.read(space, address, len as u16, head)?;
                if head.status != Status::Answered {
                    return Err(head.status);
                }
                let sum = Crc::<u32>::new(&CRC_32_MPEG_2);
                let mut digest = sum.digest_with_initial(crc);
                digest.update(&bytes);
                let crc = digest.finalize();
                Ok(encode(&Checksum { crc, done_bytes: len }))
            }
            Query::Search { space, address, len_bytes, pattern } => {
                let pattern = pattern.as_bytes();
                let len = len_bytes.min(100);
                let overlap = pattern.len() as u32 - 1;
                let wanted = len_bytes.min(len + overlap) as u16;
                let bytes = self.read(space, address, wanted, head)?;
                head.status = Status::Answered;
                let mut places = bytes.windows(pattern.len());
                let at = places.position(|place| place == pattern);
                let found = at.map(|at| address + at as u32);
                Ok(encode(&Searched { found, done_bytes: len }))
            }
            Query::FloatRegisters { task } => {
                let space = task.map_or(Space::Current, Space::Task);
                self.directory(space, head)?;
                let mut x87 = x87::INITIAL;
                let st0 = [0, 0, 0, 0, 0, 0, 0, 0xC8, 5, 0x40];
                assert!(x87.set(0, &st0), "100");
                let vectors = [[0x41; 16]; 8];
                let sse = sse::Image { vectors, ..sse::INITIAL }.to_bytes();
                Ok(encode(&FloatRegisters {
                    x87: Some(Bytes(&x87.0)),
                    sse: self.running.then_some(Bytes(&sse)),
                }))
            }
            Query::Registers { task } => {
                let space = task.map_or(Space::Current, Space::Task);
                let cr3 = self.directory(space, head)?;
                Ok(encode(&registers(cr3)))
            }
        }
    }

    fn hello(&self) -> Vec<u8> {
        let stop = Stop {
            task: 1,
            eip: VirtAddr(0x0D00_0123),
            reason: "a breakpoint",
        };
        encode(&Hello {
            stub: "stormglass-stub 0.1.0",
            kernel: "stormglass-kernel 0.1.0",
            build_id: Bytes(self.build_id),
            baud: 115_200,
            faults: LineFaults { naks: 1, noise: 2, ..Default::default() },
            ticks: 12_345,
            ticks_per_second: 100,
            frames: 8192,
            free_frames: 7001,
            stop: (!self.running).then_some(stop),
            port: 1,
            uart: "16550A",
        })
    }

    fn directory(
        &self,
        space: Space,
        head: &mut ReplyHead,
    ) -> Result<PhysAddr, Status> {
        let mut tasks = TASKS.iter();
        let task = match space {
            Space::Task(id) => {
                tasks.find(|task| task.0 == id).ok_or(Status::NoSuchTask)
            }
            Space::Process(id) => {
                tasks.find(|task| task.1 == id).ok_or(Status::NoSuchProcess)
            }
            _ => tasks.find(|task| task.0 == CURRENT).ok_or(Status::NoSuchTask),
        };
        let &(task, process, directory) = task?;
        (head.task, head.process) = (task, process);
        Ok(PhysAddr(directory))
    }

    fn page(&self, rows: Vec<(u32, Vec<u8>)>, head: &mut ReplyHead) -> Vec<u8> {
        head.next = rows.get(self.rows_a_page).map(|(id, _)| *id);
        let rows = rows.into_iter().take(self.rows_a_page);
        rows.flat_map(|(_, bytes)| bytes).collect()
    }

    fn read(
        &mut self,
        space: Space,
        address: u32,
        len_bytes: u16,
        head: &mut ReplyHead,
    ) -> Result<Vec<u8>, Status> {
        let directory = match space {
            Space::Physical => None,
            space => Some(self.directory(space, head)?),
        };
        let mut bytes = Vec::new();
        for at in (address..=u32::MAX).take(len_bytes.into()) {
            let physical = match directory {
                None => Some(PhysAddr(at)),
                Some(directory) => {
                    let address = VirtAddr(at);
                    walk(&mut self.memory, directory, address)
                        .map_err(Status::NoMemory)?
                        .physical()
                }
            };
            match physical {
                Some(physical) => bytes.push(byte(physical.0)),
                None => {
                    head.status = Status::Unmapped(VirtAddr(at));
                    break;
                }
            }
        }
        Ok(bytes)
    }
}

pub(crate) fn encode(value: &impl serde::Serialize) -> Vec<u8> {
    let mut buffer = [0; 4096];
    postcard::to_slice(value, &mut buffer).expect("it fits").to_vec()
}
