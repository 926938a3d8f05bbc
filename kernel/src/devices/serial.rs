//! The PC's four serial ports.

use crate::devices::meter;
use structures::port_bitmap::Ports;
use uart::{Register, Registers, Uart, Unusable};

/// The base port and the IRQ of COM1 to COM4.
const PORTS: [(u16, u8); 4] = [(0x3F8, 4), (0x2F8, 3), (0x3E8, 4), (0x2E8, 3)];

/// A serial port that works.
pub(crate) type SerialPort = Uart<IoPorts>;

/// Returns the IRQ of COM`number`, 1 to 4.
pub(crate) fn irq_of(number: u8) -> u8 {
    PORTS[usize::from(number - 1) % PORTS.len()].1
}

/// Returns the I/O ports of COM`number`, 1 to 4.
pub(crate) fn ports_of(number: u8) -> Ports {
    let (first, _) = PORTS[usize::from(number - 1) % PORTS.len()];
    Ports { first, last: first + 7 }
}

/// Sets COM`number`, 1 to 4, to 8N1 at `baud` bits a second, with its
/// interrupts off.
///
/// # Errors
///
/// Fails if there is no working UART.
pub(crate) fn open(number: u8, baud: u32) -> Result<SerialPort, Unusable> {
    Uart::open(IoPorts { number, first: ports_of(number).first }, baud)
}

/// The registers of one of [`PORTS`].
pub(crate) struct IoPorts {
    number: u8,
    first: u16,
}

impl Registers for IoPorts {
    fn number(&self) -> u8 {
        self.number
    }

    fn look(&mut self) {
        meter::look();
    }

    fn poll(&mut self, on: bool) {
        meter::poll(on);
    }

    fn read(&mut self, register: Register) -> u8 {
        // SAFETY: the ports in `PORTS` belong to serial ports on every PC, and
        // a UART cannot access memory.
        unsafe { x86::io::inb(self.first + register as u16) }
    }

    fn write(&mut self, register: Register, value: u8) {
        // SAFETY: as in `read`.
        unsafe { x86::io::outb(self.first + register as u16, value) }
    }
}
