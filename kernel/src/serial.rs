//! The PC's four serial ports, each a 16550 where there is one.

use crate::port_bitmap::Ports;
use core::sync::atomic::{AtomicU32, Ordering};
use stub::embed::{Line, Received};
use uart_16550::backend::{Backend, PioBackend};
use uart_16550::spec::FIFO_SIZE;
use uart_16550::spec::registers::{FifoTriggerLevel, IER, LSR, MSR};
use uart_16550::{BaudRate, Config, Uart16550};

/// Where the ports stand and which interrupt line each uses: COM1 to COM4.
const PORTS: [(u16, u8); 4] = [(0x3F8, 4), (0x2F8, 3), (0x3E8, 4), (0x2E8, 3)];

/// The data register's offset.
const DATA: u8 = 0;
/// The interrupt-enable register's offset.
const INTERRUPT_ENABLE: u8 = 1;

/// A serial port that is there, at a speed.
pub(crate) struct SerialPort {
    uart: Uart16550<PioBackend>,
    baud: u32,
    overruns: AtomicU32,
    /// What the status said of the byte that is to be read next.
    faults: LSR,
}

/// There is no working 16550 at the port.
#[derive(Clone, Copy)]
pub(crate) struct NoUart;

/// Returns the interrupt line of COM`number`, 1 to 4.
pub(crate) fn line_of(number: u8) -> u8 {
    PORTS[usize::from(number - 1) % PORTS.len()].1
}

/// Returns the I/O ports of COM`number`, 1 to 4.
pub(crate) fn ports_of(number: u8) -> Ports {
    let (first, _) = PORTS[usize::from(number - 1) % PORTS.len()];
    Ports { first, last: first + 7 }
}

impl SerialPort {
    /// Sets COM`number`, 1 to 4, to 8N1 at `baud` bits a second, with its
    /// interrupts off.
    ///
    /// The receiver interrupts at eight bytes of its sixteen (or when they
    /// pause): that leaves 0.7 ms at 115200 before one is lost, and the
    /// kernel's interrupts are never off for so long.
    pub(crate) fn open(number: u8, baud: u32) -> Result<Self, NoUart> {
        let (port, _) = PORTS[usize::from(number - 1) % PORTS.len()];
        // SAFETY: the ports in `PORTS` belong to serial lines on every PC,
        // and each is opened for one purpose only.
        let uart = unsafe { Uart16550::new_port(port) };
        let mut uart = uart.map_err(|_| NoUart)?;
        let baud_rate = BaudRate::from_integer(baud);
        let trigger = Some(FifoTriggerLevel::Eight);
        let config = Config {
            baud_rate,
            fifo_trigger_level: trigger,
            ..Config::DEFAULT
        };
        uart.init(config).map_err(|_| NoUart)?;
        Ok(Self {
            uart,
            baud,
            overruns: AtomicU32::new(0),
            faults: LSR::empty(),
        })
    }

    /// Sends `bytes`; calls `wait` again and again while the transmitter is
    /// busy.
    pub(crate) fn send_all(&mut self, bytes: &[u8], wait: fn()) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let sent = self.uart.send_bytes(rest);
            rest = rest.get(sent..).unwrap_or(&[]);
            if !rest.is_empty() {
                wait();
            }
        }
    }
}

/// Bytes that arrived damaged.
const DAMAGED: LSR = LSR::PARITY_ERROR.union(LSR::FRAMING_ERROR);

impl SerialPort {
    /// Returns the line's status. Reading it clears what it says of errors,
    /// so that is kept.
    fn status(&mut self) -> LSR {
        let status = self.uart.lsr();
        if status.contains(LSR::OVERRUN_ERROR) {
            self.overruns.fetch_add(1, Ordering::Relaxed);
        }
        self.faults |= status & DAMAGED.union(LSR::BREAK_INTERRUPT);
        status
    }
}

impl Line for SerialPort {
    fn receive(&mut self) -> Option<Received> {
        if !self.status().contains(LSR::DATA_READY) {
            return None;
        }
        // SAFETY: the offset is that of the data register.
        let byte = unsafe { self.uart.backend_mut().read(DATA) };
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

    fn room(&mut self) -> usize {
        if self.status().contains(LSR::THR_EMPTY) { FIFO_SIZE } else { 0 }
    }

    fn send(&mut self, byte: u8) {
        // SAFETY: the offset is that of the data register.
        unsafe { self.uart.backend_mut().write(DATA, byte) }
    }

    fn set_interrupts(&mut self, receive: bool, transmit: bool) {
        let mut wanted = IER::empty();
        wanted.set(IER::DATA_READY, receive);
        wanted.set(IER::THR_EMPTY, transmit);
        // Off and on again: the line is edge triggered, and a cause that is
        // there already would otherwise never be heard of.
        for enabled in [IER::empty(), wanted] {
            let backend = self.uart.backend_mut();
            // SAFETY: the offset is that of the interrupt-enable register.
            unsafe { backend.write(INTERRUPT_ENABLE, enabled.bits()) }
        }
    }

    fn baud(&self) -> u32 {
        self.baud
    }

    fn overruns(&self) -> u32 {
        self.overruns.load(Ordering::Relaxed)
    }

    fn peer_signals(&mut self) -> u8 {
        self.uart.msr().intersection(MSR::CD | MSR::DSR).bits()
    }
}
