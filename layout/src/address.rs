//! Linear and physical addresses, kept apart by type.

use core::fmt;
use serde::{Deserialize, Serialize, Serializer};

/// Bytes in a page, the unit of mapping.
pub const PAGE_BYTES: u32 = 0x1000;

macro_rules! address {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Serialises as a number, and as a string such as `"0x0000b000"`
        /// where people read it; only the number is read back.
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            Deserialize,
        )]
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

    };
}

address! {
    /// A linear address: what instructions use when paging is on.
    VirtAddr
}
address! {
    /// A physical address: what page tables hold.
    PhysAddr
}
