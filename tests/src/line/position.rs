//! What a mere listener can tell about a stream of frames.

/// A position in a stream of frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Position {
    /// Between two frames.
    Between,
    /// In one, before the `#`.
    Body,
    /// Before this many digits of the checksum.
    Checksum(u8),
}

impl Position {
    /// Returns the position after the next byte.
    #[must_use]
    pub const fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Between, b'$' | b'%') => Self::Body,
            (Self::Between, _) | (Self::Checksum(..=1), _) => Self::Between,
            (Self::Body, b'#') => Self::Checksum(2),
            (Self::Body, _) => Self::Body,
            (Self::Checksum(left), _) => Self::Checksum(left - 1),
        }
    }
}
