//! One instruction, the state it starts from, and how it may be prefixed.

use super::memory::{DATA, DATA_BYTES};

/// Registers by number, as in ModR/M bytes.
pub const EAX: usize = 0;
/// The number of ECX.
pub const ECX: usize = 1;
/// The number of EDX.
pub const EDX: usize = 2;
/// The number of ESP.
pub const ESP: usize = 4;

/// The prefixes that choose a segment: ES, CS, SS, DS, FS, GS. Here, all
/// segments are the same.
pub const SEGMENT: [u8; 6] = [0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65];
/// The operand-size prefix.
pub const OPERAND_SIZE: u8 = 0x66;
/// The address-size prefix.
pub const ADDRESS_SIZE: u8 = 0x67;
/// REPNE and REP, which most instructions ignore.
pub const REPEAT: [u8; 2] = [0xF2, 0xF3];
/// LOCK, which most instructions do not allow.
pub const LOCK: u8 = 0xF0;

/// How long an instruction can be.
pub const LONGEST: usize = 15;

/// The flags that are always set, without IF, which ring 3 cannot clear.
const FLAGS: u32 = 2;

/// Where a case can run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ring {
    /// Only in ring 0.
    Zero,
    /// Only in ring 3.
    Three,
    /// In both.
    Both,
}

impl Ring {
    /// Returns whether a case for this ring runs in `ring`, 0 or 3.
    #[must_use]
    pub fn has(self, ring: u8) -> bool {
        match self {
            Self::Zero => ring == 0,
            Self::Three => ring == 3,
            Self::Both => true,
        }
    }
}

/// An instruction, and the state it starts from.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its bytes; sometimes further instructions follow.
    pub code: Vec<u8>,
    /// EFLAGS before it.
    pub flags: u32,
    /// The general registers before it, by number.
    pub registers: [u32; 8],
    /// Words of memory before it, by offset in `DATA`. The others have a
    /// value of their own each.
    pub words: Vec<(u32, Word)>,
    /// Where it can run.
    pub ring: Ring,
    /// How many bytes remain of its page where it begins; none if it may be
    /// anywhere.
    pub left_in_page: Option<u32>,
}

/// A word of memory that is known only where the program is made, or runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// A number.
    Is(u32),
    /// The address to which control transfers.
    Taken,
    /// The selector of the code segment.
    Cs,
    /// The selector of the stack segment, which all data segments share.
    Ss,
}

impl Case {
    /// Returns a case of an instruction whose operands may be anywhere.
    #[must_use]
    pub fn new(code: &[u8]) -> Self {
        let registers = [
            0x1122_3344,
            3,
            0x5566_7788,
            DATA + 0x20,
            DATA + 0x40,
            DATA + 0x28,
            DATA + 8,
            DATA + 0x30,
        ];
        Self {
            code: code.to_vec(),
            flags: FLAGS,
            registers,
            words: Vec::new(),
            ring: Ring::Both,
            left_in_page: None,
        }
    }

    /// Sets a register.
    #[must_use]
    pub fn register(mut self, number: usize, value: u32) -> Self {
        self.registers[number] = value;
        self
    }

    /// Sets flags.
    #[must_use]
    pub fn flags(mut self, flags: u32) -> Self {
        self.flags |= flags;
        self
    }

    /// Sets the word `at` an offset in `DATA`.
    ///
    /// # Panics
    ///
    /// Panics if it is not there.
    #[must_use]
    pub fn word(mut self, at: u32, word: Word) -> Self {
        assert!(at + 4 <= DATA_BYTES, "{at:#x}");
        self.words.push((at, word));
        self
    }

    /// Sets the word on the stack.
    #[must_use]
    pub fn stack(self, words: &[Word]) -> Self {
        let esp = self.registers[ESP] - DATA;
        let words = (esp..).step_by(4).zip(words);
        words.fold(self, |case, (at, word)| case.word(at, *word))
    }

    /// Limits it to a ring.
    #[must_use]
    pub fn only(self, ring: Ring) -> Self {
        Self { ring, ..self }
    }

    /// Returns it with `prefixes`.
    #[must_use]
    pub fn prefixed(&self, prefixes: &[u8]) -> Self {
        Self { code: [prefixes, &self.code].concat(), ..self.clone() }
    }

    /// Returns it without a prefix, and with each of `prefixes`.
    #[must_use]
    pub fn with_each(&self, prefixes: &[u8]) -> Vec<Self> {
        let mut all = vec![self.clone()];
        all.extend(prefixes.iter().map(|prefix| self.prefixed(&[*prefix])));
        all
    }

    /// Returns it as by [`Self::with_each`], and with as many prefixes as an
    /// instruction can have.
    #[must_use]
    pub fn with_most(&self, prefixes: &[u8]) -> Vec<Self> {
        let most = |prefix: &u8| {
            self.prefixed(&vec![*prefix; LONGEST - self.code.len()])
        };
        let mut all = self.with_each(prefixes);
        all.extend(prefixes.iter().map(most));
        all
    }

    /// Returns it as by [`Self::with_most`], and with each pair of prefixes.
    #[must_use]
    pub fn with_pairs(&self, prefixes: &[u8]) -> Vec<Self> {
        let mut all = self.with_most(prefixes);
        for first in prefixes {
            let pair = |second: &u8| self.prefixed(&[*first, *second]);
            all.extend(prefixes.iter().map(pair));
        }
        all
    }
}
