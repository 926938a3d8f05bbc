//! The bytes that have a meaning in the framing.

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

/// Returns whether a line with software flow control takes `byte` for itself:
/// XON or XOFF.
#[must_use]
pub const fn is_flow_control(byte: u8) -> bool {
    matches!(byte, 0x11 | 0x13)
}
