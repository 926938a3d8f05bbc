//! The program that executes every case and stores what it leaves behind.
//!
//! Its image is made here, so that the addresses are known here. Each case is
//! straight code: it loads memory, flags and registers, executes its
//! instruction, and stores everything in a place of its own.

use super::case::{Case, Word};
use super::memory::{DATA, DATA_BYTES, START};

/// Where the program counts how often it has executed all cases.
pub const DONE: u32 = START + 0xE00;
/// Where the last case jumps.
const END: u32 = START + 0xE04;
/// The masks of the interrupt controllers, which ring 0 restores.
const MASKS: u32 = START + 0xE08;
/// EFLAGS before a case.
const FLAGS: u32 = START + 0xE10;
/// What it holds before each case.
const TEMPLATE: u32 = START + 0x3000;
const CASES: u32 = START + 0x4000;
/// General registers, EFLAGS, whether control was transferred, and `DATA`.
const OUTCOME_BYTES: u32 = 4 * 10 + DATA_BYTES;
const PAGE: u32 = 0x1000;

/// Where a case is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Where its state is loaded.
    pub begin: u32,
    /// Its instruction.
    pub instruction: u32,
    /// The end of its instruction.
    pub after: u32,
    /// Where control is transferred to.
    pub taken: u32,
    /// Where it gets either way, to store what it leaves behind.
    pub end: u32,
    outcome: u32,
}

/// What a case leaves behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The general registers, by number.
    pub registers: [u32; 8],
    /// EFLAGS.
    pub flags: u32,
    /// 1 if control was transferred.
    pub taken: u32,
    /// `DATA`.
    pub data: Vec<u32>,
}

impl Outcome {
    /// Returns which parts of `other` differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> String {
        let parts = |it: &Self| {
            let fixed = [it.flags, it.taken];
            [&it.registers[..], &fixed, &it.data].concat()
        };
        const NAMES: [&str; 10] = [
            "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eflags",
            "taken",
        ];
        let pairs = parts(self).into_iter().zip(parts(other)).enumerate();
        let differ = pairs.filter(|(_, (one, other))| one != other);
        let texts = differ.map(|(index, (one, other))| {
            let name = match NAMES.get(index) {
                Some(name) => (*name).to_owned(),
                None => format!("[{:#x}]", 4 * (index - NAMES.len())),
            };
            format!("{name}: {one:x}, {other:x}")
        });
        texts.collect::<Vec<_>>().join("; ")
    }
}

/// A program, and where its cases are.
#[derive(Clone, Debug)]
pub struct Program {
    memory: Vec<u8>,
    /// Where each case is.
    pub places: Vec<Place>,
    /// Its first instruction in ring 3.
    pub entry: u32,
    /// Its first instruction in ring 0.
    pub kernel_entry: u32,
    /// Where it stays when it is done, in ring 3.
    pub spin: u32,
    /// Where it stops when it is done, in ring 0: after an `int3`.
    pub kernel_end: u32,
    /// The end of its cases.
    pub end: u32,
    outcomes: u32,
}

impl Program {
    /// Returns the program that executes `cases` in `ring`. By itself, it does
    /// so only in ring 3.
    #[must_use]
    pub fn of(cases: &[Case], ring: u8) -> Self {
        let longest = 512 * cases.len() as u32;
        let outcomes = (CASES + longest).next_multiple_of(PAGE);
        let mut program = Self {
            memory: vec![0; (CASES - START) as usize],
            places: Vec::new(),
            entry: 0,
            kernel_entry: 0,
            spin: 0,
            kernel_end: 0,
            end: 0,
            outcomes,
        };
        for at in 0..DATA_BYTES {
            let place = (TEMPLATE - START + at) as usize;
            program.memory[place] = (at * 37 + 11) as u8;
        }
        for (case, outcome) in
            cases.iter().zip((outcomes..).step_by(OUTCOME_BYTES as usize))
        {
            program.add(case, outcome);
        }
        // jmp [END]
        program.code(&[0xFF, 0x25], &[END]);
        program.begin_and_end();
        if ring == 0 {
            program.entry = program.end;
        }
        assert!(program.here() < outcomes, "the code is too long");
        program
    }

    /// Returns the image, as a boot module.
    #[must_use]
    pub fn image(&self) -> Vec<u8> {
        const HEADERS: u32 = PAGE;
        let len = self.memory.len() as u32;
        let all = self.outcomes - START + self.outcomes_bytes();
        let mut image = b"\x7fELF\x01\x01\x01".to_vec();
        image.resize(16, 0);
        let half = |image: &mut Vec<u8>, values: &[u16]| {
            image.extend(values.iter().flat_map(|it| it.to_le_bytes()));
        };
        let word = |image: &mut Vec<u8>, values: &[u32]| {
            image.extend(values.iter().flat_map(|it| it.to_le_bytes()));
        };
        // An executable for the i386, with one segment for everything.
        half(&mut image, &[2, 3]);
        word(&mut image, &[1, self.entry, 52, 0, 0]);
        half(&mut image, &[52, 32, 1, 0, 0, 0]);
        word(&mut image, &[1, HEADERS, START, START, len, all, 7, PAGE]);
        image.resize(HEADERS as usize, 0);
        image.extend(&self.memory);
        image
    }

    /// Returns where all outcomes are.
    #[must_use]
    pub fn outcomes_at(&self) -> u32 {
        self.outcomes
    }

    /// Returns how long all outcomes are.
    #[must_use]
    pub fn outcomes_bytes(&self) -> u32 {
        self.places.len() as u32 * OUTCOME_BYTES
    }

    /// Returns the outcomes in `bytes`, which were read from
    /// [`Self::outcomes_at`].
    ///
    /// # Panics
    ///
    /// Panics if they are not all there.
    #[must_use]
    pub fn outcomes(&self, bytes: &[u8]) -> Vec<Outcome> {
        let outcome = |place: &Place| {
            let at = (place.outcome - self.outcomes) as usize;
            let bytes = &bytes[at..][..OUTCOME_BYTES as usize];
            let words = bytes.as_chunks().0.iter();
            let words: Vec<_> =
                words.map(|word| u32::from_le_bytes(*word)).collect();
            Outcome {
                registers: words[..8].try_into().expect("there are eight"),
                flags: words[8],
                taken: words[9],
                data: words[10..].to_vec(),
            }
        };
        self.places.iter().map(outcome).collect()
    }

    fn here(&self) -> u32 {
        START + self.memory.len() as u32
    }

    /// Appends an instruction: opcodes, then words.
    fn code(&mut self, opcodes: &[u8], words: &[u32]) {
        self.memory.extend(opcodes);
        self.memory.extend(words.iter().flat_map(|it| it.to_le_bytes()));
    }

    /// Copies `DATA_BYTES` by `rep movsd`.
    fn copy(&mut self, from: u32, to: u32) {
        self.code(&[0xFC, 0xBE], &[from]);
        self.code(&[0xBF], &[to]);
        self.code(&[0xB9], &[DATA_BYTES / 4]);
        self.code(&[0xF3, 0xA5], &[]);
    }

    fn add(&mut self, case: &Case, outcome: u32) {
        /// Room enough for what loads a case's state.
        const ROOM: u32 = 256;
        /// How long `mov dword [address], 1` is.
        const MARK_BYTES: u8 = 10;
        let begin = self.here();
        let mut instruction = begin + ROOM;
        if let Some(left) = case.left_in_page {
            instruction = instruction.next_multiple_of(PAGE) - left;
            if instruction < begin + ROOM {
                instruction += PAGE;
            }
        }
        let after = instruction + case.code.len() as u32;
        let taken = after + 2;
        let end = taken + u32::from(MARK_BYTES);
        self.copy(TEMPLATE, DATA);
        for (at, word) in &case.words {
            let at = DATA + at;
            match word {
                Word::Is(value) => self.code(&[0xC7, 0x05], &[at, *value]),
                Word::Taken => self.code(&[0xC7, 0x05], &[at, taken]),
                // xor eax, eax; mov eax, cs or ss; mov [at], eax
                Word::Cs => self.code(&[0x31, 0xC0, 0x8C, 0xC8, 0xA3], &[at]),
                Word::Ss => self.code(&[0x31, 0xC0, 0x8C, 0xD0, 0xA3], &[at]),
            }
        }
        self.code(&[0xC7, 0x05], &[outcome + 36, 0]);
        self.code(&[0xC7, 0x05], &[FLAGS, case.flags]);
        // mov esp, FLAGS; popf
        self.code(&[0xBC], &[FLAGS]);
        self.code(&[0x9D], &[]);
        for (opcode, value) in (0xB8..).zip(case.registers) {
            self.code(&[opcode], &[value]);
        }
        // jmp to the instruction
        let distance = instruction - (self.here() + 5);
        self.code(&[0xE9], &[distance]);
        assert!(self.here() <= instruction, "there is no room: {case:?}");
        self.memory.resize((instruction - START) as usize, 0x90);
        self.code(&case.code, &[]);
        // Unless control is transferred, the mark stays 0.
        self.code(&[0xEB, MARK_BYTES], &[]);
        self.code(&[0xC7, 0x05], &[outcome + 36, 1]);
        self.code(&[0xA3], &[outcome]);
        for number in 1..8_u8 {
            let place = outcome + 4 * u32::from(number);
            self.code(&[0x89, number << 3 | 5], &[place]);
        }
        // pushf into the outcome
        self.code(&[0xBC], &[outcome + 36]);
        self.code(&[0x9C], &[]);
        self.copy(DATA, outcome + 40);
        self.places.push(Place {
            begin,
            instruction,
            after,
            taken,
            end,
            outcome,
        });
    }

    /// Appends what leads to the first case, and away from the last one.
    fn begin_and_end(&mut self) {
        let jump_to_cases = |program: &mut Self| {
            let distance = CASES.wrapping_sub(program.here() + 5);
            program.code(&[0xE9], &[distance]);
        };
        // inc dword [DONE]; jmp itself
        self.end = self.here();
        self.code(&[0xFF, 0x05], &[DONE]);
        self.spin = self.here();
        self.code(&[0xEB, 0xFE], &[]);
        self.entry = self.here();
        self.code(&[0xC7, 0x05], &[END, self.end]);
        jump_to_cases(self);
        // In ring 0 no interrupt must use the stack: in al, 0x21; mov [], al;
        // in al, 0xa1; mov [], al; mov al, 0xff; out 0x21, al; out 0xa1, al
        let kernel_end = self.here();
        self.code(&[0xA0], &[MASKS]);
        self.code(&[0xE6, 0x21, 0xA0], &[MASKS + 1]);
        self.code(&[0xE6, 0xA1, 0xCC], &[]);
        self.kernel_end = self.here();
        self.code(&[0xEB, 0xFE], &[]);
        self.kernel_entry = self.here();
        self.code(&[0xE4, 0x21, 0xA2], &[MASKS]);
        self.code(&[0xE4, 0xA1, 0xA2], &[MASKS + 1]);
        self.code(&[0xB0, 0xFF, 0xE6, 0x21, 0xE6, 0xA1], &[]);
        self.code(&[0xC7, 0x05], &[END, kernel_end]);
        jump_to_cases(self);
    }
}
