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
        let mut list = Self { words: [[0; 4]; MAX_IDS], len: 0 };
        for (word, id) in list.words.iter_mut().zip(all) {
            *word = id.to_le_bytes();
            list.len += 1;
        }
        list
    }

    pub(super) fn ids(&self) -> Ids<'_> {
        let words = self.words.get(..self.len).unwrap_or(&[]);
        Ids::from_le_bytes(words.as_flattened())
    }
}
