//! How long the operand of each opcode is, if it is in memory, and whether it
//! is written. Both are packed into a byte; 0 if there is no access.

/// The flag of operands that are written.
pub(super) const WRITES: u8 = 0x80;

/// The operand size. Lesser numbers are lengths in bytes.
pub(super) const WORD: u8 = 0x20;
/// The operand size, and two bytes for a selector.
const FAR: u8 = 0x21;
/// Twice the operand size.
const PAIR: u8 = 0x22;
/// The environment of the x87.
const ENVIRONMENT: u8 = 0x23;
/// Its whole state.
const STATE: u8 = 0x24;
/// The state that `fxsave` saves.
const EXTENDED: u8 = 0x25;

/// Written operands.
const BYTE_W: u8 = 1 | WRITES;
const WORD_W: u8 = WORD | WRITES;

/// The operands of the x87, by opcode and its extension.
#[rustfmt::skip]
const X87: [[u8; 8]; 8] = {
    const W2: u8 = 2 | WRITES;
    const W4: u8 = 4 | WRITES;
    const W8: u8 = 8 | WRITES;
    const W10: u8 = 10 | WRITES;
    const ENVIRONMENT_W: u8 = ENVIRONMENT | WRITES;
    const STATE_W: u8 = STATE | WRITES;
    [
        [4; 8],
        [4, 0, W4, W4, ENVIRONMENT, 2, ENVIRONMENT_W, W2],
        [4; 8],
        [4, W4, W4, W4, 0, 10, 0, W10],
        [8; 8],
        [8, W8, W8, W8, STATE, 0, STATE_W, W2],
        [2; 8],
        [2, W2, W2, W2, 10, 8, W10, W8],
    ]
};

/// Returns the operand of an opcode of one byte.
pub(super) fn of(opcode: u8, modrm: u8) -> u8 {
    let extension = modrm >> 3 & 7;
    let sized = if opcode & 1 == 0 { 1 } else { WORD };
    let written = sized | WRITES;
    match (opcode, extension) {
        // The ALU's: cmp only reads.
        (0x38..=0x3B, _) => sized,
        (0x00..=0x3F, _) if opcode & 7 < 2 => written,
        (0x00..=0x3F, _) if opcode & 7 < 4 => sized,
        (0x80..=0x83, 7) => sized,
        (0x80..=0x83, _) => written,
        // bound, arpl
        (0x62, _) => PAIR,
        (0x63, _) => 2 | WRITES,
        // imul
        (0x69 | 0x6B, _) => WORD,
        // test, xchg, mov
        (0x84 | 0x85 | 0x8A | 0x8B, _) => sized,
        (0x86..=0x89, _) => written,
        (0x8C, _) => 2 | WRITES,
        (0x8E, _) => 2,
        // Shifts and rotations.
        (0xC0 | 0xC1 | 0xD0..=0xD3, _) => written,
        // les, lds
        (0xC4 | 0xC5, _) => FAR,
        (0xC6 | 0xC7, 0) => written,
        (0xD8..=0xDF, _) => {
            let row = X87.get(usize::from(opcode & 7));
            let size = row.and_then(|row| row.get(usize::from(extension)));
            size.copied().unwrap_or(0)
        }
        // not and neg; test, mul, imul, div, idiv
        (0xF6 | 0xF7, 2 | 3) => written,
        (0xF6 | 0xF7, _) => sized,
        // inc and dec; call, jmp, push
        (0xFE | 0xFF, 0 | 1) => written,
        (0xFF, 2 | 4 | 6) => WORD,
        (0xFF, 3 | 5) => FAR,
        _ => 0,
    }
}

/// Returns the operand of an opcode of two bytes, given the second one.
pub(super) const fn of_long(opcode: u8, modrm: u8) -> u8 {
    let extension = modrm >> 3 & 7;
    match (opcode, extension) {
        // sldt, str; lldt, ltr, verr, verw
        (0x00, 0 | 1) => 2 | WRITES,
        (0x00, 2..=5) => 2,
        // sgdt, sidt; lgdt, lidt; smsw; lmsw
        (0x01, 0 | 1) => 6 | WRITES,
        (0x01, 2 | 3) => 6,
        (0x01, 4) => 2 | WRITES,
        (0x01, 6) => 2,
        // lar, lsl
        (0x02 | 0x03, _) => 2,
        // cmovcc; setcc
        (0x40..=0x4F, _) => WORD,
        (0x90..=0x9F, _) => BYTE_W,
        // bt; bts, btr, btc
        (0xA3, _) | (0xBA, 4) => WORD,
        (0xAB | 0xB3 | 0xBB, _) | (0xBA, 5..=7) => WORD_W,
        // shld, shrd
        (0xA4 | 0xA5 | 0xAC | 0xAD, _) => WORD_W,
        // fxsave, fxrstor; ldmxcsr, stmxcsr
        (0xAE, 0) => EXTENDED | WRITES,
        (0xAE, 1) => EXTENDED,
        (0xAE, 2) => 4,
        (0xAE, 3) => 4 | WRITES,
        // imul; popcnt; bsf, bsr
        (0xAF | 0xB8 | 0xBC | 0xBD, _) => WORD,
        // cmpxchg, xadd
        (0xB0 | 0xC0, _) => BYTE_W,
        (0xB1 | 0xC1, _) => WORD_W,
        // lss, lfs, lgs
        (0xB2 | 0xB4 | 0xB5, _) => FAR,
        // movzx, movsx
        (0xB6 | 0xBE, _) => 1,
        (0xB7 | 0xBF, _) => 2,
        // movnti, which ignores the operand size; cmpxchg8b
        (0xC3, _) => 4 | WRITES,
        (0xC7, 1) => 8 | WRITES,
        _ => 0,
    }
}

/// Returns how long an operand is, given the operand size.
pub(super) const fn len_bytes(size: u8, word: u32) -> u32 {
    let is_short = word == 2;
    match size & !WRITES {
        WORD => word,
        FAR => word.saturating_add(2),
        PAIR => word.saturating_mul(2),
        ENVIRONMENT if is_short => 14,
        ENVIRONMENT => 28,
        STATE if is_short => 94,
        STATE => 108,
        EXTENDED => 512,
        len => len as u32,
    }
}
