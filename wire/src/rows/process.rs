//! Processes, their tasks, and what a task waits for.

use crate::fields::{Field, Ids, Value, choice, fields};
use layout::{PhysAddr, VirtAddr};
use serde::{Deserialize, Serialize};

fields! {
    /// A process.
    pub struct Process<'a> {
        /// Its id, from 1.
        pub id: u32 => 4,
        /// Its name.
        pub name: &'a str => 20,
        /// The image that it was made from.
        pub image: Option<u32> => 5,
        /// The ids of its tasks.
        #[serde(borrow)]
        pub tasks: Ids<'a> => 20,
        /// The frames that it owns, page tables included.
        pub pages: u32 => 7,
    }
}

fields! {
    /// A task, which gdb calls a thread.
    pub struct Thread<'a> {
        /// Its id, from 1; gdb's thread id as well.
        pub id: u32 => 4,
        /// The id of its process.
        pub process: u32,
        /// Its name.
        pub name: &'a str => 14,
        /// What it is doing.
        pub state: State,
        /// What it waits for.
        pub waits_for: Option<Wait>,
        /// Where it is, or where it will resume in its own program.
        pub eip: VirtAddr,
        /// Its page directory's physical address, as in CR3.
        pub cr3: PhysAddr,
    }
}

choice! {
    /// What a task is doing.
    pub enum State {
        /// It is running on the processor.
        Running,
        /// It is ready to run.
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
        /// It has ended but has not been removed yet.
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
    /// As `timer` and the ticks of a week.
    const WIDTH: usize = 14;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_survives_the_line() {
        let mut bytes = [0; 64];
        let tasks = Ids::from_le_bytes(&[7, 0, 0, 0, 1, 1, 0, 0]);
        let row =
            Process { id: 3, name: "sleeper", image: None, tasks, pages: 40 };
        let used = postcard::to_slice(&row, &mut bytes).expect("it fits");
        assert_eq!(postcard::from_bytes(used), Ok(row));
        assert!(tasks.iter().eq([7, 257]));
    }
}
