//! The collector of mappings: every page that is mapped to a given frame.
//!
//! It searches page tables, not records, because the processor uses those.
//! Shared tables are searched once: the global ones in the kernel's own
//! directory, those of a process in the directory of one of its tasks. Because
//! this takes long, it is done in slices, and a row's id says where to
//! continue.

use crate::debugger::collector::{Asked, Collector};
use crate::debugger::slice::Slice;
use crate::memory::bootstrap;
use crate::memory::physical::PhysicalWindow;
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use layout::paging::{ENTRIES, Entry, Tables};
use layout::regions::{SLOT_BYTES, slot_is_global, slot_is_per_task};
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::rows::Mapping;

/// Table entries that are searched and reported together.
const GROUP: usize = 16;
const GROUPS: u32 = (ENTRIES / GROUP) as u32;

/// The position of the search, which is also the id of its rows. 16 bits are
/// the directory: 0 is the kernel's own, higher numbers are slots in the table
/// of tasks, plus one. 10 bits are the directory's slot, and 6 the group of
/// entries in its table.
#[derive(Clone, Copy)]
struct Cursor(u32);

const _: () = assert!(GROUPS == 1 << 6 && ENTRIES == 1 << 10);

impl Cursor {
    const fn directory(self) -> u32 {
        self.0 >> 16
    }

    const fn slot(self) -> u32 {
        self.0 >> 6 & 0x3FF
    }

    const fn group(self) -> u32 {
        self.0 & 0x3F
    }

    /// Returns the start of the next slot, which may be in the next directory.
    const fn next_slot(self) -> Self {
        Self((self.0 | 0x3F) + 1)
    }

    const fn next_directory(self) -> Self {
        Self((self.0 | 0xFFFF) + 1)
    }
}

/// A directory that is searched.
#[derive(Clone, Copy)]
enum Directory {
    Kernel,
    Task(&'static Slot<Task>),
}

impl Directory {
    fn base(self) -> PhysAddr {
        match self {
            Self::Kernel => bootstrap::kernel_directory(),
            Self::Task(task) => task.directory,
        }
    }

    /// Returns the task and the process to which the mappings of a slot belong;
    /// none if the slot is searched in another directory.
    fn whose(self, slot: u32) -> Option<(u32, u32)> {
        match self {
            Self::Kernel => slot_is_global(slot).then_some((0, 0)),
            Self::Task(_) if slot_is_global(slot) => None,
            Self::Task(task) if slot_is_per_task(slot) => {
                Some((task.id(), task.process))
            }
            Self::Task(task) => {
                let newest = task.process()?.tasks().next()?;
                (newest.id() == task.id()).then_some((0, task.process))
            }
        }
    }
}

impl Collector for Mapping {
    const SOURCES: &'static [Structure] =
        &[Structure::Processes, Structure::Tasks, Structure::Lists];

    /// Pushes the mappings of the frame with this number.
    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let window = asked.window;
        let slice = Slice::begin();
        let mut at = Cursor(asked.from);
        while at.directory() <= TASKS.used_slots() {
            let directory = match at.directory().checked_sub(1) {
                None => Some(Directory::Kernel),
                Some(index) => TASKS.in_slot(index).map(Directory::Task),
            };
            at = match directory {
                None => at.next_directory(),
                Some(directory) => {
                    if !search(window, directory, at, asked.of, sink) {
                        return Ok(());
                    }
                    following(window, directory, at)
                }
            };
            if slice.is_over(sink) {
                sink.stop(at.0);
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Returns the position of the next table to be searched.
fn following(
    window: &mut PhysicalWindow,
    directory: Directory,
    at: Cursor,
) -> Cursor {
    let mut next = at.next_slot();
    let Ok(slots) = window.table(directory.base()) else {
        return at.next_directory();
    };
    while next.directory() == at.directory() {
        let is_present = Entry(slots[next.slot() as usize]).is_present();
        if is_present && directory.whose(next.slot()).is_some() {
            break;
        }
        next = next.next_slot();
    }
    next
}

/// Searches the table in one directory slot. Returns false if the sink is full;
/// it then knows where to continue.
fn search(
    window: &mut PhysicalWindow,
    directory: Directory,
    at: Cursor,
    frame: u32,
    sink: &mut RowSink<'_>,
) -> bool {
    let Some((task, process)) = directory.whose(at.slot()) else { return true };
    let Ok(slots) = window.table(directory.base()) else { return true };
    let slot = Entry(slots[at.slot() as usize]);
    if !slot.is_present() || slot.has(Entry::LARGE) {
        return true;
    }
    let Ok(table) = window.table(slot.frame()) else { return true };
    let wanted = Entry::new(PhysAddr(frame * PAGE_BYTES), 0);
    let groups = (0..).zip(table.as_chunks::<GROUP>().0);
    for (group, entries) in groups.skip(at.group() as usize) {
        let id = at.0 - at.group() + group;
        let mark = sink.mark();
        for (index, &raw) in (0..).zip(entries) {
            if (raw ^ wanted.0) & COMPARED_BITS != 0 {
                continue;
            }
            let page = group * GROUP as u32 + index;
            let rights = slot.0 & raw;
            let row = Mapping {
                task,
                process,
                address: VirtAddr(at.slot() * SLOT_BYTES + page * PAGE_BYTES),
                writable: rights & Entry::WRITABLE != 0,
                user: rights & Entry::USER != 0,
            };
            if !sink.push(id, &row) {
                // The whole group will be searched again.
                sink.rewind(mark);
                return false;
            }
        }
    }
    true
}

/// The bits that all entries for the frame have in common.
const COMPARED_BITS: u32 = !(PAGE_BYTES - 1) | Entry::PRESENT;
