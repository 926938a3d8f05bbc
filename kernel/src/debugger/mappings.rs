//! The collector of mappings: every page that shows a given frame.
//!
//! Page tables are searched, not records: what is mapped is what the
//! processor sees. Tables that tasks share are searched once: the global
//! ones in the kernel's own directory, those of a process in that of one of
//! its tasks. As that is long work, it is done in slices, and the id of a
//! row says where to go on.

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

/// Table entries that are searched, and reported, at one go.
const GROUP: usize = 16;
const GROUPS: u32 = (ENTRIES / GROUP) as u32;

/// Where the search is. As the id of a row: 16 bits of place, 10 of slot,
/// 6 of group.
#[derive(Clone, Copy)]
struct Cursor {
    /// 0 is the kernel's own directory; above, slots of the table of tasks.
    place: u32,
    /// The directory slot.
    slot: u32,
    /// Which of the groups of its table.
    group: u32,
}

const _: () = assert!(GROUPS == 1 << 6 && ENTRIES == 1 << 10);

impl Cursor {
    const fn from_number(number: u32) -> Self {
        Self {
            place: number >> 16,
            slot: number >> 6 & 0x3FF,
            group: number & 0x3F,
        }
    }

    const fn number(self) -> u32 {
        self.place << 16 | self.slot << 6 | self.group
    }

    /// Returns the beginning of the next directory slot.
    const fn next_slot(self) -> Self {
        let end = self.slot + 1 == ENTRIES as u32;
        let place = if end { self.place + 1 } else { self.place };
        let slot = if end { 0 } else { self.slot + 1 };
        Self { place, slot, group: 0 }
    }

    const fn next_place(self) -> Self {
        Self { place: self.place + 1, slot: 0, group: 0 }
    }
}

/// A directory that is searched, and for whom.
#[derive(Clone, Copy)]
enum Place {
    Kernel,
    Task(&'static Slot<Task>),
}

impl Place {
    fn directory(self) -> PhysAddr {
        match self {
            Self::Kernel => bootstrap::kernel_directory(),
            Self::Task(task) => task.directory,
        }
    }

    /// Returns the task and the process for which a slot is searched here;
    /// none if it is searched elsewhere.
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
        while at.place <= TASKS.used_slots() {
            let place = match at.place.checked_sub(1) {
                None => Some(Place::Kernel),
                Some(index) => TASKS.in_slot(index).map(Place::Task),
            };
            let next = match place {
                None => at.next_place(),
                Some(place) => {
                    if !search(window, place, at, frame, sink) {
                        return Ok(());
                    }
                    following(window, place, at)
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

/// Returns where the next table is to be searched.
fn following(window: &mut PhysicalWindow, place: Place, at: Cursor) -> Cursor {
    let mut next = at.next_slot();
    let Ok(slots) = window.table(place.directory()) else {
        return at.next_place();
    };
    while next.place == at.place {
        let is_present = Entry(slots[next.slot as usize]).is_present();
        if is_present && place.whose(next.slot).is_some() {
            break;
        }
        next = next.next_slot();
    }
    next
}

/// Searches the table in one directory slot. Returns false if the sink has
/// taken all it can; it knows then where to go on.
fn search(
    window: &mut PhysicalWindow,
    place: Place,
    at: Cursor,
    frame: u32,
    sink: &mut RowSink<'_>,
) -> bool {
    let Some((task, process)) = place.whose(at.slot) else { return true };
    let Ok(slots) = window.table(place.directory()) else { return true };
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
            if (raw ^ wanted.0) & MATTERS != 0 {
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
                // The whole group comes again.
                sink.rewind(mark);
                return false;
            }
        }
    }
    true
}

/// What an entry that shows the frame has in common with another such.
const MATTERS: u32 = !(PAGE_BYTES - 1) | Entry::PRESENT;
