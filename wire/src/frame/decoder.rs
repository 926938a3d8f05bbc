//! Finds frames.

use super::bytes::{ESCAPE, ESCAPE_XOR, INTERRUPT, Kind};

/// What a byte completes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Nothing yet.
    None,
    /// `+` between frames.
    Ack,
    /// `-` between frames.
    Nak,
    /// 0x03 between frames.
    Interrupt,
    /// A byte between frames that has no meaning.
    Noise,
    /// A frame began before the last one, which is of this kind, had ended.
    Cut(Kind),
    /// A complete frame with the right checksum: see [`Decoder::body`].
    Frame(Kind),
    /// The end of a frame whose checksum is wrong or not a number.
    BadChecksum(Kind),
    /// The end of a frame that is longer than the buffer.
    TooLong(Kind),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Between,
    Body(Kind),
    Checksum(Kind),
    SecondDigit(Kind, u8),
}

/// Finds frames in a stream of bytes, whatever else the stream contains.
///
/// Bodies of up to `N` bytes are kept. Those of [`Kind::Query`] are unescaped,
/// those of [`Kind::Rsp`] are left as they were sent.
#[derive(Debug)]
pub struct Decoder<const N: usize> {
    state: State,
    sum: u8,
    len: usize,
    too_long: bool,
    spoiled: bool,
    escaped: bool,
    begins_escaped: bool,
    body: [u8; N],
}

impl<const N: usize> Decoder<N> {
    /// Returns a decoder that waits for a frame.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "const is what callers use")]
    pub const fn new() -> Self {
        Self {
            state: State::Between,
            sum: 0,
            len: 0,
            too_long: false,
            spoiled: false,
            escaped: false,
            begins_escaped: false,
            body: [0; N],
        }
    }

    /// Returns the body of the frame that [`Event::Frame`] reported; valid
    /// until the next [`Self::push`].
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.body.get(..self.len).unwrap_or(&[])
    }

    /// Returns whether the frame that [`Event::Frame`] reported was written with
    /// [`Escapes::FlowControl`](super::Escapes::FlowControl).
    #[must_use]
    pub const fn avoids_flow_control(&self) -> bool {
        self.begins_escaped
    }

    /// Returns whether a frame has started and not ended.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.state != State::Between
    }

    /// Drops a frame that has started, as after a gap in the stream.
    pub const fn abandon(&mut self) {
        self.state = State::Between;
    }

    /// Marks a frame that has started as damaged, because a byte is missing.
    pub const fn spoil(&mut self) {
        self.spoiled = true;
    }

    /// Takes the next byte of the stream.
    pub fn push(&mut self, byte: u8) -> Event {
        match (self.state, byte) {
            (State::Between, _) => self.between(byte),
            (State::Body(kind), _) => self.inside(kind, byte),
            // No digits, but the next frame: the end was lost.
            (
                State::Checksum(kind) | State::SecondDigit(kind, _),
                b'$' | b'%',
            ) => {
                self.between(byte);
                Event::Cut(kind)
            }
            (State::Checksum(kind), _) => {
                self.state = State::SecondDigit(kind, byte);
                Event::None
            }
            (State::SecondDigit(kind, first), _) => {
                self.state = State::Between;
                let is_right =
                    crate::text::hex::byte(first, byte) == Some(self.sum);
                if !is_right || self.escaped || self.spoiled {
                    Event::BadChecksum(kind)
                } else if self.too_long {
                    Event::TooLong(kind)
                } else {
                    Event::Frame(kind)
                }
            }
        }
    }

    fn between(&mut self, byte: u8) -> Event {
        match byte {
            b'$' => self.begin(Kind::Rsp),
            b'%' => self.begin(Kind::Query),
            b'+' => Event::Ack,
            b'-' => Event::Nak,
            INTERRUPT => Event::Interrupt,
            _ => Event::Noise,
        }
    }

    fn inside(&mut self, kind: Kind, byte: u8) -> Event {
        match (kind, byte) {
            // The end of the last frame was lost. A body never contains `$` or
            // `#`; one of RSP may contain `%`.
            (_, b'$') | (Kind::Query, b'%') => {
                self.between(byte);
                return Event::Cut(kind);
            }
            (_, b'#') => {
                self.state = State::Checksum(kind);
                return Event::None;
            }
            _ => {}
        }
        self.sum = self.sum.wrapping_add(byte);
        match (kind, byte) {
            (Kind::Query, ESCAPE) if !self.escaped => {
                self.begins_escaped |= self.len == 0;
                self.escaped = true;
            }
            (Kind::Query, _) if self.escaped => {
                self.escaped = false;
                self.keep(byte ^ ESCAPE_XOR);
            }
            _ => self.keep(byte),
        }
        Event::None
    }

    fn begin(&mut self, kind: Kind) -> Event {
        self.state = State::Body(kind);
        self.sum = 0;
        self.len = 0;
        self.too_long = false;
        self.spoiled = false;
        self.escaped = false;
        self.begins_escaped = false;
        Event::None
    }

    fn keep(&mut self, byte: u8) {
        match self.body.get_mut(self.len) {
            Some(place) => {
                *place = byte;
                self.len = self.len.saturating_add(1);
            }
            None => self.too_long = true,
        }
    }
}
