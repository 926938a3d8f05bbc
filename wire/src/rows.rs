//! The rows of every table, once: the kernel fills them, the line carries
//! them in postcard's binary form, the host prints them as JSON and text.
//!
//! A new table is a struct here, a variant of [`Table`], and a collector in
//! the kernel.

use layout::VirtAddr;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

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
}

/// A row of one of the tables.
pub trait Row<'a>: Serialize + Deserialize<'a> {
    /// The table that has such rows.
    const TABLE: Table;
}

macro_rules! row {
    ($name:ident $(<$life:lifetime>)?, $table:ident) => {
        impl<'a> Row<'a> for $name $(<$life>)? {
            const TABLE: Table = Table::$table;
        }
    };
}

/// A process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Process<'a> {
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
row!(Process<'a>, Processes);

/// A task, which gdb calls a thread.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Thread<'a> {
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
    pub cr3: layout::PhysAddr,
}
row!(Thread<'a>, Threads);

/// What a task does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// What a task waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wait {
    /// What kind of thing.
    pub kind: WaitKind,
    /// Its id; for a timer the tick at which it fires.
    pub id: u32,
}

/// The kinds of thing that a task can wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// A mailbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mailbox<'a> {
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
row!(Mailbox<'a>, Mailboxes);

/// A message that waits in a mailbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Message<'a> {
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
row!(Message<'a>, Messages);

/// A list of ids: on the line little-endian words, to people a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct Ids<'a>(&'a [u8]);

impl<'a> Ids<'a> {
    /// Wraps the little-endian words in `bytes`.
    #[must_use]
    pub const fn from_le_bytes(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the ids.
    pub fn iter(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.0.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word))
    }
}

impl Serialize for Ids<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !to.is_human_readable() {
            return to.serialize_bytes(self.0);
        }
        let mut list = to.serialize_seq(None)?;
        for id in self.iter() {
            list.serialize_element(&id)?;
        }
        list.end()
    }
}

/// Raw bytes; to people, lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct Bytes<'a>(pub &'a [u8]);

impl core::fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            to.collect_str(self)
        } else {
            to.serialize_bytes(self.0)
        }
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
