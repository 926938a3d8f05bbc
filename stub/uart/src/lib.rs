//! The UART of a PC's serial port: an 8250 or one of its descendants.
//!
//! What it is, is found out when it is opened; see [`detect`]. From then on
//! it is a [`Line`]: without a working FIFO one that takes a byte at a time.
//!
//! Spec: National Semiconductor, "PC16550D Universal Asynchronous
//! Receiver/Transmitter with FIFOs", "Registers".
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod detect;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use detect::Model;
use stub::embed::{Line, Port, Received};
use uart_16550::spec::registers::{
    FCR, FifoTriggerLevel, IER, LCR, LSR, MCR, MSR, WordLength,
};

/// The fastest rate, at which the divisor is 1.
pub const FASTEST_BAUD: u32 = 115_200;

/// A register, by its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Register {
    /// What was received, and what is to be sent. With DLAB, the low half
    /// of the divisor.
    Data = 0,
    /// With DLAB, the high half of the divisor.
    InterruptEnable = 1,
    /// Write only; what is read is the interrupt identification.
    FifoControl = 2,
    /// The form of a character, and DLAB.
    LineControl = 3,
    /// DTR, RTS, loopback and OUT2.
    ModemControl = 4,
    /// What was received and sent, and what went wrong.
    LineStatus = 5,
    /// The other side's signals.
    ModemStatus = 6,
    /// An 8250 has none.
    Scratch = 7,
}

/// The registers of one port.
pub trait Registers {
    /// Returns which port it is, from 1.
    fn number(&self) -> u8;

    /// The receiver is looked at.
    fn look(&mut self) {}

    /// From now on it has to be, for it does not interrupt; or it does.
    fn poll(&mut self, _on: bool) {}

    /// Reads a register.
    fn read(&mut self, register: Register) -> u8;

    /// Writes a register.
    fn write(&mut self, register: Register, value: u8);
}

/// Why a port is of no use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unusable {
    /// Nothing answers at the port.
    Absent,
    /// What was sent in a loop has not come back.
    LoopbackFails,
    /// The UART does not keep the divisor, or there is none for this rate.
    WrongSpeed,
}

impl Unusable {
    /// Returns the reason, to follow the port's name.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Absent => " has no UART",
            Self::LoopbackFails => " has a UART that fails its loopback test",
            Self::WrongSpeed => " has a UART that does not take this speed",
        }
    }
}

/// A UART that works, at 8N1.
#[derive(Debug)]
pub struct Uart<R> {
    registers: R,
    model: Model,
    baud: u32,
    modem_control: MCR,
    overruns: u32,
    /// What the status said of the byte that is to be read next.
    faults: LSR,
}

impl<R: Registers> Uart<R> {
    /// Finds out what is at a port, tests it, and sets it to `baud` bits a
    /// second, with its interrupts off.
    ///
    /// # Errors
    ///
    /// Fails if there is no UART, or none that works.
    pub fn open(mut registers: R, baud: u32) -> Result<Self, Unusable> {
        let divisor = divisor(baud).ok_or(Unusable::WrongSpeed)?;
        let model = detect::model(&mut registers)?;
        set_divisor(&mut registers, divisor)?;
        let mut uart = Self {
            registers,
            model,
            baud,
            modem_control: MCR::DTR | MCR::RTS,
            overruns: 0,
            faults: LSR::empty(),
        };
        let mut fifo = FCR::empty();
        if model.has_fifo() {
            fifo = FCR::FIFO_ENABLE | FCR::RX_FIFO_RESET | FCR::TX_FIFO_RESET;
            fifo = fifo.set_fifo_trigger_level(trigger(baud));
        }
        uart.registers.write(Register::FifoControl, fifo.bits());
        detect::drain(&mut uart.registers);
        uart.set_modem_control(uart.modem_control);
        Ok(uart)
    }

    /// Returns what it is.
    pub const fn model(&self) -> Model {
        self.model
    }

    /// Returns at how many bytes the receiver interrupts.
    pub fn interrupts_at(&self) -> u8 {
        if self.model.has_fifo() { bytes(trigger(self.baud)) } else { 1 }
    }

    /// Sends `bytes`; calls `wait` again and again while the transmitter is
    /// busy.
    pub fn send_all(&mut self, bytes: &[u8], wait: fn()) {
        let mut room = 0;
        for &byte in bytes {
            while room == 0 {
                room = self.room();
                if room == 0 {
                    wait();
                }
            }
            self.send(byte);
            room -= 1;
        }
    }

    /// Returns the line's status. Reading it clears what it says of errors,
    /// so that is kept.
    fn status(&mut self) -> LSR {
        let status = self.registers.read(Register::LineStatus);
        let status = LSR::from_bits_retain(status);
        if status.contains(LSR::OVERRUN_ERROR) {
            self.overruns = self.overruns.wrapping_add(1);
        }
        self.faults |= status & DAMAGED.union(LSR::BREAK_INTERRUPT);
        status
    }

    fn set_modem_control(&mut self, control: MCR) {
        self.modem_control = control;
        self.registers.write(Register::ModemControl, control.bits());
    }
}

/// Bytes that arrived damaged.
const DAMAGED: LSR = LSR::PARITY_ERROR.union(LSR::FRAMING_ERROR);

impl<R: Registers> Line for Uart<R> {
    #[inline(never)]
    fn receive(&mut self) -> Option<Received> {
        self.registers.look();
        if !self.status().contains(LSR::DATA_READY) {
            return None;
        }
        let byte = self.registers.read(Register::Data);
        // A BREAK comes with a byte of zeros. QEMU tells of it when bytes
        // before that one are still to be read.
        if self.faults.contains(LSR::BREAK_INTERRUPT) {
            if byte != 0 {
                return Some(Received::Byte(byte));
            }
            self.faults = LSR::empty();
            return Some(Received::Break);
        }
        let is_damaged = self.faults.intersects(DAMAGED);
        self.faults = LSR::empty();
        Some(if is_damaged { Received::Damaged } else { Received::Byte(byte) })
    }

    #[inline(never)]
    fn room(&mut self) -> usize {
        if self.status().contains(LSR::THR_EMPTY) {
            self.model.room()
        } else {
            0
        }
    }

    #[inline(never)]
    fn send(&mut self, byte: u8) {
        self.registers.write(Register::Data, byte);
    }

    #[inline(never)]
    fn set_interrupts(&mut self, receive: bool, transmit: bool) {
        self.registers.poll(!receive);
        let mut wanted = IER::empty();
        wanted.set(IER::DATA_READY, receive);
        // A BREAK on a quiet line: with the FIFO on, its one byte alone does
        // not interrupt in QEMU.
        wanted.set(IER::RECEIVER_LINE_STATUS, receive);
        wanted.set(IER::THR_EMPTY, transmit);
        // Off and on again: the line is edge triggered, and a cause that is
        // there already would otherwise never be heard of.
        for enabled in [IER::empty(), wanted] {
            self.registers.write(Register::InterruptEnable, enabled.bits());
        }
        // OUT2 drives the interrupt line, which two ports share: whoever
        // does not use it must leave it alone.
        let mut control = self.modem_control;
        control.set(MCR::OUT_2_INT_ENABLE, receive || transmit);
        if control != self.modem_control {
            self.set_modem_control(control);
        }
    }

    #[inline(never)]
    fn port(&self) -> Port {
        Port { number: self.registers.number(), uart: self.model.name() }
    }

    #[inline(never)]
    fn baud(&self) -> u32 {
        self.baud
    }

    #[inline(never)]
    fn overruns(&self) -> u32 {
        self.overruns
    }

    #[inline(never)]
    fn peer_signals(&mut self) -> u8 {
        let status = self.registers.read(Register::ModemStatus);
        let status = MSR::from_bits_retain(status);
        status.intersection(MSR::CD | MSR::DSR).bits()
    }
}

/// Returns the divisor for a rate, which must be exact.
pub fn divisor(baud: u32) -> Option<u16> {
    let exact = baud > 0 && FASTEST_BAUD.is_multiple_of(baud);
    exact.then(|| u16::try_from(FASTEST_BAUD / baud).ok()).flatten()
}

fn set_divisor(
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

/// How long a receiver must be able to wait after it has interrupted: as
/// long as eight bytes last on the fastest line. The kernel's interrupts
/// are never off for so long.
const WAIT_US: u32 = 8 * 10 * 1_000_000 / FASTEST_BAUD;

/// Returns the highest trigger that leaves the receiver room for
/// [`WAIT_US`].
fn trigger(baud: u32) -> FifoTriggerLevel {
    const LEVELS: [FifoTriggerLevel; 3] = [
        FifoTriggerLevel::Fourteen,
        FifoTriggerLevel::Eight,
        FifoTriggerLevel::Four,
    ];
    let fits = |level| {
        let left = 16 - u32::from(bytes(level));
        left * 10 * 1_000_000 / baud.max(1) >= WAIT_US
    };
    let found = LEVELS.into_iter().find(|level| fits(*level));
    found.unwrap_or(FifoTriggerLevel::One)
}

const fn bytes(level: FifoTriggerLevel) -> u8 {
    match level {
        FifoTriggerLevel::One => 1,
        FifoTriggerLevel::Four => 4,
        FifoTriggerLevel::Eight => 8,
        FifoTriggerLevel::Fourteen => 14,
    }
}
