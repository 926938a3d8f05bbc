//! The allocator of physical frames.
//!
//! Spec: `virtual-memory.md`, "Format of the global memory space", row
//! "Hifi-Eslöf structures".

use crate::machine::boot::{self, BootInformation};
use crate::memory::address_space::{set_table_entry, table_entry};
use crate::memory::frame_records::{self, Usage};
use crate::memory::system_tree::SystemTree;
use crate::memory::{Label, OutOfMemory};
use core::sync::atomic::{AtomicU32, Ordering};
use layout::paging::Entry;
use layout::regions::{GLOBAL_STRUCTURES, KERNEL};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use structures::change::Structure;

/// The address of the nodes of the frames' tree: room for 2 GiB.
pub(crate) const FIRST_NODES: VirtAddr = GLOBAL_STRUCTURES.start;
/// How many pages they may take.
pub(crate) const NODE_PAGES: u32 = 0x0180_0000 / PAGE_BYTES;

pub(crate) static FRAMES: SystemTree =
    SystemTree::new(FIRST_NODES, NODE_PAGES, Structure::FrameTree);

// Read by the debugger as well.
static TOTAL: AtomicU32 = AtomicU32::new(0);
static LIMIT: AtomicU32 = AtomicU32::new(0);

/// Creates the tree of all frames. In use are those that are not memory, the
/// first MiB, the kernel image, the boot modules, and those handed out before
/// there was a tree: all frames after the modules up to `first_free`.
pub(crate) fn initialise(information: &BootInformation, first_free: PhysAddr) {
    let limit = information.frame_limit();
    FRAMES.begin(0, limit).expect("memory is not empty");
    let total: u32 = information.ranges().iter().map(|r| r.frames).sum();

    let [.., image_end] = boot::image_ends();
    let image = KERNEL.start.page_number();
    reserve(0, image, Label::Reserved);
    let image_frames = image_end.page_number() - image;
    reserve(image, image_frames, Label::KernelImage);
    let mut early = image_end.page_number();
    for module in information.modules() {
        let first = module.start.page_number();
        let pages = module.len_bytes.div_ceil(PAGE_BYTES);
        reserve(first, pages, Label::BootModule);
        early = early.max(first + pages);
    }
    // Handed out before there was a tree: the kernel's directory, then its
    // tables, then the first nodes of the two trees.
    let first_node = table_entry(FIRST_NODES).frame().page_number();
    reserve(early, 1, Label::Directory);
    reserve(early + 1, first_node - (early + 1), Label::PageTable);
    let nodes = first_free.page_number() - first_node;
    reserve(first_node, nodes, Label::AllocatorNodes);
    let mut hole = 0;
    for range in information.ranges() {
        let frames = range.first_frame.saturating_sub(hole);
        reserve(hole, frames, Label::Reserved);
        hole = range.first_frame + range.frames;
    }
    TOTAL.store(total, Ordering::Relaxed);
    LIMIT.store(limit, Ordering::Relaxed);
}

/// Gives each frame its record, once pages are mapped for them.
pub(crate) fn initialise_records() {
    frame_records::initialise(LIMIT.load(Ordering::Relaxed));
    FRAMES.change(|tree, nodes| {
        for run in tree.runs_from(nodes, 0) {
            let kind = Label::from_number(run.label);
            let kind = kind.unwrap_or(Label::Reserved);
            let usage = Usage { owner: 0, kind, references: 1 };
            for frame in run.start..run.first_free() {
                frame_records::set(PhysAddr(frame * PAGE_BYTES), usage);
            }
        }
    });
}

/// Reserves those pages of a range known at boot that are still free.
fn reserve(first: u32, pages: u32, label: Label) {
    // Refused if the range is empty or already in use, which is fine.
    let _ = FRAMES
        .change(|tree, nodes| tree.reserve(nodes, first, pages, label as u16));
}

/// Returns a free frame, which is not zeroed. The process `owner` owns it, or
/// the system for 0, with one reference.
///
/// # Errors
///
/// Fails if no frame is free, or the tree cannot hold another run.
pub(crate) fn allocate(
    owner: u32,
    label: Label,
) -> Result<PhysAddr, OutOfMemory> {
    // Growing the tree takes a frame, so it must grow before it is full.
    if let Some(page) = FRAMES.page_to_grow_by() {
        let frame = take(0, Label::AllocatorNodes)?;
        set_table_entry(page, Entry::new(frame, Entry::WRITABLE));
        FRAMES.grow();
    }
    take(owner, label)
}

fn take(owner: u32, kind: Label) -> Result<PhysAddr, OutOfMemory> {
    let frame = FRAMES
        .change(|tree, nodes| tree.allocate(nodes, 1, kind as u16))
        .ok_or(OutOfMemory)?;
    let frame = PhysAddr(frame.map_err(|_| OutOfMemory)? * PAGE_BYTES);
    frame_records::set(frame, Usage { owner, kind, references: 1 });
    Ok(frame)
}

/// Adds a reference to a frame that is in use.
///
/// # Errors
///
/// Fails if it is free, or has the maximum number of references; nothing has
/// changed then.
pub(crate) fn share(frame: PhysAddr) -> Result<(), OutOfMemory> {
    let usage = frame_records::get(frame).ok_or(OutOfMemory)?;
    if usage.references == 0
        || usage.references >= frame_records::MAX_REFERENCES
    {
        return Err(OutOfMemory);
    }
    let references = usage.references + 1;
    frame_records::set(frame, Usage { references, ..usage });
    Ok(())
}

/// Drops one reference to a frame, and frees it with the last. Returns the
/// process that owned it in that case.
pub(crate) fn release(frame: PhysAddr) -> Option<u32> {
    let usage = frame_records::get(frame)?;
    match usage.references {
        0 => {
            debug_assert!(false, "a frame was freed twice");
            None
        }
        1 => {
            let page = frame.page_number();
            let freed = FRAMES.change(|tree, nodes| tree.free(nodes, page));
            debug_assert!(matches!(freed, Some(Ok(1))), "not one frame");
            frame_records::set(frame, Usage::FREE);
            (usage.owner != 0).then_some(usage.owner)
        }
        references => {
            let references = references - 1;
            frame_records::set(frame, Usage { references, ..usage });
            None
        }
    }
}

/// Gives the system ownership of a frame that must outlive its owner. Returns
/// the process that owned it.
pub(crate) fn disown(frame: PhysAddr) -> Option<u32> {
    let usage = frame_records::get(frame)?;
    if usage.owner == 0 {
        return None;
    }
    frame_records::set(frame, Usage { owner: 0, ..usage });
    Some(usage.owner)
}

/// Returns how many frames of memory there are.
pub(crate) fn total() -> u32 {
    TOTAL.load(Ordering::Relaxed)
}

/// Returns how many frames are free.
pub(crate) fn free_count() -> u32 {
    FRAMES.free_pages()
}

/// Returns whether there may be memory at `address`.
#[inline]
pub(crate) fn is_memory(address: PhysAddr) -> bool {
    address.page_number() < LIMIT.load(Ordering::Relaxed)
}
