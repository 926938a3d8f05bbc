//! The kernel's log: a ring of bytes that holds the latest lines.
//!
//! The ring begins with a header that says where the oldest entry is, where the
//! next one goes, and how they are numbered, so that the bytes can be read
//! wherever they are found, for example in a dump. An entry is its number, its
//! tick, its length, and its text in one piece: where the end of the ring is
//! too close, a mark says so and the ring continues at its start. New entries
//! replace the oldest.
//!
//! Only the kernel writes, but a debugger may read at any moment and find
//! anything: numbers are checked whenever they are read.

use core::{mem, str};

/// The longest text; the rest is cut.
pub const MAX_TEXT_BYTES: usize = 320;

const MAGIC: u32 = u32::from_le_bytes(*b"LOGR");
const VERSION: u32 = 1;

/// The words of the header.
#[derive(Clone, Copy)]
enum Word {
    Magic,
    Version,
    /// The position of the oldest entry, in bytes after the header.
    Start,
    /// The position of the next entry, in bytes after the header.
    End,
    /// The number of the oldest entry.
    First,
    /// The number of the next entry. If equal to the first, the ring is empty.
    Next,
}

const HEADER_BYTES: usize = 24;
/// The number, tick and length before a text.
const PREFIX_BYTES: usize = 12;
const MAX_ENTRY_BYTES: usize = PREFIX_BYTES + MAX_TEXT_BYTES;
/// In place of a length: the ring continues at its start.
const SKIP: u32 = u32::MAX;

/// The smallest ring: room for an entry wherever the next one goes.
pub const MIN_BYTES: usize = HEADER_BYTES + 2 * MAX_ENTRY_BYTES;

/// An entry of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'m> {
    /// One more than the entry's before it.
    pub number: u32,
    /// The tick when it was begun.
    pub tick: u32,
    /// Its text.
    pub text: &'m str,
}

/// The ring, for reading.
#[derive(Clone, Copy)]
pub struct Ring<'m> {
    header: &'m [u8],
    data: &'m [u8],
}

impl<'m> Ring<'m> {
    /// Returns the ring in `bytes`; none if there is no ring.
    pub fn open(bytes: &'m [u8]) -> Option<Self> {
        let (header, data) = bytes.split_at_checked(HEADER_BYTES)?;
        let ring = Self { header, data };
        let is_ring = ring.word(Word::Magic) == MAGIC
            && ring.word(Word::Version) == VERSION
            && bytes.len() >= MIN_BYTES;
        is_ring.then_some(ring)
    }

    /// Returns the entries from number `from` on, oldest first. They end where
    /// one is damaged.
    pub fn entries_from(self, from: u32) -> impl Iterator<Item = Entry<'m>> {
        let mut at = self.word(Word::Start) as usize;
        let first = self.word(Word::First);
        let count = self.word(Word::Next).wrapping_sub(first) as usize;
        let most = self.data.len() / PREFIX_BYTES;
        // Skipping an entry costs no more than reading its prefix.
        (0..count.min(most))
            .map(move |index| {
                let next = self.after(at);
                let number = first.wrapping_add(index as u32);
                (number, mem::replace(&mut at, next))
            })
            .skip_while(move |(number, _)| *number < from)
            .map_while(move |(number, at)| {
                self.entry(at).filter(|entry| entry.number == number)
            })
    }

    fn entry(self, at: usize) -> Option<Entry<'m>> {
        let (number, rest) = take_word(self.data.get(at..)?)?;
        let (tick, rest) = take_word(rest)?;
        let (len, rest) = take_word(rest)?;
        let bytes = rest.get(..len as usize)?;
        // The check of the whole is the faster one, and most texts pass.
        let text = str::from_utf8(bytes).unwrap_or_else(|_| {
            bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
        });
        Some(Entry { number, tick, text })
    }

    /// Returns the position of the entry after the one at `at`.
    fn after(self, at: usize) -> usize {
        let len_at = |at: usize| {
            let place = at.saturating_add(PREFIX_BYTES - 4);
            let place = self.data.get(place..)?;
            take_word(place).map(|(len, _)| len)
        };
        let len = len_at(at).unwrap_or(SKIP) as usize;
        let next = at.saturating_add(PREFIX_BYTES).saturating_add(len);
        // No room for a prefix, and not even for the mark.
        let goes_on = next < self.data.len()
            && len_at(next).is_some_and(|len| len != SKIP);
        if goes_on { next } else { 0 }
    }

    fn word(&self, word: Word) -> u32 {
        let at = 4 * word as usize;
        let word = self.header.get(at..).and_then(take_word);
        word.map_or(0, |(word, _)| word)
    }
}

/// The ring, for adding entries.
pub struct Writer<'m> {
    bytes: &'m mut [u8],
}

impl<'m> Writer<'m> {
    /// Makes an empty ring of `bytes`.
    ///
    /// # Panics
    ///
    /// Panics if there are fewer than [`MIN_BYTES`].
    pub fn create(bytes: &'m mut [u8]) -> Self {
        assert!(bytes.len() >= MIN_BYTES, "too small for a log");
        let mut ring = Self { bytes };
        for word in [Word::Start, Word::End, Word::First, Word::Next] {
            ring.set(word, 0);
        }
        ring.set(Word::Version, VERSION);
        ring.set(Word::Magic, MAGIC);
        ring
    }

    /// Continues the ring in `bytes`; none if there is no ring.
    pub fn open(bytes: &'m mut [u8]) -> Option<Self> {
        Ring::open(bytes)?;
        Some(Self { bytes })
    }

    /// Begins an entry, written at `tick`. It exists once it is finished.
    pub fn begin(self, tick: u32) -> NewEntry<'m> {
        let mut ring = self;
        let mut at = ring.view().word(Word::End) as usize;
        let capacity = ring.bytes.len() - HEADER_BYTES;
        if at > capacity - MAX_ENTRY_BYTES {
            ring.drop_oldest(at, capacity);
            let length = HEADER_BYTES + PREFIX_BYTES - 4;
            ring.put(at.saturating_add(length), SKIP);
            at = 0;
        }
        ring.drop_oldest(at, at + MAX_ENTRY_BYTES);
        NewEntry { ring, at, tick, len: 0 }
    }

    /// Drops the oldest entries while they begin from `from` to before `to`.
    fn drop_oldest(&mut self, from: usize, to: usize) {
        for _ in 0..self.bytes.len() / PREFIX_BYTES {
            let ring = self.view();
            let first = ring.word(Word::First);
            let start = ring.word(Word::Start) as usize;
            let is_empty = first == ring.word(Word::Next);
            if is_empty || !(from..to).contains(&start) {
                return;
            }
            let after = ring.after(start);
            self.set(Word::Start, after as u32);
            self.set(Word::First, first.wrapping_add(1));
        }
        // No sound ring has so many: the header has been overwritten.
        self.set(Word::First, self.view().word(Word::Next));
    }

    fn view(&self) -> Ring<'_> {
        let (header, data) = self.bytes.split_at(HEADER_BYTES);
        Ring { header, data }
    }

    fn set(&mut self, word: Word, value: u32) {
        self.put(4 * word as usize, value);
    }

    /// Writes a word, if it fits there.
    fn put(&mut self, at: usize, value: u32) {
        let place = self.bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
        if let Some(place) = place {
            *place = value.to_le_bytes();
        }
    }
}

/// An entry that is being written.
pub struct NewEntry<'m> {
    ring: Writer<'m>,
    at: usize,
    tick: u32,
    len: usize,
}

impl<'m> NewEntry<'m> {
    /// Appends text. What does not fit is cut.
    pub fn push(&mut self, text: &[u8]) {
        let left = MAX_TEXT_BYTES - self.len;
        let text = &text[..text.len().min(left)];
        let place = self.text_at() + self.len;
        self.ring.bytes[place..place + text.len()].copy_from_slice(text);
        self.len += text.len();
    }

    /// Adds the entry to the ring, and returns the ring.
    pub fn finish(self) -> Writer<'m> {
        let text = self.text_at();
        replace_bad(&mut self.ring.bytes[text..text + self.len]);
        let Self { mut ring, at, tick, len } = self;
        let view = ring.view();
        let (first, next) = (view.word(Word::First), view.word(Word::Next));
        for (index, word) in (0..).zip([next, tick, len as u32]) {
            ring.put(HEADER_BYTES + at + 4 * index, word);
        }
        if first == next {
            ring.set(Word::Start, at as u32);
        }
        ring.set(Word::End, (at + PREFIX_BYTES + len) as u32);
        ring.set(Word::Next, next.wrapping_add(1));
        ring
    }

    const fn text_at(&self) -> usize {
        HEADER_BYTES + self.at + PREFIX_BYTES
    }
}

/// Replaces each byte that is not UTF-8 or that controls a terminal with a `?`.
fn replace_bad(text: &mut [u8]) {
    for byte in text.iter_mut() {
        if byte.is_ascii_control() {
            *byte = b'?';
        }
    }
    let mut good = 0;
    while let Err(error) = str::from_utf8(&text[good..]) {
        good += error.valid_up_to();
        text[good] = b'?';
    }
}

fn take_word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*word), rest))
}

#[cfg(test)]
mod tests;
