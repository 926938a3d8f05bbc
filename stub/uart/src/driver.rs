//! The driver of a working UART.

use crate::detect::{self, Model, Unusable};
use crate::rate::{bytes, divisor, trigger};
use crate::registers::{Register, Registers};
use stub::embed::{Port, Received, SerialLine};
use uart_16550::spec::registers::{FCR, IER, LSR, MCR, MSR};

/// A working UART, at 8N1.
#[derive(Debug)]
pub struct Uart<R> {
    registers: R,
    model: Model,
    baud: u32,
    modem_control: MCR,
    overruns: u32,
    /// The status of the byte that will be read next.
    faults: LSR,
}

impl<R: Registers> Uart<R> {
    /// Detects and tests the UART at a port, and sets it to `baud` bits per
    /// second, with its interrupts off.
    ///
    /// # Errors
    ///
    /// Fails if there is no UART, or it does not work.
    pub fn open(mut registers: R, baud: u32) -> Result<Self, Unusable> {
        let divisor = divisor(baud).ok_or(Unusable::WrongSpeed)?;
        let model = detect::model(&mut registers)?;
        detect::set_divisor(&mut registers, divisor)?;
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

    /// Returns the UART's model.
    pub const fn model(&self) -> Model {
        self.model
    }

    /// Returns how many received bytes it takes to raise an interrupt.
    pub fn interrupts_at(&self) -> u8 {
        if self.model.has_fifo() { bytes(trigger(self.baud)) } else { 1 }
    }

    /// Sends `bytes`; calls `wait` repeatedly while the transmitter is busy.
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

    /// Returns the line status. Reading it clears its error bits, so they are
    /// saved.
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

/// The errors that make a received byte count as damaged.
const DAMAGED: LSR = LSR::PARITY_ERROR.union(LSR::FRAMING_ERROR);

impl<R: Registers> SerialLine for Uart<R> {
    #[inline(never)]
    fn receive(&mut self) -> Option<Received> {
        self.registers.look();
        if !self.status().contains(LSR::DATA_READY) {
            return None;
        }
        let byte = self.registers.read(Register::Data);
        // A BREAK comes with a byte of zeros. QEMU reports it while bytes
        // before that one have yet to be read.
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
        // For a BREAK on a quiet line: with the FIFO on, its single byte does
        // not cause an interrupt in QEMU.
        wanted.set(IER::RECEIVER_LINE_STATUS, receive);
        wanted.set(IER::THR_EMPTY, transmit);
        // Off and on again: interrupts are edge-triggered, and an event that is
        // already pending would otherwise never be noticed.
        for enabled in [IER::empty(), wanted] {
            self.registers.write(Register::InterruptEnable, enabled.bits());
        }
        // OUT2 gates the interrupt line, which two ports share: a port that
        // does not use it must leave it off.
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

#[cfg(test)]
mod tests;
