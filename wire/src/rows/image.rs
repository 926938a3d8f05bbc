//! The files that programs come from.

use crate::fields::{Bytes, fields};
use layout::VirtAddr;
use serde::{Deserialize, Serialize};

fields! {
    /// An image: the file of the kernel, or of a program.
    pub struct Image<'a> {
        /// Its id, from 1.
        pub id: u32 => 4,
        /// The name of the file.
        pub name: &'a str => 12,
        /// Whether it is the kernel's own.
        pub kernel: bool => 6,
        /// The first address of what is loaded.
        pub start: VirtAddr,
        /// The last one.
        pub last: VirtAddr,
        /// Another image that has some of these addresses, too: then they do
        /// not say which program it is.
        pub overlaps: Option<u32> => 8,
        /// Its build id, by which its file is known.
        #[serde(borrow)]
        pub build_id: Option<Bytes<'a>> => 40,
    }
}
