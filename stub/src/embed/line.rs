//! The serial line.

/// What a receiver holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received {
    /// A byte.
    Byte(u8),
    /// A byte that the receiver knows to be damaged.
    Damaged,
    /// A BREAK: the line was held low for longer than a byte lasts.
    Break,
}

/// Where a serial line is, and what drives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Port {
    /// Its number, as in COM1.
    pub number: u8,
    /// The UART, as people know it, such as `16550A`.
    pub uart: &'static str,
}

/// The serial line: a 16550 or what does as one.
pub trait Line {
    /// Returns what has arrived next.
    fn receive(&mut self) -> Option<Received>;

    /// Returns how many bytes the transmitter takes now: 0 if it is busy,
    /// up to 16 if it has a FIFO.
    fn room(&mut self) -> usize;

    /// Gives a byte to the transmitter, which has room for it.
    fn send(&mut self, byte: u8);

    /// Says for which events the line interrupts, and raises one anew if
    /// its cause is there already.
    fn set_interrupts(&mut self, receive: bool, transmit: bool);

    /// Returns which line it is.
    fn port(&self) -> Port;

    /// Returns the speed in bits a second.
    fn baud(&self) -> u32;

    /// Returns how many times the receiver lost bytes.
    fn overruns(&self) -> u32;

    /// Returns the signals by which the other end shows that it is there,
    /// such as DCD and DSR, a bit each; 0 where none is wired.
    fn peer_signals(&mut self) -> u8;
}
