//! An instruction's prefixes.
//!
//! Spec: Intel SDM vol. 2, "Instruction Prefixes".

/// How long an instruction can be, in bytes; the processor faults at a longer
/// one.
pub(crate) const LONGEST: usize = 15;

/// Which prefixes an instruction has.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Prefixes {
    /// Whether operands have 16 bits.
    pub(crate) operand_size: bool,
    /// Whether addresses have 16 bits.
    pub(crate) address_size: bool,
    /// The last of REPNE and REP.
    pub(crate) repeat: Option<u8>,
    /// LOCK.
    pub(crate) lock: bool,
}

impl Prefixes {
    /// How long an instruction can be, in bytes, with its prefixes.
    pub const LONGEST: u32 = LONGEST as u32;

    /// Returns whether `byte` is a prefix, whichever instruction follows.
    #[must_use]
    pub const fn has(byte: u8) -> bool {
        matches!(
            byte,
            0x26 | 0x2E | 0x36 | 0x3E | 0x64..=0x67 | 0xF0 | 0xF2 | 0xF3
        )
    }

    /// Splits an instruction's prefixes from the rest of `code`; none if it
    /// has so many that it is no instruction, or `code` ends amid them.
    pub(crate) fn split(code: &[u8]) -> Option<(Self, &[u8])> {
        let mut prefixes = Self::default();
        let mut rest = code;
        for _ in 0..LONGEST {
            let (first, others) = rest.split_first()?;
            if !Self::has(*first) {
                return Some((prefixes, rest));
            }
            match first {
                0x66 => prefixes.operand_size = true,
                0x67 => prefixes.address_size = true,
                0xF2 | 0xF3 => prefixes.repeat = Some(*first),
                0xF0 => prefixes.lock = true,
                // Those of segments, and hints, change nothing that matters
                // here.
                _ => {}
            }
            rest = others;
        }
        None
    }
}
