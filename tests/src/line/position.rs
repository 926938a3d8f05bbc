//! What a stream of frames shows of itself to whoever only listens.

/// Where in a stream of frames a byte has led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Position {
    /// Between two frames.
    Between,
    /// In one, before the `#`.
    Body,
    /// Before so many digits of the checksum.
    Checksum(u8),
}

impl Position {
    /// Returns where the next byte leads to.
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
