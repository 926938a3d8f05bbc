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
    /// Returns an empty list, to be filled where it is: it is long to copy.
    pub(super) const fn new() -> Self {
        Self { words: [[0; 4]; MAX_IDS], len: 0 }
    }

    /// Makes these the ids of the list.
    pub(super) fn fill(&mut self, all: impl Iterator<Item = u32>) -> Ids<'_> {
        self.len = 0;
        for (word, id) in self.words.iter_mut().zip(all) {
            *word = id.to_le_bytes();
            self.len += 1;
        }
        let words = self.words.get(..self.len).unwrap_or(&[]);
        Ids::from_le_bytes(words.as_flattened())
    }
}
