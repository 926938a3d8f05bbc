//! The registers of each model of UART, for tests.

use crate::detect::Model;
use crate::registers::{Register, Registers};
use std::collections::VecDeque;

/// Defects that a port may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// None.
    None,
    /// There is no UART, and reads return all ones.
    Absent,
    /// There is no UART, and reads return the last value written.
    OpenBus,
    /// This data bit is always received as 1.
    StuckBit(u8),
    /// Nothing that is sent arrives.
    Deaf,
    /// The transmitter is never empty.
    Hung,
    /// The high byte of the divisor does not exist.
    HalfDivisor,
    /// It claims that its FIFO works, but loses bytes in it.
    FalseFifo,
}

/// A UART at a port.
#[derive(Debug)]
pub(super) struct Fake {
    model: Model,
    fault: Fault,
    bus: u8,
    interrupt_enable: u8,
    fifo_control: u8,
    line_control: u8,
    modem_control: u8,
    scratch: u8,
    divisor: [u8; 2],
    /// The receiver's contents.
    received: VecDeque<u8>,
    overrun: bool,
    /// The transmitter's contents.
    sending: VecDeque<u8>,
    /// The number of status reads until the transmitter has sent a byte.
    delay: u32,
    /// What was sent on the line.
    pub(super) sent: Vec<u8>,
    /// Register writes, in order.
    pub(super) writes: Vec<(Register, u8)>,
}

/// The number of status reads that sending a byte takes.
const BYTE: u32 = 3;
const DLAB: u8 = 0x80;
const LOOP: u8 = 0x10;

impl Fake {
    pub(super) fn new(model: Model, fault: Fault) -> Self {
        Self {
            model,
            fault,
            bus: 0,
            interrupt_enable: 0x0F,
            fifo_control: 0,
            line_control: DLAB,
            modem_control: 0,
            scratch: 0,
            divisor: [12, 0],
            received: VecDeque::new(),
            overrun: false,
            sending: VecDeque::new(),
            delay: 0,
            sent: Vec::new(),
            writes: Vec::new(),
        }
    }

    /// Receives a byte from the line.
    pub(super) fn arrive(&mut self, byte: u8) {
        if self.received.len() == self.capacity() {
            self.overrun = true;
            if self.capacity() == 1 {
                self.received.clear();
            } else {
                return;
            }
        }
        self.received.push_back(byte);
    }

    pub(super) fn divisor(&self) -> u16 {
        u16::from_le_bytes(self.divisor)
    }

    pub(super) fn register(&self, register: Register) -> u8 {
        match register {
            Register::InterruptEnable => self.interrupt_enable,
            Register::FifoControl => self.fifo_control,
            Register::LineControl => self.line_control,
            Register::ModemControl => self.modem_control,
            _ => panic!("{register:?} is not to be looked at"),
        }
    }

    /// The capacity in each direction.
    fn capacity(&self) -> usize {
        let is_on = self.fifo_control & 1 != 0;
        let has = matches!(self.model, Model::N16550 | Model::N16550A);
        if is_on && has { 16 } else { 1 }
    }

    /// Time passes with each read of the status.
    fn transmit(&mut self) {
        if self.sending.is_empty() || self.fault == Fault::Hung {
            return;
        }
        self.delay += 1;
        if self.delay < BYTE {
            return;
        }
        self.delay = 0;
        let Some(byte) = self.sending.pop_front() else { return };
        if self.modem_control & LOOP == 0 {
            return self.sent.push(byte);
        }
        match self.fault {
            Fault::Deaf => {}
            Fault::StuckBit(bit) => self.arrive(byte | 1 << bit),
            Fault::FalseFifo if self.sending.len() == 12 => {}
            _ if self.model == Model::N16550 && self.capacity() > 1 => {
                self.arrive(byte ^ 0x10);
            }
            _ => self.arrive(byte),
        }
    }

    fn line_status(&mut self) -> u8 {
        self.transmit();
        let is_hung = self.fault == Fault::Hung;
        let is_empty = self.sending.is_empty() && !is_hung;
        let mut status = u8::from(!self.received.is_empty());
        status |= if is_empty { 0x60 } else { 0 };
        status |= if self.overrun { 0x02 } else { 0 };
        self.overrun = false;
        status
    }
}

impl Registers for Fake {
    fn number(&self) -> u8 {
        3
    }

    fn read(&mut self, register: Register) -> u8 {
        match self.fault {
            Fault::Absent => return 0xFF,
            Fault::OpenBus => return self.bus,
            _ => {}
        }
        let latch = self.line_control & DLAB != 0;
        match register {
            Register::Data if latch => self.divisor[0],
            Register::Data => self.received.pop_front().unwrap_or(0),
            Register::InterruptEnable if latch => self.divisor[1],
            Register::InterruptEnable => self.interrupt_enable,
            Register::FifoControl => match self.model {
                Model::N16550 if self.fifo_control & 1 != 0 => 0x81,
                Model::N16550A if self.fifo_control & 1 != 0 => 0xC1,
                _ => 0x01,
            },
            Register::LineControl => self.line_control,
            Register::ModemControl => self.modem_control,
            Register::LineStatus => self.line_status(),
            Register::ModemStatus => 0x20,
            Register::Scratch if self.model == Model::N8250 => 0xFF,
            Register::Scratch => self.scratch,
        }
    }

    fn write(&mut self, register: Register, value: u8) {
        self.bus = value;
        self.writes.push((register, value));
        let latch = self.line_control & DLAB != 0;
        match register {
            Register::Data if latch => self.divisor[0] = value,
            Register::Data => {
                let fits = self.sending.len() < self.capacity();
                assert!(fits, "{value:#x} overruns the transmitter");
                self.sending.push_back(value);
            }
            Register::InterruptEnable if latch => {
                let exists = self.fault != Fault::HalfDivisor;
                self.divisor[1] = if exists { value } else { 0 };
            }
            Register::InterruptEnable => self.interrupt_enable = value & 0x0F,
            Register::FifoControl => {
                // Toggling the enable bit clears both FIFOs, and so do the
                // reset bits.
                let changes = (self.fifo_control ^ value) & 1 != 0;
                if changes || value & 2 != 0 {
                    self.received.clear();
                }
                if changes || value & 4 != 0 {
                    self.sending.clear();
                }
                self.fifo_control = value;
            }
            Register::LineControl => self.line_control = value,
            Register::ModemControl => self.modem_control = value,
            Register::Scratch => self.scratch = value,
            Register::LineStatus | Register::ModemStatus => {}
        }
    }
}
