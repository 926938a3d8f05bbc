//! The Hifi-Eslöf tree of a process' address space: how it is created in the
//! create window, and how the running process uses it.
//!
//! It only records which pages are in use; mapping them is up to the caller.
//!
//! Spec: `virtual-memory.md`, row "Process' low-level memory allocation
//! structures".

use crate::memory::node_array::{Header, NodeArray, nodes_in};
use crate::memory::{Label, OutOfMemory};
use crate::process::space;
use layout::images;
use layout::paging::Entry;
use layout::regions::{ALLOCATION_STRUCTURES, KERNEL_STACK, PROCESS_SPACE};
use layout::{PAGE_BYTES, VirtAddr};
use structures::change::{Change, Structure};
use structures::elf_image::Segment;
use structures::eslof::{Refusal, Tree};

/// The page of the tree itself and one of nodes: what a process starts with.
pub(crate) const FIRST_PAGES: u32 = 2;

const _: () = assert!(FIRST_PAGES <= ALLOCATION_STRUCTURES.pages());

/// Pages of a whole address space.
const ALL_PAGES: u32 = 1 << 20;

/// Where the nodes are, and how many pages they may take.
pub(crate) const NODES: VirtAddr =
    VirtAddr(ALLOCATION_STRUCTURES.start.0 + PAGE_BYTES);
pub(crate) const MAX_NODE_PAGES: u32 = ALLOCATION_STRUCTURES.pages() - 1;

/// Allocates the lowest `pages` contiguous free pages of the running process'
/// tree, and returns the first one's address.
///
/// # Errors
///
/// Fails if no free stretch is that long, or there is too little memory for the
/// tree to grow.
pub(crate) fn allocate(
    pages: u32,
    label: Label,
) -> Result<VirtAddr, OutOfMemory> {
    let mut header = Header::of_running().ok_or(OutOfMemory)?;
    let mut nodes = nodes_of(header);
    if header.tree.spare_nodes(&nodes) == 0
        && let Some(page) = nodes.next_page()
    {
        space::map_new(page, Entry::WRITABLE, Label::AllocatorNodes)?;
        nodes.grow();
        header.node_pages += 1;
    }
    let _change = Change::of(Structure::ProcessTrees);
    let page = header.tree.allocate(&mut nodes, pages, label as u16);
    header.set_for_running();
    Ok(VirtAddr(page.map_err(|_| OutOfMemory)? * PAGE_BYTES))
}

/// Frees the run of the running process' tree that begins at `address` and has
/// this label; returns its number of pages, or none if there is no such run.
pub(crate) fn free(address: VirtAddr, label: Label) -> Option<u32> {
    let (start, _, actual) = run_at(address)?;
    if start != address || actual != label {
        return None;
    }
    let mut header = Header::of_running()?;
    let mut nodes = nodes_of(header);
    let _change = Change::of(Structure::ProcessTrees);
    let freed = header.tree.free(&mut nodes, address.page_number());
    header.set_for_running();
    freed.ok()
}

/// Returns the busy run of the running process' tree that covers `address`: its
/// start, its number of pages, and its label.
pub(crate) fn run_at(address: VirtAddr) -> Option<(VirtAddr, u32, Label)> {
    let header = Header::of_running()?;
    let page = address.page_number();
    let run = header.tree.lookup(&nodes_of(header), page)?;
    let label = Label::from_number(run.label)?;
    let start = VirtAddr(run.start * PAGE_BYTES);
    (page < run.first_free()).then_some((start, run.busy, label))
}

fn nodes_of(header: Header) -> NodeArray {
    NodeArray::new(NODES, MAX_NODE_PAGES, header.node_pages)
}

/// Creates a tree in `place`, which is [`FIRST_PAGES`] zeroed pages, with the
/// `segments` of a program, lowest address first. Everything outside the process
/// space is reserved, also the page below the kernel's stack, which stays
/// unmapped as its guard, and what is left of the ranges of images.
///
/// # Errors
///
/// Fails if two segments share a page, or there is too little room.
pub(crate) fn create<'s>(
    place: &mut [u8],
    segments: impl Iterator<Item = Segment<'s>>,
) -> Result<(), Refusal> {
    let (header, rest) = place
        .split_at_mut_checked(PAGE_BYTES as usize)
        .ok_or(Refusal::NoSlot)?;
    let mut nodes = nodes_in(rest);
    let mut tree = Tree::new(&mut nodes, 0, ALL_PAGES)?;
    let below = PROCESS_SPACE.start.page_number();
    tree.reserve(&mut nodes, 0, below, Label::Reserved as u16)?;
    let guard = KERNEL_STACK.start.page_number() - 1;
    let above = ALL_PAGES - guard;
    tree.reserve(&mut nodes, guard, above, Label::Reserved as u16)?;
    let mut reserve = |first, pages, label: Label| {
        tree.reserve(&mut nodes, first, pages, label as u16)
    };
    let images = images::FIRST_PAGE..images::FIRST_PAGE + images::PAGES;
    let mut next = images.start;
    for segment in segments {
        let (first, pages) = (segment.start.page_number(), segment.pages());
        let gap = first.min(images.end).saturating_sub(next);
        if gap > 0 {
            reserve(next, gap, Label::Reserved)?;
        }
        reserve(first, pages, Label::Segment)?;
        next = next.max(first + pages);
    }
    if next < images.end {
        reserve(next, images.end - next, Label::Reserved)?;
    }
    Header { tree, node_pages: 1 }.write_to(header);
    Ok(())
}
