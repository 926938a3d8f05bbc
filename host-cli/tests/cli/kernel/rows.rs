//! What the kernel has in its tables and registers.

use super::{BUILD_ID, TASKS, encode};
use crate::memory;
use layout::{PhysAddr, VirtAddr};
use wire::query::{Registers, Status};
use wire::rows::{
    Attachment, Attachments, Bytes, Descriptor, Ids, Image, InterruptLine,
    LogEntry, Mailbox, Message, PortRange, Process, State, Table, Thread, Wait,
    WaitKind, Window, WindowFrame,
};

pub(super) fn registers(cr3: PhysAddr) -> Registers {
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

pub(super) fn rows(
    table: Table,
    of: u32,
) -> Result<Vec<(u32, Vec<u8>)>, Status> {
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
        Table::Images => images(),
        Table::Interrupts => interrupts(),
    })
}

/// The build ids of the programs.
pub(crate) const CLOCK: &[u8] = b"clock";
pub(crate) const SERVER: &[u8] = b"server";

fn images() -> Vec<(u32, Vec<u8>)> {
    let rows = [
        ("kernel.elf", 0x0010_0000, 0x0012_FFFF, None, &BUILD_ID[..]),
        ("clock", 0x0D00_0000, 0x0D00_1FFF, Some(3), CLOCK),
        ("server", 0x0D00_0000, 0x0D00_2FFF, Some(2), SERVER),
        ("worker", 0x4040_0000, 0x4040_0FFF, None, b""),
    ];
    let row = |(id, (name, start, last, overlaps, build_id))| {
        let row = Image {
            id,
            name,
            kernel: id == 1,
            start: VirtAddr(start),
            last: VirtAddr(last),
            overlaps,
            build_id: Some(Bytes(build_id)).filter(|id| !id.0.is_empty()),
        };
        (id, encode(&row))
    };
    (1..).zip(rows).map(row).collect()
}

fn interrupts() -> Vec<(u32, Vec<u8>)> {
    let row = |line: u8| {
        let (count, served_by) = match line {
            0 => (12345, Some("timer")),
            2 => (0, Some("second controller")),
            4 => (678, Some("debugger")),
            _ => (0, None),
        };
        let row = InterruptLine {
            line,
            vector: 0x20 + line,
            masked: served_by.is_none(),
            pending: line == 0,
            in_service: line == 4,
            count,
            served_by,
        };
        (line.into(), encode(&row))
    };
    (0..16).map(row).collect()
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
        // Image 1 is the kernel's.
        let image = Some(id + 1);
        (id, encode(&Process { id, name, image, tasks, pages }))
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
