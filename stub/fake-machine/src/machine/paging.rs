//! Its page tables.

use crate::size::HasPaging;
use crate::state::FakeMachine;
use layout::paging::{Table, Tables};
use layout::{PAGE_BYTES, PhysAddr};
use stub::embed::{Memory, NoMemory, Paging};

impl<S: HasPaging> Paging for FakeMachine<S> {
    fn directory(&mut self, task: u32) -> Option<PhysAddr> {
        self.state().tasks.get(&task).map(|task| task.directory)
    }

    fn page_table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        let mut bytes = [0; PAGE_BYTES as usize];
        self.read_physical(frame, &mut bytes)?;
        let words = bytes.as_chunks().0.iter();
        for (entry, word) in self.window.iter_mut().zip(words) {
            *entry = u32::from_le_bytes(*word);
        }
        Ok(&self.window)
    }
}

/// This lets tests walk them too.
impl<S: HasPaging> Tables for FakeMachine<S> {
    type Error = NoMemory;

    fn table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        self.page_table(frame)
    }
}
