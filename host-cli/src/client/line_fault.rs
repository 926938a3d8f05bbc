//! What a line always does to bytes.

use thiserror::Error;
use wire::frame::is_flow_control;
use wire::query::{LINE_BEGINS, LINE_ENDS, LINE_PATTERN};

/// What a line always does to bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum LineFault {
    /// The highest bit is lost.
    #[error("the line carries only seven bits of each byte")]
    SevenBits,
    /// 0xff is doubled or has a meaning.
    #[error("the line speaks telnet, which changes the byte 0xff")]
    Telnet,
    /// CR or LF becomes the other, or both.
    #[error("the line translates ends of lines (CR and LF)")]
    LineEnds,
    /// XON and XOFF do not arrive.
    #[error("the line eats XON and XOFF, the bytes 0x11 and 0x13")]
    FlowControl,
}

impl LineFault {
    /// Every fault; those that a byte for a later one may also suffer from come
    /// first.
    pub(super) const ALL: [Self; 4] =
        [Self::SevenBits, Self::Telnet, Self::LineEnds, Self::FlowControl];

    /// Returns whether it changes `byte`.
    pub(super) const fn changes(self, byte: u8) -> bool {
        match self {
            Self::SevenBits => byte > 0x7F && byte != 0xFF,
            Self::Telnet => byte == 0xFF,
            Self::LineEnds => matches!(byte, b'\r' | b'\n'),
            Self::FlowControl => is_flow_control(byte),
        }
    }

    /// Returns whether `marked` is what stands between the marks of the pattern.
    pub(super) fn is_whole(marked: &[u8]) -> bool {
        marked == sent()
    }

    /// Returns what was done to the pattern if `marked` arrived between its
    /// marks; none if nothing was, or nothing that is known.
    pub(super) fn of(marked: &[u8]) -> Option<Self> {
        let sent = sent();
        let count = |bytes: &[u8], fault: Self| {
            bytes.iter().filter(|byte| fault.changes(**byte)).count()
        };
        let without = |bytes: &[u8], faults: &[Self]| {
            let kept = |byte: &&u8| !faults.iter().any(|f| f.changes(**byte));
            bytes.iter().filter(kept).copied().collect::<Vec<_>>()
        };
        let differs = |fault| count(marked, fault) != count(sent, fault);
        let like =
            |faults: &[Self]| without(marked, faults) == without(sent, faults);
        let all_but = |last: usize| &Self::ALL[Self::ALL.len() - last..];
        match () {
            () if Self::is_whole(marked) => None,
            () if like(&[Self::FlowControl]) => Some(Self::FlowControl),
            () if marked.iter().all(u8::is_ascii) => Some(Self::SevenBits),
            () if like(all_but(2)) => Some(Self::LineEnds),
            () if differs(Self::Telnet) => Some(Self::Telnet),
            () => None,
        }
    }
}

/// Returns what stands between the marks of the pattern.
fn sent() -> &'static [u8] {
    &LINE_PATTERN[LINE_BEGINS.len()..LINE_PATTERN.len() - LINE_ENDS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(change: impl Fn(u8) -> Vec<u8>) -> Option<LineFault> {
        let changed: Vec<_> = sent().iter().flat_map(|b| change(*b)).collect();
        LineFault::of(&changed)
    }

    #[test]
    fn each_change_is_known_by_what_it_leaves() {
        let drop = |what: fn(u8) -> bool| {
            move |byte| if what(byte) { vec![] } else { vec![byte] }
        };
        assert_eq!(of(|byte| vec![byte]), None);
        assert_eq!(of(drop(is_flow_control)), Some(LineFault::FlowControl));
        assert_eq!(of(drop(|b| b == 0x13)), Some(LineFault::FlowControl));
        assert_eq!(of(|byte| vec![byte & 0x7F]), Some(LineFault::SevenBits));
        let double = |byte| vec![byte; if byte == 0xFF { 2 } else { 1 }];
        assert_eq!(of(double), Some(LineFault::Telnet));
        let icrnl = |byte| vec![if byte == b'\r' { b'\n' } else { byte }];
        assert_eq!(of(icrnl), Some(LineFault::LineEnds));
        let onlcr = |byte| match byte {
            b'\n' => b"\r\n".to_vec(),
            byte => vec![byte],
        };
        assert_eq!(of(onlcr), Some(LineFault::LineEnds));
        // A flipped bit is no rule.
        assert_eq!(of(|byte| vec![byte ^ u8::from(byte == b'.')]), None);
    }
}
