//! The other end as a debugger: frames, acknowledgements, run lengths.

use crate::line::FakeLine;
use wire::frame::checksum;

/// What gdb 13 says of itself.
pub(crate) const GDB: &str = "qSupported:multiprocess+;swbreak+;hwbreak+;\
    qRelocInsn+;fork-events+;vfork-events+;exec-events+;vContSupported+;\
    QThreadEvents+;no-resumed+;memory-tagging+;xmlRegisters=i386";

/// What lldb 14 says of itself.
pub(crate) const LLDB: &str = "qSupported:xmlRegisters=i386,arm,mips,arc;multiprocess+;\
    fork-events+;vfork-events+";

/// What lldb 23 says of itself.
pub(crate) const LLDB_23: &str = "qSupported:xmlRegisters=i386,arm,mips,arc;\
    multiprocess+;fork-events+;vfork-events+;swbreak+;hwbreak+;\
    qXfer:libraries:read+;qXfer:libraries-svr4:read+";

/// A debugger's end of the line.
#[derive(Clone)]
pub(crate) struct Debugger {
    pub(crate) line: FakeLine,
}

impl Debugger {
    /// Sends a packet, and expects it to be acknowledged.
    pub(crate) fn say(&self, body: impl AsRef<[u8]>) {
        self.line.give(&frame(body.as_ref()));
        assert_eq!(char::from(self.line.take()), '+');
    }

    /// Waits for a reply and acknowledges it.
    pub(crate) fn hear(&self) -> String {
        let reply = self.hear_silently();
        self.line.give(b"+");
        reply
    }

    /// Waits for a reply.
    pub(crate) fn hear_silently(&self) -> String {
        assert_eq!(char::from(self.line.take()), '$');
        let mut body = Vec::new();
        loop {
            match self.line.take() {
                b'#' => break,
                byte => body.push(byte),
            }
        }
        let digits = [self.line.take(), self.line.take()];
        let digits = String::from_utf8_lossy(&digits).into_owned();
        assert_eq!(digits, format!("{:02x}", checksum(&body)));
        expand(&body)
    }

    /// Sends a packet and returns the reply.
    pub(crate) fn ask(&self, body: impl AsRef<[u8]>) -> String {
        self.say(body);
        self.hear()
    }

    /// Expects that nothing is under way in either direction.
    pub(crate) fn expect_silence(&self) {
        assert_eq!(String::from_utf8_lossy(&self.line.taken()), "");
    }
}

/// Returns `body` in a frame.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    let end = format!("#{:02x}", checksum(body));
    [b"$", body, end.as_bytes()].concat()
}

/// Undoes run lengths.
fn expand(body: &[u8]) -> String {
    let mut text = String::new();
    let mut bytes = body.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == b'*' {
            let count = usize::from(bytes.next().expect("a count") - 29);
            let last = text.chars().last().expect("what to repeat");
            text.extend(std::iter::repeat_n(last, count));
        } else {
            text.push(byte.into());
        }
    }
    text
}

/// Returns the bytes that `digits` spell.
pub(crate) fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| wire::hex::byte(pair[0], pair[1]).expect("two digits"))
        .collect()
}
