//! A serial line whose other end is an input.

use fake_machine::Clock;
use stub::embed::{Port, Received, SerialLine, Stop};

/// Something that happens to the stub.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// The receiver has this.
    Received(Received),
    /// So many microseconds pass.
    Pause(u32),
    /// Nothing, until the stub has sent what it has to send.
    Quiet,
    /// The other end shows that it is there by these signals.
    Signals(u8),
    /// The processor traps, if the system runs.
    Trap(Stop),
    /// This task comes to this address, if the system runs.
    Reach(u32, u32),
    /// The kernel begins to change a structure, or ends it, if it runs.
    Amid(bool),
    /// From now on every look into memory takes so many microseconds.
    Slow(u32),
}

impl Item {
    /// Returns whether it happens to the machine and not on the line.
    #[must_use]
    pub const fn is_of_machine(self) -> bool {
        matches!(
            self,
            Self::Trap(_) | Self::Reach(..) | Self::Amid(_) | Self::Slow(_)
        )
    }
}

/// More polls than any wait of the stub takes once nothing comes any more.
const PATIENCE: u32 = 10_000;

/// What a 16550 sends and receives at once.
const FIFO_BYTES: usize = 16;

/// The line.
#[derive(Debug)]
pub struct FakeLine {
    /// What happens.
    pub items: Vec<Item>,
    /// How much of it has happened.
    pub at: usize,
    /// What the stub has sent.
    pub sent: Vec<u8>,
    /// Whether the system runs: the stub listens by interrupts.
    pub running: bool,
    /// When the system was first stopped: how much had happened.
    pub stopped_at: Option<usize>,
    /// Whether the stub has something to send.
    pub transmits: bool,
    signals: u8,
    is_quiet: bool,
    left: usize,
    polls: u32,
    clock: Clock,
}

impl FakeLine {
    /// Returns a line on which nothing happens.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            items: Vec::new(),
            at: 0,
            sent: Vec::new(),
            running: true,
            stopped_at: None,
            transmits: false,
            signals: 0,
            is_quiet: false,
            left: usize::MAX,
            polls: 0,
            clock,
        }
    }

    /// Nothing is there, and may never be.
    fn idle(&mut self, us: u32) -> Option<Received> {
        self.polls += 1;
        assert!(
            self.polls < PATIENCE,
            "the stub waits for ever; sent: {}",
            self.sent.escape_ascii()
        );
        self.clock.wait_us(us);
        None
    }
}

impl SerialLine for FakeLine {
    fn receive(&mut self) -> Option<Received> {
        // As much arrives as is sent meanwhile.
        if self.left == 0 {
            self.left = usize::MAX;
            return None;
        }
        self.left -= 1;
        loop {
            let Some(&item) = self.items.get(self.at) else {
                return self.idle(10_000);
            };
            match item {
                Item::Received(received) => {
                    self.at += 1;
                    return Some(received);
                }
                Item::Pause(us) => {
                    self.at += 1;
                    self.clock.wait_us(us);
                    return None;
                }
                // It says that it transmits when its interrupt is served,
                // and when stopped it asks for room.
                Item::Quiet
                    if !self.is_quiet || self.running && self.transmits =>
                {
                    self.is_quiet = true;
                    return None;
                }
                Item::Quiet => {
                    self.is_quiet = false;
                    self.at += 1;
                }
                Item::Signals(signals) => {
                    self.signals = signals;
                    self.at += 1;
                }
                _ if self.running => return self.idle(1_000),
                _ => self.at += 1,
            }
        }
    }

    fn room(&mut self) -> usize {
        self.left = FIFO_BYTES;
        if !self.running {
            self.is_quiet = false;
        }
        FIFO_BYTES
    }

    fn send(&mut self, byte: u8) {
        self.sent.push(byte);
    }

    fn set_interrupts(&mut self, receive: bool, transmit: bool) {
        self.running = receive;
        self.transmits = transmit;
        if !receive && self.stopped_at.is_none() {
            self.stopped_at = Some(self.at);
        }
    }

    fn port(&self) -> Port {
        Port { number: 1, uart: "16550A" }
    }

    fn baud(&self) -> u32 {
        115_200
    }

    fn overruns(&self) -> u32 {
        0
    }

    fn peer_signals(&mut self) -> u8 {
        self.signals
    }
}
