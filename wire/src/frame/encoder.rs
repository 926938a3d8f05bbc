//! Writes frames.

use super::bytes::{ESCAPE, ESCAPE_XOR, Kind, is_flow_control, must_escape};

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
