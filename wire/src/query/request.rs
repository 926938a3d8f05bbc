//! A question on its way to a target.

use super::envelope::{CRC, MAX_REQUEST_BYTES, VERSION, checked};
use super::pattern::Pattern;
use super::question::{Query, Space};
use crate::fields::compact::Reader;
use crate::rows::Table;
use layout::VirtAddr;
use serde::{Deserialize, Serialize};

/// A question, with a number that its answer repeats.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the sender; a resend has the same number.
    pub id: u16,
    /// The question.
    pub query: Query,
}

/// Encodes `request` with its version and CRC; returns the bytes used, or
/// none if they do not fit in `buffer`.
#[must_use]
pub fn encode_request<'b>(
    request: &Request,
    buffer: &'b mut [u8; MAX_REQUEST_BYTES],
) -> Option<&'b [u8]> {
    let (version, rest) = buffer.split_first_mut()?;
    *version = VERSION;
    let used = postcard::to_slice(request, rest).ok()?.len();
    let crc_at = used.checked_add(1)?;
    let crc = CRC.checksum(buffer.get(..crc_at)?).to_le_bytes();
    let end = crc_at.checked_add(crc.len())?;
    buffer.get_mut(crc_at..end)?.copy_from_slice(&crc);
    buffer.get(..end)
}

/// Why a complete frame is not a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadRequest {
    /// The CRC is wrong: the line damaged it.
    Damaged,
    /// The other end speaks this version of the protocol.
    Version(u8),
    /// The request makes no sense; its number, or 0 if that is unknown.
    NotUnderstood(u16),
}

/// Decodes a request from a frame's body.
///
/// # Errors
///
/// Fails if the CRC or the version is wrong, or the body is not a request.
pub fn decode_request(body: &[u8]) -> Result<Request, BadRequest> {
    let content = checked(body).ok_or(BadRequest::Damaged)?;
    let (&version, rest) = content.split_first().ok_or(BadRequest::Damaged)?;
    if version != VERSION {
        return Err(BadRequest::Version(version));
    }
    let mut from = Reader(rest);
    let id = from.small().ok_or(BadRequest::NotUnderstood(0))?;
    let query = query(&mut from).ok_or(BadRequest::NotUnderstood(id))?;
    // More follows in a reply, which a line may echo to its sender.
    if !from.0.is_empty() {
        return Err(BadRequest::Damaged);
    }
    Ok(Request { id, query })
}

/// Decodes a [`Query`] that postcard encoded. Postcard's own decoder would take
/// three times the room in a kernel.
fn query(from: &mut Reader<'_>) -> Option<Query> {
    Some(match from.byte()? {
        0 => Query::Hello,
        1 => Query::Translate { space: space(from)?, address: address(from)? },
        2 => Query::Regions { space: space(from)?, from: address(from)? },
        3 => Query::Rows {
            table: *Table::ALL.get(usize::from(from.byte()?))?,
            of: from.number()?,
            from: from.number()?,
        },
        4 => Query::Read {
            space: space(from)?,
            address: from.number()?,
            len_bytes: from.small()?,
        },
        5 => Query::Registers { task: task(from)? },
        6 => Query::Heartbeat { every_ms: from.small()? },
        7 => Query::Checksum {
            space: space(from)?,
            address: from.number()?,
            len_bytes: from.number()?,
            crc: from.number()?,
        },
        8 => Query::Search {
            space: space(from)?,
            address: from.number()?,
            len_bytes: from.number()?,
            pattern: Pattern::new(from.bytes()?)?,
        },
        9 => Query::Probe,
        10 => Query::FloatRegisters { task: task(from)? },
        _ => return None,
    })
}

fn task(from: &mut Reader<'_>) -> Option<Option<u32>> {
    Some(match from.byte()? {
        0 => None,
        1 => Some(from.number()?),
        _ => return None,
    })
}

fn space(from: &mut Reader<'_>) -> Option<Space> {
    Some(match from.byte()? {
        0 => Space::Current,
        1 => Space::Task(from.number()?),
        2 => Space::Process(from.number()?),
        3 => Space::Physical,
        _ => return None,
    })
}

fn address(from: &mut Reader<'_>) -> Option<VirtAddr> {
    from.number().map(VirtAddr)
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_PATTERN_BYTES, MAX_READ_BYTES};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_request_survives_the_line() {
        let query = Query::Read {
            space: Space::Task(4000),
            address: u32::MAX,
            len_bytes: MAX_READ_BYTES,
        };
        let longest = Query::Search {
            space: Space::Task(u32::MAX),
            address: u32::MAX,
            len_bytes: u32::MAX,
            pattern: Pattern::new(&[255; MAX_PATTERN_BYTES]).expect("so long"),
        };
        for query in [query, longest] {
            let request = Request { id: u16::MAX, query };
            let mut buffer = [0; MAX_REQUEST_BYTES];
            let bytes = encode_request(&request, &mut buffer).expect("it fits");
            assert_eq!(decode_request(bytes), Ok(request));
        }
    }

    proptest! {
        #[test]
        fn one_changed_bit_is_never_accepted(id: u16, bit in 0_usize..64) {
            let request = Request { id, query: Query::Hello };
            let mut buffer = [0; MAX_REQUEST_BYTES];
            let used = encode_request(&request, &mut buffer)
                .expect("it fits")
                .len();
            let bytes = &mut buffer[..used];
            bytes[(bit / 8) % used] ^= 1 << (bit % 8);
            prop_assert_eq!(
                decode_request(bytes),
                Err(BadRequest::Damaged)
            );
        }

        #[test]
        fn any_bytes_are_survived(body: std::vec::Vec<u8>) {
            let _ = decode_request(&body);
        }

        /// postcard is the witness: we accept exactly what it accepts.
        #[test]
        fn questions_are_read_as_postcard_does(
            kind in 0_u8..12,
            of in 0_u8..16,
            mut body: [u8; 24],
        ) {
            body[..2].copy_from_slice(&[kind, of]);
            let read = query(&mut Reader(&body));
            prop_assert_eq!(read, postcard::from_bytes(&body).ok());
        }
    }
    extern crate std;
}
