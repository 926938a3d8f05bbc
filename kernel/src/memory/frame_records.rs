//! A record of each frame: its owner, its purpose, and how many references to
//! it there are.
//!
//! The records form an array at a fixed address in global memory, one for each
//! frame, so that finding a frame's owner takes one read. Their words change
//! one at a time, because a debugger may read them at any moment.

use crate::memory::Label;
use core::mem::{offset_of, size_of};
use core::slice;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::regions::GLOBAL_DATA;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// The maximum number of records: frames of 2 GiB.
const MAX_FRAMES: u32 = 1 << 19;
/// The pages that the array may take.
pub(crate) const PAGES: u32 =
    MAX_FRAMES * size_of::<FrameRecord>() as u32 / PAGE_BYTES;
/// The array's address, at the end of the row.
pub(crate) const START: VirtAddr =
    VirtAddr(GLOBAL_DATA.start.0 + GLOBAL_DATA.len_bytes - PAGES * PAGE_BYTES);

/// The low byte of a record's second word, by which a debugger recognises a
/// record and the version of its layout.
const MARK: u32 = 0xF1;
const KIND_SHIFT: u32 = 8;
const REFERENCES_SHIFT: u32 = 16;

/// The maximum number of references to a frame.
pub(crate) const MAX_REFERENCES: u32 = u16::MAX as u32;

/// The record of a frame.
#[derive(Debug)]
#[repr(C)]
struct FrameRecord {
    /// The process that owns it; 0 if it is free or the system's.
    owner: AtomicU32,
    /// From the lowest bit: [`MARK`], 8 bits of [`Label`], and 16 bits for the
    /// number of references.
    usage: AtomicU32,
}

const _: () = assert!(size_of::<FrameRecord>() == 8);
const _: () = assert!(offset_of!(FrameRecord, owner) == 0);
const _: () = assert!(offset_of!(FrameRecord, usage) == 4);

/// How a frame is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Usage {
    /// The process that owns it; 0 if it is free or the system's.
    pub(crate) owner: u32,
    pub(crate) kind: Label,
    /// 0 if the frame is free.
    pub(crate) references: u32,
}

impl Usage {
    pub(crate) const FREE: Self =
        Self { owner: 0, kind: Label::Free, references: 0 };
}

/// How many records there are; 0 before [`initialise`].
static RECORDS: AtomicU32 = AtomicU32::new(0);

/// Returns how many pages the records of the frames below `limit` take.
pub(crate) fn pages_for(limit: u32) -> u32 {
    let bytes = limit.min(MAX_FRAMES) * size_of::<FrameRecord>() as u32;
    bytes.div_ceil(PAGE_BYTES)
}

/// Creates the records of the frames below `limit`, all free. [`pages_for`]
/// this many must be mapped.
pub(crate) fn initialise(limit: u32) {
    let limit = limit.min(MAX_FRAMES);
    RECORDS.store(limit, Ordering::Relaxed);
    for frame in 0..limit {
        set(PhysAddr(frame * PAGE_BYTES), Usage::FREE);
    }
}

/// Returns how a frame is used; none if it is not memory.
pub(crate) fn get(frame: PhysAddr) -> Option<Usage> {
    let record = record(frame)?;
    let usage = record.usage.load(Ordering::Relaxed);
    let number = (usage >> KIND_SHIFT) as u8;
    Some(Usage {
        owner: record.owner.load(Ordering::Relaxed),
        kind: Label::from_number(u16::from(number)).unwrap_or(Label::Reserved),
        references: usage >> REFERENCES_SHIFT,
    })
}

/// Records how a frame is used. Has no effect before [`initialise`].
pub(crate) fn set(frame: PhysAddr, usage: Usage) {
    let Some(record) = record(frame) else { return };
    let Usage { owner, kind, references } = usage;
    let word = references.min(MAX_REFERENCES) << REFERENCES_SHIFT
        | (kind as u32) << KIND_SHIFT
        | MARK;
    record.owner.store(owner, Ordering::Relaxed);
    record.usage.store(word, Ordering::Relaxed);
}

fn record(frame: PhysAddr) -> Option<&'static FrameRecord> {
    let records = RECORDS.load(Ordering::Relaxed) as usize;
    let first = START.0 as usize as *const FrameRecord;
    // SAFETY: `bootstrap` has mapped memory for this many records, in tables
    // that every directory shares, and nothing unmaps it. Any words are a valid
    // record, and atomic words may change under the reference.
    let all = unsafe { slice::from_raw_parts(first, records) };
    all.get(frame.page_number() as usize)
}
