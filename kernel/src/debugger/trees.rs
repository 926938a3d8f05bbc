//! The collector of an allocator's runs: reads the tree node by node, by
//! physical address, and trusts nothing in it.

use crate::debugger::collector::{Asked, Collector};
use crate::debugger::slice::Slice;
use crate::debugger::tasks;
use crate::memory::node_array::Header;
use crate::memory::physical::PhysicalWindow;
use crate::memory::system_tree::SystemTree;
use crate::memory::{Label, bootstrap, frames, global};
use crate::process::process_tree::{MAX_NODE_PAGES, NODES};
use crate::records::task::TASKS;
use core::mem::{offset_of, size_of};
use layout::paging::walk;
use layout::regions::ALLOCATION_STRUCTURES;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use structures::change::Structure;
use structures::eslof::look::{Look, Nodes};
use structures::eslof::{Node, Tree};
use stub::embed::{NoRows, RowSink};
use wire::rows::{AllocatorId, AllocatorRun};

/// Rows between two checks of the clock.
const ROWS_PER_CHECK: u32 = 4;

impl Collector for AllocatorRun<'_> {
    const SOURCES: &'static [Structure] = &[
        Structure::FrameTree,
        Structure::GlobalTree,
        Structure::ProcessTrees,
        Structure::Processes,
        Structure::Tasks,
        Structure::Lists,
    ];

    /// Pushes the runs of a tree, from page `from` on.
    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let tree = AllocatorId::from_number(asked.of);
        let Some((root, mut nodes)) = open(asked.window, tree)? else {
            return Ok(());
        };
        let slice = Slice::begin();
        let mut look = Look::from(&mut nodes, root, asked.from);
        let mut rows: u32 = 0;
        while let Some(run) = look.next(&mut nodes) {
            if rows.is_multiple_of(ROWS_PER_CHECK)
                && rows > 0
                && slice.is_over(sink)
            {
                sink.stop(run.start);
                break;
            }
            rows += 1;
            let label = match run.busy {
                0 => Some(Label::Free),
                _ => Label::from_number(run.label),
            };
            let row = AllocatorRun {
                start: run.start,
                busy: run.busy,
                free: run.free,
                label: label.map_or("unknown", Label::name),
            };
            if !sink.push(run.start, &row) {
                break;
            }
        }
        Ok(())
    }
}

/// Returns the root's slot and access to the nodes; none if there is no tree.
fn open(
    window: &mut PhysicalWindow,
    tree: AllocatorId,
) -> Result<Option<(u32, DoubtfulNodes<'_>)>, NoRows> {
    match tree {
        AllocatorId::Frames => Ok(open_system(window, &frames::FRAMES)),
        AllocatorId::Global => Ok(open_system(window, &global::GLOBAL)),
        AllocatorId::Process(process) => {
            let task = tasks::first_of(process).and_then(|id| TASKS.get(id));
            let directory = task.ok_or(NoRows::NoSuchProcess)?.directory;
            Ok(open_process(window, directory))
        }
    }
}

fn open_system<'w>(
    window: &'w mut PhysicalWindow,
    tree: &SystemTree,
) -> Option<(u32, DoubtfulNodes<'w>)> {
    let directory = bootstrap::kernel_directory();
    let (record, pages) = tree.parts.get()?;
    let nodes = DoubtfulNodes::new(window, directory, tree.nodes, pages);
    Some((record.root, nodes))
}

fn open_process(
    window: &mut PhysicalWindow,
    directory: PhysAddr,
) -> Option<(u32, DoubtfulNodes<'_>)> {
    let mut words = [[0; 4]; size_of::<Header>() / 4];
    let header = ALLOCATION_STRUCTURES.start;
    let physical = walk(window, directory, header).ok()?.physical()?;
    window.read(physical, words.as_flattened_mut()).ok()?;
    let word = |offset: usize| words.get(offset / 4).copied();
    let word = |offset| word(offset).map(u32::from_le_bytes);
    let tree = offset_of!(Header, tree);
    if word(tree + offset_of!(Tree, magic))? != Tree::MAGIC {
        return None;
    }
    let root = word(tree + offset_of!(Tree, root))?;
    let pages = word(offset_of!(Header, node_pages))?.min(MAX_NODE_PAGES);
    Some((root, DoubtfulNodes::new(window, directory, NODES, pages)))
}

/// Translations that are cached while a request is answered.
const REMEMBERED: usize = 16;

/// Nodes mapped in some address space, which may be corrupt.
struct DoubtfulNodes<'w> {
    window: &'w mut PhysicalWindow,
    directory: PhysAddr,
    first: VirtAddr,
    pages: u32,
    /// A page and its frame, at the page's number modulo the cache's size.
    remembered: [Option<(VirtAddr, PhysAddr)>; REMEMBERED],
}

impl<'w> DoubtfulNodes<'w> {
    const fn new(
        window: &'w mut PhysicalWindow,
        directory: PhysAddr,
        first: VirtAddr,
        pages: u32,
    ) -> Self {
        let remembered = [None; REMEMBERED];
        Self { window, directory, first, pages, remembered }
    }

    /// Returns the physical address of `at`.
    fn physical(&mut self, at: VirtAddr) -> Option<PhysAddr> {
        let page = at.page();
        let index = page.page_number() as usize % REMEMBERED;
        let place = self.remembered.get_mut(index)?;
        let frame = match *place {
            Some((known, frame)) if known == page => frame,
            _ => {
                let walk = walk(self.window, self.directory, page).ok()?;
                let frame = walk.physical()?;
                *place = Some((page, frame));
                frame
            }
        };
        Some(PhysAddr(frame.0 | at.offset()))
    }

    /// Reads the bytes at `at`.
    fn read(&mut self, at: VirtAddr, into: &mut [u8]) -> Option<()> {
        let mut at = at;
        let mut rest = into;
        while !rest.is_empty() {
            let len = rest.len().min(at.left_in_page() as usize);
            let (part, remaining) = rest.split_at_mut_checked(len)?;
            let physical = self.physical(at)?;
            self.window.read(physical, part).ok()?;
            at.0 = at.0.wrapping_add(len as u32);
            rest = remaining;
        }
        Some(())
    }
}

impl Nodes for DoubtfulNodes<'_> {
    fn node(&mut self, slot: u32) -> Option<Node> {
        const BYTES: u32 = size_of::<Node>() as u32;
        if slot >= self.pages * PAGE_BYTES / BYTES {
            return None;
        }
        let at = VirtAddr(self.first.0 + slot * BYTES);
        let mut bytes = [0; size_of::<Node>()];
        self.read(at, &mut bytes)?;
        Some(Node::from_bytes(&bytes))
    }
}
