//! What the console prints about a serial port.

use crate::devices::console::print_line;
use crate::devices::serial::SerialPort;
use stub::embed::SerialLine;
use uart::Model;

/// What was found at a port.
#[derive(Clone, Copy)]
pub(crate) struct DetectedPort {
    number: u8,
    model: Model,
    baud: u32,
    interrupts_at: u8,
}

impl DetectedPort {
    pub(crate) fn at(number: u8, port: &SerialPort) -> Self {
        Self {
            number,
            model: port.model(),
            baud: port.baud(),
            interrupts_at: port.interrupts_at(),
        }
    }

    /// Prints the port's model and rate, and what it is used for.
    pub(crate) fn report(&self, purpose: &str) {
        print_line!(
            purpose,
            ": com",
            u32::from(self.number),
            if self.model == Model::N8250 { " is an " } else { " is a " },
            self.model.name(),
            " at ",
            self.baud,
            " baud, read every ",
            u32::from(self.interrupts_at),
            " bytes",
        );
    }
}
