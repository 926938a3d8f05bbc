//! Ids that a row lists.

use wire::rows::Ids;

/// Ids that a row lists at most; more are left out.
const MAX_IDS: usize = 64;

/// Ids as they are encoded on the line.
pub(super) struct IdList {
    words: [[u8; 4]; MAX_IDS],
    len: usize,
}

impl IdList {
    /// Returns a list of these ids.
    pub(super) fn of(all: impl Iterator<Item = u32>) -> Self {
        let mut list = Self::new();
        all.take(MAX_IDS).for_each(|id| list.add(id));
        list
    }

    const fn new() -> Self {
        Self { words: [[0; 4]; MAX_IDS], len: 0 }
    }

    fn add(&mut self, id: u32) {
        if let Some(word) = self.words.get_mut(self.len) {
            *word = id.to_le_bytes();
            self.len += 1;
        }
    }

    pub(super) fn ids(&self) -> Ids<'_> {
        let words = self.words.get(..self.len).unwrap_or(&[]);
        Ids::from_le_bytes(words.as_flattened())
    }
}
