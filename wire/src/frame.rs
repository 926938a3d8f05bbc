//! Frames on the line: RSP's `$…#cc` and our own `%…#cc`.
//!
//! Both carry RSP's checksum, the sum of the body's bytes modulo 256 in two
//! hexadecimal digits. gdb ignores whole frames that begin with `%`, so the
//! two kinds share one line. A `%` frame escapes the bytes that have a
//! meaning between frames, so a receiver that lost its place finds it again
//! at the next `$` or `%`.

/// Which protocol a frame belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `$`: gdb's remote serial protocol.
    Rsp,
    /// `%`: a query of host-cli or its reply.
    Query,
}

/// RSP's way to ask a running target to stop.
pub const INTERRUPT: u8 = 0x03;
/// Marks that the next byte is escaped.
pub const ESCAPE: u8 = b'}';
/// What an escaped byte of a `%` frame is XORed with. RSP's own 0x20 would
/// turn 0x03 into `#` and `#` into 0x03.
pub const ESCAPE_XOR: u8 = 0x40;

/// After a pause this long within a frame, in milliseconds, its rest is given
/// up. Both ends use this value.
pub const GAP_MS: u32 = 300;

impl Kind {
    /// Returns the byte that begins a frame of this kind.
    #[must_use]
    pub const fn start(self) -> u8 {
        match self {
            Self::Rsp => b'$',
            Self::Query => b'%',
        }
    }
}

/// Returns whether `byte` must be escaped in a `%` frame.
#[must_use]
pub const fn must_escape(byte: u8) -> bool {
    matches!(byte, b'$' | b'#' | b'*' | b'}' | b'%' | INTERRUPT)
}

/// Encodes one frame byte by byte, and keeps the checksum.
#[derive(Clone, Copy, Debug)]
pub struct Encoder {
    sum: u8,
}

impl Encoder {
    /// Starts a frame whose first byte, `kind.start()`, the caller sends.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a frame has a beginning")]
    pub const fn new() -> Self {
        Self { sum: 0 }
    }

    /// Adds a byte that is sent unescaped, and returns it.
    pub const fn plain(&mut self, byte: u8) -> u8 {
        self.sum = self.sum.wrapping_add(byte);
        byte
    }

    /// Returns what to send for `byte`: itself, or [`ESCAPE`] and its escaped
    /// form.
    pub const fn escape(&mut self, byte: u8) -> (u8, Option<u8>) {
        self.escape_if(must_escape(byte), byte)
    }

    /// The same, whatever `byte` is.
    pub const fn escape_if(
        &mut self,
        must: bool,
        byte: u8,
    ) -> (u8, Option<u8>) {
        if must {
            let changed = byte ^ ESCAPE_XOR;
            (self.plain(ESCAPE), Some(self.plain(changed)))
        } else {
            (self.plain(byte), None)
        }
    }

    /// Returns the end of the frame: `#` and the checksum.
    #[must_use]
    pub const fn end(self) -> [u8; 3] {
        let [high, low] = crate::text::hex::digits(self.sum);
        [b'#', high, low]
    }
}

/// Returns whether a line with software flow control takes `byte` for itself:
/// XON or XOFF.
#[must_use]
pub const fn is_flow_control(byte: u8) -> bool {
    matches!(byte, 0x11 | 0x13)
}

/// What a `%` frame escapes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escapes {
    /// What has a meaning in the framing.
    Framing,
    /// XON and XOFF too. The first byte is escaped whatever it is, which asks
    /// the other end to do the same from then on.
    FlowControl,
    /// All control characters but the first byte, so that a line which changes
    /// some of them does not change the frame.
    Control,
}

impl Escapes {
    const fn must(self, is_first: bool, byte: u8) -> bool {
        must_escape(byte)
            || match self {
                Self::Framing => false,
                Self::FlowControl => is_first || is_flow_control(byte),
                Self::Control => !is_first && byte.is_ascii_control(),
            }
    }
}

/// Returns the `%` frame that carries `body`.
pub fn query_frame<B: Default + Extend<u8>>(body: &[u8]) -> B {
    query_frame_with(Escapes::Framing, body)
}

/// Returns the `%` frame that carries `body`, with these escapes.
pub fn query_frame_with<B: Default + Extend<u8>>(
    escapes: Escapes,
    body: &[u8],
) -> B {
    let mut frame = B::default();
    let mut encoder = Encoder::new();
    frame.extend([Kind::Query.start()]);
    for (at, byte) in body.iter().enumerate() {
        let must = escapes.must(at == 0, *byte);
        let (first, second) = encoder.escape_if(must, *byte);
        frame.extend([first]);
        frame.extend(second);
    }
    frame.extend(encoder.end());
    frame
}

/// Returns RSP's checksum of a frame's body.
#[must_use]
pub fn checksum(body: &[u8]) -> u8 {
    body.iter().fold(0, |sum: u8, &byte| sum.wrapping_add(byte))
}

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
    /// [`Escapes::FlowControl`].
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    fn events<const N: usize>(
        decoder: &mut Decoder<N>,
        bytes: &[u8],
    ) -> Vec<Event> {
        bytes
            .iter()
            .map(|byte| decoder.push(*byte))
            .filter(|event| *event != Event::None)
            .collect()
    }

    #[test]
    fn a_known_packet_is_found_in_noise() {
        let mut decoder = Decoder::<8>::new();
        let found = events(&mut decoder, b"x+$g#67\x03-");
        assert_eq!(
            found,
            [
                Event::Noise,
                Event::Ack,
                Event::Frame(Kind::Rsp),
                Event::Interrupt,
                Event::Nak,
            ]
        );
        assert_eq!(decoder.body(), b"g");
    }

    #[test]
    fn bad_long_and_cut_frames_cost_only_themselves() {
        let mut decoder = Decoder::<4>::new();
        assert_eq!(
            events(&mut decoder, b"$g#68$g#zz$12345#ff$m1,$g#67"),
            [
                Event::BadChecksum(Kind::Rsp),
                Event::BadChecksum(Kind::Rsp),
                Event::TooLong(Kind::Rsp),
                Event::Cut(Kind::Rsp),
                Event::Frame(Kind::Rsp),
            ]
        );
    }

    #[test]
    fn a_frame_that_begins_where_digits_should_stand_is_found() {
        for cut in [&b"$g#"[..], b"$g#6", b"%a#", b"%a#6"] {
            let mut decoder = Decoder::<8>::new();
            let found = events(&mut decoder, cut);
            assert_eq!(found, []);
            let found = events(&mut decoder, b"$g#67");
            assert!(matches!(
                found[..],
                [Event::Cut(_), Event::Frame(Kind::Rsp)]
            ));
        }
    }

    #[test]
    fn a_spoiled_frame_is_bad_whatever_its_sum() {
        let mut decoder = Decoder::<8>::new();
        decoder.spoil();
        assert_eq!(events(&mut decoder, b"$g"), []);
        decoder.spoil();
        let found = events(&mut decoder, b"#67$g#67");
        let expected = [Event::BadChecksum(Kind::Rsp), Event::Frame(Kind::Rsp)];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_interrupt_inside_a_body_is_data() {
        let mut decoder = Decoder::<8>::new();
        let found = events(&mut decoder, b"$X\x03#5b");
        assert_eq!(found, [Event::Frame(Kind::Rsp)]);
        assert_eq!(decoder.body(), b"X\x03");
    }

    proptest! {
        #[test]
        fn escapes_keep_the_body_and_spare_their_bytes(
            first in 4_u8..16,
            mut body: Vec<u8>,
        ) {
            body.insert(0, first);
            for escapes in
                [Escapes::Framing, Escapes::FlowControl, Escapes::Control]
            {
                let bytes: Vec<u8> = query_frame_with(escapes, &body);
                let mut decoder = Decoder::<256>::new();
                prop_assert_eq!(
                    events(&mut decoder, &bytes),
                    [Event::Frame(Kind::Query)]
                );
                prop_assert_eq!(decoder.body(), &body[..]);
                let avoids = escapes == Escapes::FlowControl;
                prop_assert_eq!(decoder.avoids_flow_control(), avoids);
                let spared = |byte: &u8| match escapes {
                    Escapes::Framing => false,
                    Escapes::FlowControl => is_flow_control(*byte),
                    Escapes::Control => byte.is_ascii_control(),
                };
                prop_assert!(!bytes[2..].iter().any(spared));
            }
        }

        #[test]
        fn what_is_encoded_is_decoded(body: Vec<u8>) {
            let bytes: Vec<u8> = query_frame(&body);
            let mut decoder = Decoder::<256>::new();
            prop_assert_eq!(
                events(&mut decoder, &bytes),
                [Event::Frame(Kind::Query)]
            );
            prop_assert_eq!(decoder.body(), body);
            let inner = &bytes[1..bytes.len() - 3];
            prop_assert!(!inner.iter().any(|b| b"$#*%\x03".contains(b)));
        }

        #[test]
        fn any_stream_is_survived_and_the_next_frame_found(
            noise: Vec<u8>,
            body: Vec<u8>,
        ) {
            let mut decoder = Decoder::<256>::new();
            events(&mut decoder, &noise);
            decoder.abandon();
            let found = events(&mut decoder, &query_frame::<Vec<u8>>(&body));
            prop_assert_eq!(found, [Event::Frame(Kind::Query)]);
            prop_assert_eq!(decoder.body(), body);
        }
    }
}
