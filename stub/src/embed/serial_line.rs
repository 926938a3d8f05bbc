//! The serial line.

/// What the receiver returns.
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

/// The serial line: a 16550 or something that behaves like one. The crate
/// `uart` has an implementation.
pub trait SerialLine {
    /// Takes the next byte or event from the receiver; none if it is empty.
    /// Must not wait.
    fn receive(&mut self) -> Option<Received>;

    /// Returns how many bytes the transmitter accepts now: 0 while it is busy,
    /// up to 16 with a FIFO. Must not wait.
    fn room(&mut self) -> usize;

    /// Gives a byte to the transmitter. Called at most as many times as
    /// [`room`](Self::room) has just returned.
    fn send(&mut self, byte: u8);

    /// Enables or disables the receive and transmit interrupts. If an enabled
    /// interrupt's condition already holds, the interrupt must be raised again,
    /// because the PIC is edge-triggered. Called with both off when the system
    /// stops, and again before it resumes.
    fn set_interrupts(&mut self, receive: bool, transmit: bool);

    /// Returns which port the line is on.
    fn port(&self) -> Port;

    /// Returns the speed in bits per second.
    fn baud(&self) -> u32;

    /// Returns how many overruns have made the receiver lose bytes since the
    /// line was opened. The count may wrap around.
    fn overruns(&self) -> u32;

    /// Returns the modem signals that show that the other end is present, such
    /// as DCD and DSR, one bit each; 0 if none is wired. Called when a debugger
    /// attaches and, under [`OnLoss::Continue`](super::OnLoss), while the
    /// system is stopped.
    fn peer_signals(&mut self) -> u8;
}
