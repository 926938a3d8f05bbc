//! The serial line.

/// What the receiver holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received {
    /// A byte.
    Byte(u8),
    /// A byte with a framing or parity error.
    Damaged,
    /// A BREAK: the line was held low for longer than a byte takes.
    Break,
}

/// Which serial port the line is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Port {
    /// Its number: 1 for COM1.
    pub number: u8,
    /// The name of the UART, such as `16550A`.
    pub uart: &'static str,
}

/// The serial line: a 16550, or what behaves like one. The crate `uart` has an
/// implementation.
pub trait Line {
    /// Takes the next byte or event from the receiver; none if it is empty.
    fn receive(&mut self) -> Option<Received>;

    /// Returns how many bytes the transmitter accepts now: 0 while it is busy,
    /// up to 16 with a FIFO.
    fn room(&mut self) -> usize;

    /// Gives a byte to the transmitter. Called only while there is
    /// [`room`](Self::room).
    fn send(&mut self, byte: u8);

    /// Selects the events for which the line interrupts. If one of them is
    /// pending already, raises the interrupt again: the PIC is edge-triggered.
    fn set_interrupts(&mut self, receive: bool, transmit: bool);

    /// Returns which port the line is on.
    fn port(&self) -> Port;

    /// Returns the speed, in bits a second.
    fn baud(&self) -> u32;

    /// Returns how many times the receiver has lost bytes to an overrun.
    fn overruns(&self) -> u32;

    /// Returns the signals that show that the other end is there, such as DCD
    /// and DSR, one bit each; 0 if none is wired.
    fn peer_signals(&mut self) -> u8;
}
