//! Linear and physical addresses, kept apart by type.

use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes in a page, the unit of mapping.
pub const PAGE_BYTES: u32 = 0x1000;

macro_rules! address {
    ($(#[$doc:meta])* $name:ident, $visitor:ident) => {
        $(#[$doc])*
        ///
        /// Serialises as a number, and as a string such as `"0x0000b000"`
        /// where people read it.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u32);

        impl $name {
            /// Returns the first address of the page that holds this one.
            #[must_use]
            #[inline(always)]
            pub const fn page(self) -> Self {
                Self(self.0 & !(PAGE_BYTES - 1))
            }

            /// Returns the offset within the page, in bytes.
            #[must_use]
            #[inline(always)]
            pub const fn offset(self) -> u32 {
                self.0 & (PAGE_BYTES - 1)
            }

            /// Returns the number of the page that holds this address.
            #[must_use]
            #[inline(always)]
            pub const fn page_number(self) -> u32 {
                self.0 / PAGE_BYTES
            }

            /// Returns the bytes from here to the end of the page: 1 to
            /// [`PAGE_BYTES`].
            #[must_use]
            #[inline(always)]
            pub const fn left_in_page(self) -> u32 {
                PAGE_BYTES - self.offset()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#010x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#010x}", self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_u32(self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str($visitor)
                } else {
                    u32::deserialize(deserializer).map(Self)
                }
            }
        }

        struct $visitor;

        impl de::Visitor<'_> for $visitor {
            type Value = $name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address such as \"0x0000b000\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                text.strip_prefix("0x")
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                    .map($name)
                    .ok_or_else(|| E::invalid_value(
                        de::Unexpected::Str(text),
                        &self,
                    ))
            }
        }
    };
}

address! {
    /// A linear address: what instructions use when paging is on.
    VirtAddr, VirtVisitor
}
address! {
    /// A physical address: what page tables hold.
    PhysAddr, PhysVisitor
}
