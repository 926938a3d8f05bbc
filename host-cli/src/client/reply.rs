//! Replies as they come off the line.

use postcard::take_from_bytes;
use std::time::Duration;
use wire::query::{ReplyHead, Trailer, VERSION, checked};

/// A reply, its CRC and version checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// The head that every reply begins with.
    pub head: ReplyHead,
    /// The answer itself; its format depends on the query.
    pub body: Vec<u8>,
    /// What the query cost the target.
    pub trailer: Trailer,
    /// The time since the request was last sent.
    pub round_trip: Duration,
}

/// Why a complete frame is not a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadReply {
    /// The CRC is wrong: the line damaged it.
    Damaged,
    /// The other end speaks this version of the protocol.
    Version(u8),
    /// It arrived as the other end sent it, but makes no sense.
    Malformed,
}

/// Decodes a reply from a frame's body.
///
/// # Errors
///
/// Fails if the CRC or the version is wrong, or the body is not a reply.
pub fn decode(body: &[u8]) -> Result<Reply, BadReply> {
    let content = checked(body).ok_or(BadReply::Damaged)?;
    let (&version, rest) = content.split_first().ok_or(BadReply::Damaged)?;
    if version != VERSION {
        return Err(BadReply::Version(version));
    }
    let (rest, trailer) = rest.split_last_chunk().ok_or(BadReply::Malformed)?;
    let trailer = Trailer::from_bytes(*trailer);
    let (head, body) =
        take_from_bytes(rest).map_err(|_| BadReply::Malformed)?;
    let round_trip = Duration::ZERO;
    Ok(Reply { head, body: body.to_vec(), trailer, round_trip })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::query::CRC;

    fn with_crc(mut content: Vec<u8>) -> Vec<u8> {
        let crc = CRC.checksum(&content);
        content.extend(crc.to_le_bytes());
        content
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body: Vec<u8>) {
            let _ = decode(&body);
        }

        #[test]
        fn any_bytes_with_a_right_crc_are_survived(mut content: Vec<u8>) {
            let _ = decode(&with_crc(content.clone()));
            content.insert(0, VERSION);
            prop_assert_ne!(
                decode(&with_crc(content)),
                Err(BadReply::Damaged)
            );
        }

        #[test]
        fn another_version_is_named(version: u8, rest: Vec<u8>) {
            prop_assume!(version != VERSION);
            let content = [vec![version], rest].concat();
            prop_assert_eq!(
                decode(&with_crc(content)),
                Err(BadReply::Version(version))
            );
        }
    }
}
