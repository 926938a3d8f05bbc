//! The collector of mappings: every page that is mapped to a given frame.
//!
//! It searches page tables, not records, because the processor uses those.
//! Shared tables are searched once: the global ones in the kernel's own
//! directory, those of a process in the directory of one of its tasks. Because
//! this takes long, it is done in slices, and a row's id says where to
//! continue.

use crate::debugger::collector::Collector;
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

/// The position of the search. As the id of a row: 16 bits for the directory,
/// 10 for the slot, 6 for the group.
#[derive(Clone, Copy)]
struct Cursor {
    /// 0 is the kernel's own directory; higher numbers are slots in the table
    /// of tasks, plus one.
    directory: u32,
    /// The directory slot.
    slot: u32,
    /// Which of the groups of its table.
    group: u32,
}

const _: () = assert!(GROUPS == 1 << 6 && ENTRIES == 1 << 10);

impl Cursor {
    const fn from_number(number: u32) -> Self {
        Self {
            directory: number >> 16,
            slot: number >> 6 & 0x3FF,
            group: number & 0x3F,
        }
    }

    const fn number(self) -> u32 {
        self.directory << 16 | self.slot << 6 | self.group
    }

    /// Returns the start of the next directory slot.
    const fn next_slot(self) -> Self {
        let end = self.slot + 1 == ENTRIES as u32;
        let directory = if end { self.directory + 1 } else { self.directory };
        let slot = if end { 0 } else { self.slot + 1 };
        Self { directory, slot, group: 0 }
    }

    const fn next_directory(self) -> Self {
        Self { directory: self.directory + 1, slot: 0, group: 0 }
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
    fn collect(
        window: &mut PhysicalWindow,
        frame: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        let slice = Slice::begin();
        let mut at = Cursor::from_number(from);
        while at.directory <= TASKS.used_slots() {
            let directory = match at.directory.checked_sub(1) {
                None => Some(Directory::Kernel),
                Some(index) => TASKS.in_slot(index).map(Directory::Task),
            };
            let next = match directory {
                None => at.next_directory(),
                Some(directory) => {
                    if !search(window, directory, at, frame, sink) {
                        return Ok(());
                    }
                    following(window, directory, at)
                }
            };
            at = next;
            if slice.is_over(sink) {
                sink.stop(at.number());
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
    while next.directory == at.directory {
        let is_present = Entry(slots[next.slot as usize]).is_present();
        if is_present && directory.whose(next.slot).is_some() {
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
    let Some((task, process)) = directory.whose(at.slot) else { return true };
    let Ok(slots) = window.table(directory.base()) else { return true };
    let slot = Entry(slots[at.slot as usize]);
    if !slot.is_present() || slot.has(Entry::LARGE) {
        return true;
    }
    let Ok(table) = window.table(slot.frame()) else { return true };
    let wanted = Entry::new(PhysAddr(frame * PAGE_BYTES), 0);
    let groups = (0..).zip(table.as_chunks::<GROUP>().0);
    for (group, entries) in groups.skip(at.group as usize) {
        let id = Cursor { group, ..at }.number();
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
                address: VirtAddr(at.slot * SLOT_BYTES + page * PAGE_BYTES),
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
