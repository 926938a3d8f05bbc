//! What a line may do to bytes.

/// The answer to [`Query::Probe`](super::Query::Probe): marks, and between them
/// the bytes that lines are known to change. XOFF comes before XON, so that a
/// line which obeys them is not left stopped.
pub const LINE_PATTERN: &[u8] =
    b"[line:\x13\x11.\r.\n.\r\n.\xff.\xff\xff.\x80\xc1\x91\x93.\x00\x7f:line]";

/// What [`LINE_PATTERN`] begins with.
pub const LINE_BEGINS: &[u8] = b"[line:";

/// What [`LINE_PATTERN`] ends with.
pub const LINE_ENDS: &[u8] = b":line]";
