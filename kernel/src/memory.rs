//! Memory: frames, mappings, windows, and what the kernel keeps in it.

pub(crate) mod address_space;
pub(crate) mod bootstrap;
pub(crate) mod foreign;
pub(crate) mod frames;
pub(crate) mod global;
pub(crate) mod node_array;
pub(crate) mod physical;
pub(crate) mod process_tree;
pub(crate) mod records;
pub(crate) mod user;

/// What a run of frames or pages is used for, as the allocators' trees
/// label it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub(crate) enum Label {
    /// Not memory, or the PC's own.
    Reserved = 1,
    KernelImage,
    BootModule,
    Directory,
    PageTable,
    AllocatorNodes,
    KernelStack,
    ProcessStack,
    ProcessData,
    Segment,
    GlobalData,
    Rows,
    MailboxQueue,
}

/// No frame, no page, or no room in a tree is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OutOfMemory;
