//! The memory of the kernel of fixed data: frames, mappings, trees.

use crate::kernel::encode;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use wire::query::Status;
use wire::rows::{AllocatorId, AllocatorRun, FrameRun, Mapping};

/// A run of frames: how many, who owns them, what for, how many references.
const FRAMES: [(u32, Option<u32>, &str, u32); 11] = [
    (0x100, None, "reserved", 1),
    (0x40, None, "kernel image", 1),
    (0x600, None, "records", 1),
    (0x20, Some(1), "page directory", 1),
    (0x80, Some(2), "segment", 1),
    // As a target does whose time is up in the middle of a run.
    (0x500, Some(2), "segment", 1),
    (0x100, Some(2), "shared window", 2),
    (0x20, Some(3), "shared window", 3),
    (0x100, None, "free", 0),
    (0x20, Some(3), "process stack", 1),
    (0x1000, None, "free", 0),
];

pub(crate) fn frames() -> Vec<(u32, Vec<u8>)> {
    let mut first = 0;
    let row = |(frames, owner_process, kind, references)| {
        let at = PhysAddr(first * PAGE_BYTES);
        let run =
            FrameRun { first: at, frames, owner_process, kind, references };
        first += frames;
        (at.page_number(), encode(&run))
    };
    FRAMES.into_iter().map(row).collect()
}

pub(crate) fn mappings(frame: u32) -> Vec<(u32, Vec<u8>)> {
    let mapping = |task, process, address, writable, user| {
        let address = VirtAddr(address);
        encode(&Mapping { task, process, address, writable, user })
    };
    let rows = match frame {
        0xDE0 => vec![
            mapping(0, 2, 0x0D40_0000, true, true),
            mapping(4, 3, 0x0030_0000, true, false),
            mapping(0, 3, 0x2000_0000, false, true),
        ],
        0x140 => vec![mapping(0, 0, 0x0500_0000, true, false)],
        _ => Vec::new(),
    };
    (1..).zip(rows).collect()
}

pub(crate) fn allocator(of: u32) -> Result<Vec<(u32, Vec<u8>)>, Status> {
    let rows: &[(u32, u32, u32, &str)] = match AllocatorId::from_number(of) {
        AllocatorId::Frames => &[
            (0, 0x100, 0, "reserved"),
            (0x100, 0x40, 0, "kernel image"),
            (0x140, 1, 0x1F00, "page directory"),
        ],
        AllocatorId::Global => &[(0x5000, 0, 0x8000, "free")],
        AllocatorId::Process(2) => &[
            (0, 0xD000, 0, "reserved"),
            (0xD000, 2, 0, "segment"),
            (0xD002, 1, 0x3FE, "heap"),
            (0xD401, 0x100, 0xE_EAFE, "shared window"),
            (0xFBFFF, 0x4001, 0, "reserved"),
        ],
        AllocatorId::Process(_) => return Err(Status::NoSuchProcess),
    };
    let row = |&(start, busy, free, label)| {
        (start, encode(&AllocatorRun { start, busy, free, label }))
    };
    Ok(rows.iter().map(row).collect())
}
