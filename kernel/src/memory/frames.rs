//! Physical frames: who gets which.
//!
//! Spec: `virtual-memory.md`, "Format of the global memory space", row
//! "Hifi-Eslöf structures".

use crate::boot::{self, BootInformation};
use crate::eslof::Tree;
use crate::memory::address_space::set_table_entry;
use crate::memory::node_array::NodeArray;
use crate::memory::{Label, OutOfMemory};
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::paging::Entry;
use layout::regions::{GLOBAL_STRUCTURES, KERNEL};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use spin::Mutex;

/// Where the nodes of the frames' tree stand: enough for 2 GiB.
pub(crate) const FIRST_NODES: VirtAddr = GLOBAL_STRUCTURES.start;
/// How many pages they may take.
pub(crate) const NODE_PAGES: u32 = 0x0180_0000 / PAGE_BYTES;

/// The tree needs a frame to grow; so it grows before it must.
const SPARE_NODES: u32 = 4;

struct Frames {
    tree: Tree,
    nodes: NodeArray,
}

static FRAMES: Mutex<Option<Frames>> = Mutex::new(None);

// Read by the debugger, which takes no lock.
static TOTAL: AtomicU32 = AtomicU32::new(0);
static LIMIT: AtomicU32 = AtomicU32::new(0);
static FREE: AtomicU32 = AtomicU32::new(0);

/// Makes the tree of all frames. In use are those that are not memory, the
/// first MiB, the kernel image, the boot modules, and what was handed out
/// before there was a tree: all behind them up to `first_free`.
pub(crate) fn initialise(information: &BootInformation, first_free: PhysAddr) {
    let limit = information.frame_limit();
    let mut nodes = NodeArray::new(FIRST_NODES, NODE_PAGES);
    let tree = Tree::new(&mut nodes, 0, limit).expect("memory is not empty");
    let mut frames = Frames { tree, nodes };
    let total: u32 = information.ranges().iter().map(|r| r.frames).sum();

    let [.., image_end] = boot::image_ends();
    let image = KERNEL.start.page_number();
    frames.reserve(0, image, Label::Reserved);
    let image_frames = image_end.page_number() - image;
    frames.reserve(image, image_frames, Label::KernelImage);
    let mut early = image_end.page_number();
    for module in information.modules() {
        let first = module.start.page_number();
        let pages = module.len_bytes.div_ceil(PAGE_BYTES);
        frames.reserve(first, pages, Label::BootModule);
        early = early.max(first + pages);
    }
    let handed_out = first_free.page_number() - early;
    frames.reserve(early, handed_out, Label::PageTable);
    let mut hole = 0;
    for range in information.ranges() {
        frames.reserve(
            hole,
            range.first_frame.saturating_sub(hole),
            Label::Reserved,
        );
        hole = range.first_frame + range.frames;
    }
    TOTAL.store(total, Ordering::Relaxed);
    LIMIT.store(limit, Ordering::Relaxed);
    FREE.store(frames.tree.free_pages, Ordering::Relaxed);
    *FRAMES.lock() = Some(frames);
}

impl Frames {
    /// Reserves what is still free of a stretch known at boot.
    fn reserve(&mut self, first: u32, pages: u32, label: Label) {
        // Refused if empty or already in use, and then nothing is to do.
        let _ = self.tree.reserve(&mut self.nodes, first, pages, label as u16);
    }

    fn allocate(&mut self, label: Label) -> Result<PhysAddr, OutOfMemory> {
        if self.tree.spare_nodes(&self.nodes) < SPARE_NODES
            && let Some(page) = self.nodes.next_page()
        {
            let frame = self.take(Label::AllocatorNodes)?;
            set_table_entry(page, Entry::new(frame, Entry::WRITABLE));
            self.nodes.grow();
        }
        self.take(label)
    }

    fn take(&mut self, label: Label) -> Result<PhysAddr, OutOfMemory> {
        let frame = self.tree.allocate(&mut self.nodes, 1, label as u16);
        let frame = frame.map_err(|_| OutOfMemory)?;
        Ok(PhysAddr(frame * PAGE_BYTES))
    }
}

/// Returns a frame that nobody has, with whatever is in it.
///
/// # Errors
///
/// Fails if no frame is free.
pub(crate) fn allocate(label: Label) -> Result<PhysAddr, OutOfMemory> {
    let mut frames = FRAMES.lock();
    let frames = frames.as_mut().ok_or(OutOfMemory)?;
    let frame = frames.allocate(label)?;
    FREE.store(frames.tree.free_pages, Ordering::Relaxed);
    Ok(frame)
}

/// Takes back a frame from [`allocate`].
pub(crate) fn free(frame: PhysAddr) {
    let mut frames = FRAMES.lock();
    let Some(Frames { tree, nodes }) = frames.as_mut() else { return };
    let freed = tree.free(nodes, frame.page_number());
    debug_assert!(freed.is_ok(), "a frame was freed twice");
    FREE.store(tree.free_pages, Ordering::Relaxed);
}

/// Returns how many frames of memory there are.
pub(crate) fn total() -> u32 {
    TOTAL.load(Ordering::Relaxed)
}

/// Returns how many frames nobody has.
pub(crate) fn free_count() -> u32 {
    FREE.load(Ordering::Relaxed)
}

/// Returns whether there may be memory at `address`.
pub(crate) fn is_memory(address: PhysAddr) -> bool {
    address.page_number() < LIMIT.load(Ordering::Relaxed)
}

/// Frames that belong to a process: it knows how many.
pub(crate) struct Purse<'p> {
    pages: &'p Cell<u32>,
}

impl<'p> Purse<'p> {
    /// Returns a purse that counts in `pages`.
    pub(crate) const fn new(pages: &'p Cell<u32>) -> Self {
        Self { pages }
    }

    /// Allocates a frame for the process.
    ///
    /// # Errors
    ///
    /// Fails if no frame is free.
    pub(crate) fn allocate(
        &self,
        label: Label,
    ) -> Result<PhysAddr, OutOfMemory> {
        let frame = allocate(label)?;
        self.pages.set(self.pages.get() + 1);
        Ok(frame)
    }

    /// Takes a frame back from the process.
    pub(crate) fn free(&self, frame: PhysAddr) {
        free(frame);
        self.pages.set(self.pages.get() - 1);
    }
}
