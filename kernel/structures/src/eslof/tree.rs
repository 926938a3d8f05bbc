//! The record of a tree in memory.

use core::mem::{offset_of, size_of};

/// A tree, without its nodes.
///
/// Every method takes the slots that the tree was created with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Tree {
    /// [`Tree::MAGIC`].
    pub magic: u32,
    /// [`Tree::VERSION`].
    pub version: u32,
    /// The first page of the range.
    pub first: u32,
    /// How many pages the range has.
    pub pages: u32,
    /// How many of them are free.
    pub free_pages: u32,
    /// The slot of the root.
    pub root: u32,
    /// How many nodes the tree has.
    pub nodes: u32,
    /// How many slots, from 0, were ever used.
    pub high_water: u32,
    /// The first slot on the free list.
    pub free_list: u32,
}

const _: () = assert!(offset_of!(Tree, magic) == 0);
const _: () = assert!(offset_of!(Tree, version) == 4);
const _: () = assert!(offset_of!(Tree, root) == 20);
const _: () = assert!(size_of::<Tree>() == 36);

impl Tree {
    /// The first word: `ESLF` in memory.
    pub const MAGIC: u32 = u32::from_le_bytes(*b"ESLF");
    /// The version of this record's and its nodes' layout.
    pub const VERSION: u32 = 1;
}
