//! A kernel of fixed data that answers every query as a stub would.

use crate::memory;
use crate::peer::{Peer, head, reply};
use crc::{CRC_32_MPEG_2, Crc};
use layout::paging::{Entry, Table as PageTable, Tables, walk};
use layout::runs::runs;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use std::collections::BTreeMap;
use wire::query::{
    Checksum, Hello, LineFaults, Query, Region, Registers, ReplyHead, Request,
    Searched, Space, Status, Stop, Translation,
};
use wire::rows::{
    Attachment, Attachments, Bytes, Descriptor, Ids, LogEntry, Mailbox,
    Message, PortRange, Process, State, Table, Thread, Wait, WaitKind, Window,
    WindowFrame,
};

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

    /// Returns the reply to `request` as it goes on the line.
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

fn registers(cr3: PhysAddr) -> Registers {
    Registers {
        general: [
            0x0000_002A,
            0x0D00_2000,
            0,
            1,
            0xFFFF_FF80,
            0xFFFF_FFA8,
            0,
            0,
            0x0D00_0123,
            0x0000_0246,
            0x1B,
            0x23,
            0x23,
            0x23,
            0x23,
            0x23,
        ],
        system: [
            0x8001_0033,
            0x0D00_3004,
            cr3.0,
            0,
            0,
            0,
            0,
            0,
            0xFFFF_0FF0,
            0x400,
        ],
    }
}

pub(crate) fn encode(value: &impl serde::Serialize) -> Vec<u8> {
    let mut buffer = [0; 4096];
    postcard::to_slice(value, &mut buffer).expect("it fits").to_vec()
}

fn rows(table: Table, of: u32) -> Result<Vec<(u32, Vec<u8>)>, Status> {
    Ok(match table {
        Table::Processes => processes(),
        Table::Threads => threads(),
        Table::Mailboxes => mailboxes(),
        Table::Messages if of == 1 => messages(),
        Table::Messages if of == 3 => Vec::new(),
        Table::Messages => return Err(Status::NoSuchMailbox),
        Table::Windows => windows(),
        Table::WindowFrames if of == 2 => window_frames(),
        Table::WindowFrames => return Err(Status::NoSuchWindow),
        Table::Ports => ports(),
        Table::Log => log(),
        Table::Descriptors => descriptors(),
        Table::Frames => memory::frames(),
        Table::Mappings => memory::mappings(of),
        Table::Allocator => memory::allocator(of)?,
    })
}

fn processes() -> Vec<(u32, Vec<u8>)> {
    let rows: [(&str, &[u32], u32); 3] = [
        ("clock", &[1], 21),
        ("server", &[2, 3, 5], 40),
        ("worker", &[4, 6], 23),
    ];
    let row = |(id, (name, tasks, pages)): (u32, (_, &[u32], u32))| {
        let tasks: Vec<_> =
            tasks.iter().flat_map(|id| id.to_le_bytes()).collect();
        let tasks = Ids::from_le_bytes(&tasks);
        (id, encode(&Process { id, name, tasks, pages }))
    };
    (1..).zip(rows).map(row).collect()
}

fn threads() -> Vec<(u32, Vec<u8>)> {
    let wait = |kind, id| Some(Wait { kind, id });
    let rows = [
        ("clock", State::Running, None, 0x0D00_0123),
        ("server", State::Receiving, wait(WaitKind::Mailbox, 1), 0x0D00_0456),
        ("server.2", State::Sending, wait(WaitKind::Mailbox, 3), 0x0D00_0460),
        ("worker", State::Sleeping, wait(WaitKind::Timer, 12_400), 0x0D00_0100),
        ("server.3", State::Waiting, wait(WaitKind::Task, 6), 0x0010_0420),
        ("worker.2", State::Zombie, None, 0x0D00_0110),
    ];
    let row = |((id, process, cr3), (name, state, waits_for, eip))| {
        let (eip, cr3) = (VirtAddr(eip), PhysAddr(cr3));
        let thread = Thread { id, process, name, state, waits_for, eip, cr3 };
        (id, encode(&thread))
    };
    TASKS.into_iter().zip(rows).map(row).collect()
}

fn mailboxes() -> Vec<(u32, Vec<u8>)> {
    let row = |row: Mailbox<'_>| (row.id, encode(&row));
    vec![
        row(Mailbox {
            id: 1,
            owner_process: 2,
            owner_task: 2,
            capacity_bytes: 4096,
            queued_bytes: 61,
            queued_messages: 2,
            waiting_reader: Some(2),
            waiting_senders: Ids::from_le_bytes(&[]),
        }),
        row(Mailbox {
            id: 3,
            owner_process: 1,
            owner_task: 1,
            capacity_bytes: 64,
            queued_bytes: 0,
            queued_messages: 0,
            waiting_reader: None,
            waiting_senders: Ids::from_le_bytes(&[3, 0, 0, 0, 4, 0, 0, 0]),
        }),
    ]
}

fn windows() -> Vec<(u32, Vec<u8>)> {
    let attachment = |process, start, writable| {
        Attachment { process, start: VirtAddr(start), writable }.to_bytes()
    };
    let two =
        [attachment(2, 0x0D01_0000, true), attachment(3, 0x0D40_0000, false)];
    let one = [attachment(1, 0x0D00_3000, true)];
    let row = |(id, owner_process, pages, mailbox, attachments): (
        u32,
        u32,
        u32,
        Option<u32>,
        &[[u8; Attachment::BYTES]],
    )| {
        let attachments = Attachments::from_bytes(attachments.as_flattened());
        let row = Window { id, owner_process, pages, mailbox, attachments };
        (id, encode(&row))
    };
    [
        (2, 2, 6, Some(3), &two[..]),
        (4, 3, 256, None, &[]),
        // Its owner has ended.
        (5, 0, 1, None, &one),
    ]
    .map(row)
    .to_vec()
}

fn window_frames() -> Vec<(u32, Vec<u8>)> {
    let frames = [
        0x0071_0000,
        0x0071_1000,
        0x0071_2000,
        0x0073_0000,
        0x0072_F000,
        0x0073_1000,
    ];
    let row = |frame| encode(&WindowFrame { frame: PhysAddr(frame) });
    (0..).zip(frames.map(row)).collect()
}

fn descriptors() -> Vec<(u32, Vec<u8>)> {
    let segment = |index, kind, name, ring, limit| Descriptor {
        table: "GDT",
        index,
        kind,
        name,
        present: true,
        ring,
        selector: (index as u16) << 3 | u16::from(ring),
        address: Some(VirtAddr(0)),
        limit: Some(limit),
        busy: None,
        link: None,
        eip: None,
    };
    let tss = |index, name, base, busy, link, eip| Descriptor {
        address: Some(VirtAddr(base)),
        busy: Some(busy),
        link: Some(link),
        eip: Some(VirtAddr(eip)),
        ..segment(index, "TSS", name, 0, 0x67)
    };
    let gate = |index, kind, name, ring, selector, address| Descriptor {
        table: "IDT",
        selector,
        address,
        limit: None,
        ..segment(index, kind, name, ring, 0)
    };
    let system_call = Some(VirtAddr(0x0010_0042));
    let rows = [
        segment(1, "code", "kernel", 0, u32::MAX),
        segment(3, "code", "programs", 3, u32::MAX),
        tss(5, "all tasks", 0xA000, true, 0, 0x0D00_0123),
        tss(13, "double fault", 0x2138, false, 0, 0x0010_0100),
        tss(23, "debug line", 0x26E8, true, 0x28, 0x0010_0100),
        gate(8, "task gate", "double fault", 0, 0x68, None),
        Descriptor {
            present: false,
            ..gate(9, "trap gate", "", 0, 8, Some(VirtAddr(0)))
        },
        gate(0x80, "interrupt gate", "system call", 3, 8, system_call),
    ];
    let number = |row: &Descriptor<'_>| match row.table {
        "GDT" => row.index,
        _ => 256 + row.index,
    };
    rows.iter().map(|row| (number(row), encode(row))).collect()
}

fn ports() -> Vec<(u32, Vec<u8>)> {
    // The oldest claim first.
    let ranges = [(0x20, 0x21, 1), (0x3F8, 0x3FF, 1), (0x70, 0x71, 3)];
    let row = |(first, last, process)| PortRange { first, last, process };
    (1..).zip(ranges.map(|range| encode(&row(range)))).collect()
}

fn log() -> Vec<(u32, Vec<u8>)> {
    let row = |(number, tick, text)| {
        (number, encode(&LogEntry { number, tick, text }))
    };
    [
        (17, 0, "memory: 8192 frames, 32768 KiB"),
        (18, 104, "server: caf\u{e9} is open\u{9b}2J"),
        (
            19,
            12_340,
            "killed: process 4 (null), task 9: page fault at 0x40001050, \
             address 0x00000000",
        ),
    ]
    .map(row)
    .to_vec()
}

fn messages() -> Vec<(u32, Vec<u8>)> {
    let row = |(index, data): (u32, &[u8])| {
        let message = Message {
            from_process: 1,
            from_task: 1,
            protocol: 5,
            class: 2,
            bytes: data.len() as u32,
            data: Bytes(data),
        };
        (index, encode(&message))
    };
    (0..).zip([&b"tick 12300"[..], b"tick\x1b[2J\n"]).map(row).collect()
}
