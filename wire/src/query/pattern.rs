//! The bytes that a search looks for.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest [`Pattern`], in bytes.
pub const MAX_PATTERN_BYTES: usize = 24;

/// What [`Query::Search`](super::Query::Search) looks for: 1 to
/// [`MAX_PATTERN_BYTES`] bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    len: u8,
    bytes: [u8; MAX_PATTERN_BYTES],
}

impl Pattern {
    /// Returns the pattern of these bytes; none if there are too few or too
    /// many of them.
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
