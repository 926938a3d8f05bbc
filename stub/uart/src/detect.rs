//! Detects what is at a port: nothing, an 8250, or a later model.
//!
//! A UART is recognised by its interrupt-enable register, in which only four
//! bits exist, and tested by sending to itself in loopback mode. Its model
//! follows from features added later: a scratch register (16450), a FIFO that
//! did not work (16550), and one that does (16550A).

use crate::registers::{Register, Registers};
use uart_16550::spec::FIFO_SIZE;
use uart_16550::spec::registers::{FCR, ISR, LCR, LSR, MCR, WordLength};

/// A model of UART.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Model {
    /// Has no FIFO and no scratch register.
    N8250,
    /// Has no FIFO.
    N16450,
    /// Has a FIFO that does not work.
    N16550,
    /// Has a FIFO of sixteen bytes each way.
    N16550A,
}

impl Model {
    /// Returns its usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::N8250 => "8250",
            Self::N16450 => "16450",
            Self::N16550 => "16550",
            Self::N16550A => "16550A",
        }
    }

    /// Returns whether it has a FIFO that works.
    pub const fn has_fifo(self) -> bool {
        matches!(self, Self::N16550A)
    }

    /// Returns how many bytes its transmitter accepts when empty.
    pub const fn room(self) -> usize {
        if self.has_fifo() { FIFO_SIZE } else { 1 }
    }
}

/// Why a port cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unusable {
    /// Nothing answers at the port.
    Absent,
    /// What was sent in loopback did not come back.
    LoopbackFails,
    /// The UART does not keep the divisor, or no divisor gives this rate
    /// exactly.
    WrongSpeed,
}

impl Unusable {
    /// Returns the reason, as a phrase that follows the port's name.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Absent => " has no UART",
            Self::LoopbackFails => " has a UART that fails its loopback test",
            Self::WrongSpeed => " has a UART that does not take this speed",
        }
    }
}

/// How many times a status is read before the UART counts as hung. In the test
/// a byte takes a tenth of a millisecond, and a port access between a tenth of
/// a microsecond and two microseconds.
const PATIENCE: u32 = 100_000;

/// Detects what is at a port, and leaves it with its interrupts off.
pub(super) fn model(registers: &mut impl Registers) -> Result<Model, Unusable> {
    registers.write(Register::LineControl, 0);
    if !is_present(registers) {
        return Err(Unusable::Absent);
    }
    // Output of the boot loader may still be in the transmitter.
    wait_for(registers, LSR::TRANSMITTER_EMPTY)?;
    registers.write(Register::ModemControl, MCR::LOOP_BACK.bits());
    let model = model_in_loop(registers);
    registers.write(Register::FifoControl, 0);
    // No byte of the test may appear on the line.
    wait_for(registers, LSR::TRANSMITTER_EMPTY)?;
    registers.write(Register::ModemControl, 0);
    drain(registers);
    model
}

fn is_present(registers: &mut impl Registers) -> bool {
    const BITS: u8 = 0x0F;
    let mut has_four_bits = true;
    for written in [0, BITS, 0] {
        registers.write(Register::InterruptEnable, written);
        // A floating bus may still hold the last value written.
        registers.write(Register::Scratch, !written);
        let read = registers.read(Register::InterruptEnable);
        has_four_bits &= read & BITS == written;
    }
    has_four_bits
}

fn model_in_loop(registers: &mut impl Registers) -> Result<Model, Unusable> {
    // At the highest rate, so that the test is short.
    set_divisor(registers, 1)?;
    registers.write(Register::FifoControl, 0);
    drain(registers);
    // Each bit alone, alternating bits, and all bits alike.
    let ones = (0..8).map(|bit| 1 << bit);
    for pattern in ones.chain([0x00, 0xFF, 0x55, 0xAA]) {
        if !comes_back(registers, &[pattern]) {
            return Err(Unusable::LoopbackFails);
        }
    }
    let reset = FCR::RX_FIFO_RESET | FCR::TX_FIFO_RESET;
    let on = FCR::FIFO_ENABLE | reset;
    registers.write(Register::FifoControl, on.bits());
    let found = registers.read(Register::FifoControl);
    let found = ISR::from_bits_retain(found);
    if found.fifo_enabled() {
        let burst = core::array::from_fn::<u8, FIFO_SIZE, _>(|index| {
            (index as u8).wrapping_mul(37)
        });
        let works = comes_back(registers, &burst);
        return Ok(if works { Model::N16550A } else { Model::N16550 });
    }
    if found.contains(ISR::FIFOS_ENABLED1) {
        return Ok(Model::N16550);
    }
    let has_scratch = [0x5A, 0xA5].into_iter().all(|pattern| {
        registers.write(Register::Scratch, pattern);
        // So that a floating bus no longer holds the pattern.
        registers.write(Register::InterruptEnable, 0);
        registers.read(Register::Scratch) == pattern
    });
    Ok(if has_scratch { Model::N16450 } else { Model::N8250 })
}

/// Returns whether exactly the bytes sent are received.
fn comes_back(registers: &mut impl Registers, bytes: &[u8]) -> bool {
    for byte in bytes {
        registers.write(Register::Data, *byte);
    }
    let all = bytes.iter().all(|byte| {
        wait_for(registers, LSR::DATA_READY).is_ok()
            && registers.read(Register::Data) == *byte
    });
    all && wait_for(registers, LSR::TRANSMITTER_EMPTY)
        .is_ok_and(|status| !status.contains(LSR::DATA_READY))
}

/// Waits for a bit of the line status, and returns the whole status.
fn wait_for(registers: &mut impl Registers, bit: LSR) -> Result<LSR, Unusable> {
    let mut statuses = (0..PATIENCE).map(|_| line_status(registers));
    let found = statuses.find(|status| status.contains(bit));
    found.ok_or(Unusable::LoopbackFails)
}

fn line_status(registers: &mut impl Registers) -> LSR {
    LSR::from_bits_retain(registers.read(Register::LineStatus))
}

/// Discards received bytes and pending status.
pub(super) fn drain(registers: &mut impl Registers) {
    for _ in 0..=FIFO_SIZE {
        if !line_status(registers).contains(LSR::DATA_READY) {
            break;
        }
        registers.read(Register::Data);
    }
    registers.read(Register::FifoControl);
    registers.read(Register::ModemStatus);
}

/// Sets the divisor and a character length of eight bits.
pub(super) fn set_divisor(
    registers: &mut impl Registers,
    divisor: u16,
) -> Result<(), Unusable> {
    let eight_bits = LCR::empty().set_word_length(WordLength::EightBits);
    let latch = eight_bits | LCR::DLAB;
    registers.write(Register::LineControl, latch.bits());
    let halves = [Register::Data, Register::InterruptEnable];
    for (half, value) in halves.into_iter().zip(divisor.to_le_bytes()) {
        registers.write(half, value);
    }
    let kept = halves.map(|half| registers.read(half));
    registers.write(Register::LineControl, eight_bits.bits());
    let is_kept = u16::from_le_bytes(kept) == divisor;
    is_kept.then_some(()).ok_or(Unusable::WrongSpeed)
}
