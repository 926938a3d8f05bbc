//! Questions and answers of host-cli, inside `%` frames.
//!
//! A request is [`VERSION`], a postcard [`Request`], and a CRC-32 of both.
//! A reply is [`VERSION`], a postcard [`ReplyHead`], a body that depends on
//! the query, a [`Trailer`], and a CRC-32 of it all. The trailer comes last
//! because it tells what sending the rest has cost.
//!
//! | query | body |
//! |---|---|
//! | [`Query::Hello`] | one [`Hello`] |
//! | [`Query::Translate`] | one [`Translation`] |
//! | [`Query::Regions`] | [`Region`] rows |
//! | [`Query::Rows`] | rows of the table, see [`crate::rows`] |
//! | [`Query::Read`] | the readable prefix, as raw bytes |
//! | [`Query::Registers`] | one [`Registers`] |
//! | [`Query::Checksum`] | one [`Checksum`] |
//! | [`Query::Search`] | one [`Searched`] |
//! | [`Query::Heartbeat`] | nothing |

use crate::compact::Reader;
use crate::fields::{Column, Field, Fields, Value, fields};
use crate::i386;
use crate::rows::{Bytes, TABLES, Table};
use crc::{CRC_32_ISO_HDLC, Crc};
use layout::{PhysAddr, VirtAddr};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of this protocol. Both ends must have the same.
pub const VERSION: u8 = 2;

/// The CRC that ends every request and reply, least significant byte first.
pub const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The longest request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 64;

/// The longest reply before escaping, in bytes, without its trailer and
/// CRC.
pub const MAX_REPLY_BYTES: usize = 4096;

/// The most that one [`Query::Read`] may ask for, in bytes.
pub const MAX_READ_BYTES: u16 = 4032;

/// A question with a number that its answer repeats.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the asker; a resend has the same.
    pub id: u16,
    /// What is asked.
    pub query: Query,
}

/// What can be asked of a running system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Query {
    /// Who are you, and how is the line?
    Hello,
    /// Which entries map this address?
    Translate {
        /// In whose address space.
        space: Space,
        /// The linear address.
        address: VirtAddr,
    },
    /// What is mapped?
    Regions {
        /// In whose address space.
        space: Space,
        /// Runs that begin below this page are left out.
        from: VirtAddr,
    },
    /// The rows of a table, in order of their ids.
    Rows {
        /// Which table.
        table: Table,
        /// For [`Table::Messages`] the mailbox, for
        /// [`Table::WindowFrames`] the window, for [`Table::Mappings`] the
        /// frame's number, for [`Table::Allocator`] the tree, else 0.
        of: u32,
        /// Rows with lower ids, or indexes, are left out.
        from: u32,
    },
    /// What is in memory?
    Read {
        /// In whose address space, or physical.
        space: Space,
        /// The first address.
        address: u32,
        /// How many bytes: up to [`MAX_READ_BYTES`].
        len_bytes: u16,
    },
    /// A task's registers; none means the current task.
    Registers {
        /// The task's id.
        task: Option<u32>,
    },
    /// I will be heard every so often, be it with this or with anything
    /// else. See `docs/link.md`.
    Heartbeat {
        /// How often, in milliseconds; 0 takes the promise back.
        every_ms: u16,
    },
    /// Which checksum does memory have? The answer may be about a part.
    Checksum {
        /// In whose address space, or physical.
        space: Space,
        /// The first address.
        address: u32,
        /// How many bytes.
        len_bytes: u32,
        /// The checksum of what comes before; all bits set if nothing does.
        crc: u32,
    },
    /// Where does this stand in memory? The answer may be about a part.
    Search {
        /// In whose address space, or physical.
        space: Space,
        /// The first address.
        address: u32,
        /// How many bytes.
        len_bytes: u32,
        /// What to look for.
        pattern: Pattern,
    },
}

/// The longest [`Pattern`], in bytes.
pub const MAX_PATTERN_BYTES: usize = 24;

/// What [`Query::Search`] looks for: 1 to [`MAX_PATTERN_BYTES`] bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    len: u8,
    bytes: [u8; MAX_PATTERN_BYTES],
}

impl Pattern {
    /// Returns the pattern of these bytes; none if there are too few or too
    /// many.
    #[must_use]
    pub fn new(pattern: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_PATTERN_BYTES];
        bytes.get_mut(..pattern.len())?.copy_from_slice(pattern);
        let len = u8::try_from(pattern.len()).ok().filter(|len| *len > 0)?;
        Some(Self { len, bytes })
    }

    /// Returns its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(self.as_bytes())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let pattern = Self::new(<&[u8]>::deserialize(from)?);
        pattern.ok_or_else(|| D::Error::custom("too short, or too long"))
    }
}

/// In whose address space an address is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Space {
    /// That of the task that has the processor.
    Current,
    /// That of a task.
    Task(u32),
    /// That of a process, by way of its first task.
    Process(u32),
    /// None: the address is physical.
    Physical,
}

/// How a query went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Status {
    /// The body holds the answer.
    Answered,
    /// There is no such task.
    NoSuchTask,
    /// There is no such process.
    NoSuchProcess,
    /// There is no such mailbox.
    NoSuchMailbox,
    /// There is no such shared window.
    NoSuchWindow,
    /// Nothing is mapped here; the body holds what could be read before.
    Unmapped(VirtAddr),
    /// A directory, a table or a page is said to be at a physical address
    /// where there is no memory.
    NoMemory(PhysAddr),
    /// The request was whole, but not understood.
    NotUnderstood,
    /// The target does not offer this.
    Unsupported,
    /// The target has faulted while it answered: what it followed is ruined.
    Faulted,
}

impl Field for Status {
    fn value(&self) -> Value<'_> {
        let (number, about) = match *self {
            Self::Answered => (0, None),
            Self::NoSuchTask => (1, None),
            Self::NoSuchProcess => (2, None),
            Self::NoSuchMailbox => (3, None),
            Self::NoSuchWindow => (4, None),
            Self::Unmapped(at) => (5, Some(at.0)),
            Self::NoMemory(at) => (6, Some(at.0)),
            Self::NotUnderstood => (7, None),
            Self::Unsupported => (8, None),
            Self::Faulted => (9, None),
        };
        // Nobody reads it as text.
        Value::Choice(number, "", about)
    }
}

fields! {
    /// What every reply begins with.
    pub struct ReplyHead {
        /// The request's number.
        pub id: u16,
        /// How it went.
        pub status: Status,
        /// Whether the system runs; else a debugger has stopped it.
        pub running: bool,
        /// False if a structure was being changed when the system stopped.
        pub consistent: bool,
        /// Changes whenever a table's rows come or go.
        pub generation: u32,
        /// The task that was meant; for tables, the current one.
        pub task: u32,
        /// That task's process.
        pub process: u32,
        /// Where to go on, if not all fitted: the next `from`.
        pub next: Option<u32>,
    }
}

/// What the target spent on a query, at the end of the reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trailer {
    /// The longest stretch with interrupts off, in microseconds.
    pub pause_us: u32,
    /// All time taken from the system, in microseconds.
    pub stolen_us: u32,
}

impl Trailer {
    /// The size on the line before escaping, in bytes.
    pub const BYTES: usize = 8;

    /// Returns the bytes that stand on the line.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let both = u64::from(self.stolen_us) << 32 | u64::from(self.pause_us);
        both.to_le_bytes()
    }

    /// Returns what stands on the line as `bytes`.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let both = u64::from_le_bytes(bytes);
        #[allow(clippy::cast_possible_truncation, reason = "the lower half")]
        Self { pause_us: both as u32, stolen_us: (both >> 32) as u32 }
    }
}

/// The answer to [`Query::Hello`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hello<'a> {
    /// The stub's name and version.
    pub stub: &'a str,
    /// The kernel's name and version.
    pub kernel: &'a str,
    /// The kernel image's build id; empty if it has none.
    #[serde(borrow)]
    pub build_id: Bytes<'a>,
    /// The line's speed in bits a second.
    pub baud: u32,
    /// What went wrong on the line.
    pub faults: LineFaults,
    /// Timer interrupts so far.
    pub ticks: u32,
    /// Timer interrupts a second.
    pub ticks_per_second: u32,
    /// Frames of memory.
    pub frames: u32,
    /// Frames that nobody uses.
    pub free_frames: u32,
    /// Why the system is stopped.
    #[serde(borrow)]
    pub stop: Option<Stop<'a>>,
    /// Which serial port the line is, as in COM1.
    pub port: u8,
    /// The UART that was found there, such as `16550A`.
    pub uart: &'a str,
}

impl Fields for Hello<'_> {
    /// What it is nested of lies flat; nobody reads it as columns.
    const COLUMNS: &'static [Column] = &[Column::of::<u32>(""); 24];

    type Values<'v>
        = [Value<'v>; 24]
    where
        Self: 'v;

    fn values(&self) -> [Value<'_>; 24] {
        let [n0, n1, n2, n3, n4, n5, n6, n7, n8, n9] = self.faults.counts();
        let stop = self.stop.as_ref();
        [
            Value::Text(self.stub),
            Value::Text(self.kernel),
            self.build_id.value(),
            Value::Number(self.baud),
            Value::Number(n0),
            Value::Number(n1),
            Value::Number(n2),
            Value::Number(n3),
            Value::Number(n4),
            Value::Number(n5),
            Value::Number(n6),
            Value::Number(n7),
            Value::Number(n8),
            Value::Number(n9),
            Value::Number(self.ticks),
            Value::Number(self.ticks_per_second),
            Value::Number(self.frames),
            Value::Number(self.free_frames),
            Value::Flag(stop.is_some()),
            stop.map_or(Value::Absent, |stop| Value::Number(stop.task)),
            stop.map_or(Value::Absent, |stop| stop.eip.value()),
            stop.map_or(Value::Absent, |stop| Value::Text(stop.reason)),
            Value::Byte(self.port),
            Value::Text(self.uart),
        ]
    }
}

/// What went wrong on a line, as its target counts it.
#[derive(
    Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize,
)]
pub struct LineFaults {
    /// Frames that arrived damaged.
    pub naks: u32,
    /// Replies that were sent again.
    pub resends: u32,
    /// Times that the receiver lost bytes.
    pub overruns: u32,
    /// Bytes that the receiver knew to be damaged.
    pub framing: u32,
    /// BREAKs.
    pub breaks: u32,
    /// Bytes between frames that mean nothing.
    pub noise: u32,
    /// Frames whose end never came.
    pub cut: u32,
    /// Frames that were too long.
    pub oversize: u32,
    /// Packets that came again.
    pub duplicates: u32,
    /// Bytes for which there was no room while a reply was sent.
    pub lost: u32,
}

impl LineFaults {
    /// What each count counts, in words.
    const WORDS: [&'static str; 10] = [
        "damaged question",
        "repeated answer",
        "receiver overrun",
        "framing error",
        "BREAK",
        "stray byte",
        "cut frame",
        "oversized frame",
        "repeated question",
        "dropped byte",
    ];

    const fn counts(&self) -> [u32; 10] {
        [
            self.naks,
            self.resends,
            self.overruns,
            self.framing,
            self.breaks,
            self.noise,
            self.cut,
            self.oversize,
            self.duplicates,
            self.lost,
        ]
    }

    /// Returns each count with what it counts, in words.
    pub fn in_words(&self) -> impl Iterator<Item = (u32, &'static str)> {
        self.counts().into_iter().zip(Self::WORDS)
    }
}

/// Why a system is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stop<'a> {
    /// The task that stopped.
    pub task: u32,
    /// Where it stopped.
    pub eip: VirtAddr,
    /// The reason, as a phrase.
    pub reason: &'a str,
}

fields! {
    /// The answer to [`Query::Translate`]: the entries as they stand.
    pub struct Translation {
        /// The directory entry.
        pub directory_entry: u32,
        /// The table entry; none if the walk ended in the directory.
        pub table_entry: Option<u32>,
    }
}

fields! {
    /// A run of equal mapping: see [`layout::runs::Run`].
    pub struct Region {
        /// The first page's number.
        pub page: u32,
        /// How many pages.
        pub pages: u32,
        /// The first frame's number.
        pub frame: u32,
        /// Bit 0: writable. Bit 1: user.
        pub rights: u8,
    }
}

fields! {
    /// The answer to [`Query::Registers`].
    pub struct Registers {
        /// In the order of [`i386::GENERAL`].
        pub general: [u32; i386::GENERAL.len()],
        /// In the order of [`i386::SYSTEM`].
        pub system: [u32; i386::SYSTEM.len()],
    }
}

fields! {
    /// The answer to [`Query::Checksum`].
    pub struct Checksum {
        /// The CRC-32 of gdb's `qCRC`: polynomial 0x04c11db7, most significant
        /// bit first, begun with all bits set.
        pub crc: u32,
        /// How many bytes it goes over; less than what was asked for if that
        /// would hold the system up for too long.
        pub done_bytes: u32,
    }
}

fields! {
    /// The answer to [`Query::Search`].
    pub struct Searched {
        /// Where the pattern first stands.
        pub found: Option<u32>,
        /// In how many bytes it does not begin; less than what was asked for if
        /// that would hold the system up for too long.
        pub done_bytes: u32,
    }
}

/// Splits the CRC off `payload`; none if it is wrong.
#[must_use]
pub fn checked(payload: &[u8]) -> Option<&[u8]> {
    let (content, crc) = payload.split_last_chunk::<4>()?;
    (CRC.checksum(content) == u32::from_le_bytes(*crc)).then_some(content)
}

/// Writes `request` with its version and CRC; returns the bytes used, or
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

/// Why a whole frame is not a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadRequest {
    /// The CRC is wrong: the line damaged it.
    Damaged,
    /// The other end speaks this version.
    Version(u8),
    /// The request with this number, if it can be told, makes no sense.
    NotUnderstood(u16),
}

/// Reads a request from a frame's body.
///
/// # Errors
///
/// Fails if the CRC or the version is wrong, or it is no request.
pub fn decode_request(body: &[u8]) -> Result<Request, BadRequest> {
    let content = checked(body).ok_or(BadRequest::Damaged)?;
    let (&version, rest) = content.split_first().ok_or(BadRequest::Damaged)?;
    if version != VERSION {
        return Err(BadRequest::Version(version));
    }
    let mut from = Reader(rest);
    let id = from.small().ok_or(BadRequest::NotUnderstood(0))?;
    let query = query(&mut from).ok_or(BadRequest::NotUnderstood(id))?;
    Ok(Request { id, query })
}

/// Reads what postcard writes of a [`Query`]. Its own deserialiser would
/// take three times the room in a kernel.
fn query(from: &mut Reader<'_>) -> Option<Query> {
    Some(match from.byte()? {
        0 => Query::Hello,
        1 => Query::Translate { space: space(from)?, address: address(from)? },
        2 => Query::Regions { space: space(from)?, from: address(from)? },
        3 => Query::Rows {
            table: *TABLES.get(usize::from(from.byte()?))?,
            of: from.number()?,
            from: from.number()?,
        },
        4 => Query::Read {
            space: space(from)?,
            address: from.number()?,
            len_bytes: from.small()?,
        },
        5 => Query::Registers {
            task: match from.byte()? {
                0 => None,
                1 => Some(from.number()?),
                _ => return None,
            },
        },
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

    #[test]
    fn a_trailer_survives_the_line() {
        let trailer = Trailer { pause_us: 7, stolen_us: u32::MAX };
        assert_eq!(Trailer::from_bytes(trailer.to_bytes()), trailer);
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

        /// postcard is the witness: what it takes for a question is one.
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
