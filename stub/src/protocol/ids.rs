//! Thread ids as packets spell them.
//!
//! Spec: GDB manual, "Packets", thread-id.

use wire::hex;
use wire::parts::cut;

/// Which threads a packet refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ThreadId {
    /// Any or all of them.
    Any,
    /// The task with this id.
    Task(u32),
}

impl ThreadId {
    /// Parses `text`. The process in it, if any, is ignored.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let id = match text.strip_prefix(b"p") {
            None => text,
            Some(both) => {
                let (process, task) = cut(both, b'.');
                parse_number(process)?;
                task.unwrap_or(b"-1")
            }
        };
        parse_number(id)
    }
}

fn parse_number(digits: &[u8]) -> Option<ThreadId> {
    Some(match digits {
        b"-1" => ThreadId::Any,
        digits => match hex::number(digits)? {
            0 => ThreadId::Any,
            id => ThreadId::Task(id),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_manual_is_understood() {
        for text in ["0", "-1", "p1", "p1.-1", "p-1.-1", "p0.0"] {
            let id = ThreadId::parse(text.as_bytes());
            assert_eq!(id, Some(ThreadId::Any), "{text}");
        }
        for text in ["1f", "p1.1f", "001f"] {
            let id = ThreadId::parse(text.as_bytes());
            assert_eq!(id, Some(ThreadId::Task(0x1f)), "{text}");
        }
        for text in ["", "p", "px.1", "p1.", "1g", "123456789"] {
            assert_eq!(ThreadId::parse(text.as_bytes()), None, "{text}");
        }
    }
}
