//! The rows of every table, once: the kernel fills them, the line carries
//! them in postcard's binary form, the host prints them as JSON and text.
//!
//! A new table is a struct here, a variant of [`Table`], and a collector in
//! the kernel.

mod lists;

pub use lists::{Attachment, Attachments, Bytes, Ids};

use crate::fields::{Field, Fields, Value, choice, fields};
use layout::{PhysAddr, VirtAddr};
use serde::{Deserialize, Serialize};

/// The tables that a target can list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Table {
    /// [`Process`] rows, by id.
    Processes,
    /// [`Thread`] rows, by id.
    Threads,
    /// [`Mailbox`] rows, by id.
    Mailboxes,
    /// [`Message`] rows of one mailbox, oldest first.
    Messages,
    /// [`Window`] rows, by id.
    Windows,
    /// [`WindowFrame`] rows of one window, first page first.
    WindowFrames,
    /// [`Mapping`] rows of one frame, given by its number, in no order that
    /// means anything.
    Mappings,
    /// [`FrameRun`] rows, by the number of the first frame.
    Frames,
    /// [`AllocatorRun`] rows of one tree, by the first page; see
    /// [`AllocatorId`].
    Allocator,
    /// [`PortRange`] rows, the oldest claim first.
    Ports,
    /// [`LogEntry`] rows, oldest first, by their numbers.
    Log,
    /// [`Descriptor`] rows: those of the GDT, then those of the IDT.
    Descriptors,
}

/// Every table, by its number on the line.
pub(crate) const TABLES: [Table; 12] = [
    Table::Processes,
    Table::Threads,
    Table::Mailboxes,
    Table::Messages,
    Table::Windows,
    Table::WindowFrames,
    Table::Mappings,
    Table::Frames,
    Table::Allocator,
    Table::Ports,
    Table::Log,
    Table::Descriptors,
];

/// A row of one of the tables.
pub trait Row<'a>: Fields + Serialize + Deserialize<'a> {
    /// The table that has such rows.
    const TABLE: Table;
}

/// Declares the rows of a table.
macro_rules! row {
    (
        $(#[$doc:meta])*
        pub struct $name:ident $(<$life:lifetime>)?: $table:ident {
            $($(#[$of:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        fields! {
            $(#[$doc])*
            pub struct $name $(<$life>)? {
                $($(#[$of])* pub $field: $type,)*
            }
        }

        impl<'a> Row<'a> for $name $(<$life>)? {
            const TABLE: Table = Table::$table;
        }
    };
}

row! {
    /// A process.
    pub struct Process<'a>: Processes {
        /// Its id, from 1.
        pub id: u32,
        /// Its name.
        pub name: &'a str,
        /// The ids of its tasks.
        #[serde(borrow)]
        pub tasks: Ids<'a>,
        /// The frames that it owns, page tables included.
        pub pages: u32,
    }
}

row! {
    /// A task, which gdb calls a thread.
    pub struct Thread<'a>: Threads {
        /// Its id, from 1; gdb's thread id as well.
        pub id: u32,
        /// The id of its process.
        pub process: u32,
        /// Its name.
        pub name: &'a str,
        /// What it does.
        pub state: State,
        /// What it waits for.
        pub waits_for: Option<Wait>,
        /// Where it is, or where it goes on in its own program.
        pub eip: VirtAddr,
        /// Its page directory's physical address, as in CR3.
        pub cr3: PhysAddr,
    }
}

choice! {
    /// What a task does.
    pub enum State {
        /// It has the processor.
        Running,
        /// It could run.
        Ready,
        /// It waits for the timer.
        Sleeping,
        /// It waits for room in a mailbox.
        Sending,
        /// It waits for a message.
        Receiving,
        /// It waits for another task.
        Waiting,
        /// It was stopped and has not been resumed.
        Stopped,
        /// It has ended and is not yet gone.
        Zombie,
    }
}

/// What a task waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wait {
    /// What kind of thing.
    pub kind: WaitKind,
    /// Its id; for a timer the tick at which it fires.
    pub id: u32,
}

impl Field for Wait {
    fn value(&self) -> Value<'_> {
        Value::Choice(self.kind as u8, self.kind.name(), Some(self.id))
    }
}

choice! {
    /// The kinds of thing that a task can wait for.
    pub enum WaitKind {
        /// A mailbox.
        Mailbox,
        /// A shared window.
        Window,
        /// The end of a task.
        Task,
        /// A tick of the timer.
        Timer,
    }
}

row! {
    /// A mailbox.
    pub struct Mailbox<'a>: Mailboxes {
        /// Its id, from 1.
        pub id: u32,
        /// The process that created it.
        pub owner_process: u32,
        /// The task that created it.
        pub owner_task: u32,
        /// How many bytes it can hold.
        pub capacity_bytes: u32,
        /// What counts against the capacity, message headers included.
        pub queued_bytes: u32,
        /// How many messages wait.
        pub queued_messages: u32,
        /// The task that waits for a message.
        pub waiting_reader: Option<u32>,
        /// The tasks that wait for room.
        #[serde(borrow)]
        pub waiting_senders: Ids<'a>,
    }
}

row! {
    /// A message that waits in a mailbox.
    pub struct Message<'a>: Messages {
        /// The process that sent it.
        pub from_process: u32,
        /// The task that sent it.
        pub from_task: u32,
        /// The protocol it belongs to.
        pub protocol: u32,
        /// The kind of message within the protocol.
        pub class: u32,
        /// The size of its payload in bytes.
        pub bytes: u32,
        /// The first bytes of its payload.
        #[serde(borrow)]
        pub data: Bytes<'a>,
    }
}

row! {
    /// A shared window.
    pub struct Window<'a>: Windows {
        /// Its id, from 1.
        pub id: u32,
        /// The process that created it.
        pub owner_process: u32,
        /// Its size in pages.
        pub pages: u32,
        /// The mailbox that synchronises its users.
        pub mailbox: Option<u32>,
        /// Where it is mapped.
        #[serde(borrow)]
        pub attachments: Attachments<'a>,
    }
}

row! {
    /// A page of a shared window.
    pub struct WindowFrame: WindowFrames {
        /// The physical address of its frame.
        pub frame: PhysAddr,
    }
}

row! {
    /// A place where a frame is mapped.
    pub struct Mapping: Mappings {
        /// The task in whose directory it is; 0 stands for every task of the
        /// process.
        pub task: u32,
        /// The task's process; 0 stands for every process.
        pub process: u32,
        /// The linear address.
        pub address: VirtAddr,
        /// Whether directory and table both allow writing.
        pub writable: bool,
        /// Whether directory and table both allow ring 3.
        pub user: bool,
    }
}

row! {
    /// Frames in a row with equal owner, kind and number of references.
    pub struct FrameRun<'a>: Frames {
        /// The physical address of the first frame.
        pub first: PhysAddr,
        /// How many frames.
        pub frames: u32,
        /// The process that owns them; none if the system does, or nobody.
        pub owner_process: Option<u32>,
        /// What they are used for; `free` if for nothing.
        pub kind: &'a str,
        /// How many times each is in use: more than 1 for shared windows.
        pub references: u32,
    }
}

row! {
    /// A run of an allocator's tree: busy pages, then free ones.
    pub struct AllocatorRun<'a>: Allocator {
        /// The number of the first page or frame.
        pub start: u32,
        /// How many are busy.
        pub busy: u32,
        /// How many behind them are free.
        pub free: u32,
        /// What the busy ones are used for.
        pub label: &'a str,
    }
}

fields! {
    /// Pages in a row that are mapped alike, as the stub finds them in a task's
    /// page tables. host-cli asks for [`crate::query::Region`] instead, which is
    /// shorter.
    pub struct Region<'a> {
        /// The first address.
        pub start: VirtAddr,
        /// How many pages.
        pub pages: u32,
        /// Whether directory and table both allow writing.
        pub writable: bool,
        /// Whether directory and table both allow ring 3.
        pub user: bool,
        /// The first frame.
        pub physical: PhysAddr,
        /// The row of the address-space table.
        #[serde(borrow)]
        pub row: Option<&'a str>,
    }
}

/// Which tree: the `of` of [`Table::Allocator`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AllocatorId {
    /// Physical frames.
    Frames,
    /// Global memory.
    Global,
    /// The address space of a process.
    Process(u32),
}

impl AllocatorId {
    /// Returns the number that stands on the line.
    #[must_use]
    pub const fn to_number(self) -> u32 {
        match self {
            Self::Frames => 0,
            Self::Global => u32::MAX,
            Self::Process(process) => process,
        }
    }

    /// Returns the tree that a number on the line stands for.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Frames,
            u32::MAX => Self::Global,
            process => Self::Process(process),
        }
    }
}

row! {
    /// A range of I/O ports that a process has claimed.
    pub struct PortRange: Ports {
        /// The first port.
        pub first: u16,
        /// The last port.
        pub last: u16,
        /// The process that may use them.
        pub process: u32,
    }
}

row! {
    /// A line of the kernel's log.
    pub struct LogEntry<'a>: Log {
        /// Its number, counted from 0 at boot.
        pub number: u32,
        /// The timer tick at which it was written.
        pub tick: u32,
        /// What it says; bytes that are not UTF-8 were replaced by `?`.
        pub text: &'a str,
    }
}

row! {
    /// An entry of the GDT or the IDT, and what a TSS holds.
    pub struct Descriptor<'a>: Descriptors {
        /// `GDT` or `IDT`.
        pub table: &'a str,
        /// Its number there; in the IDT, the vector.
        pub index: u32,
        /// What it is: a segment of code or data, a TSS, or a gate.
        pub kind: &'a str,
        /// What it is for; for a vector, its name.
        pub name: &'a str,
        /// Whether it may be used.
        pub present: bool,
        /// The outermost ring that may use it.
        pub ring: u8,
        /// Its selector; for a gate, that of the segment or task behind it.
        pub selector: u16,
        /// Where a segment begins, or where a gate leads.
        pub address: Option<VirtAddr>,
        /// The last offset in a segment.
        pub limit: Option<u32>,
        /// Whether a TSS' task runs or is interrupted.
        pub busy: Option<bool>,
        /// The task that a TSS' task has interrupted.
        pub link: Option<u16>,
        /// Where a TSS' task goes on.
        pub eip: Option<VirtAddr>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_survives_the_line() {
        let mut bytes = [0; 64];
        let tasks = Ids::from_le_bytes(&[7, 0, 0, 0, 1, 1, 0, 0]);
        let row = Process { id: 3, name: "sleeper", tasks, pages: 40 };
        let used = postcard::to_slice(&row, &mut bytes).expect("it fits");
        assert_eq!(postcard::from_bytes(used), Ok(row));
        assert!(tasks.iter().eq([7, 257]));
    }
}
