//! Memory: frames, mappings, windows, and what the kernel keeps in it.

pub(crate) mod address_space;
pub(crate) mod bootstrap;
pub(crate) mod foreign;
pub(crate) mod frame_list;
pub(crate) mod frame_records;
pub(crate) mod frames;
pub(crate) mod global;
pub(crate) mod list;
pub(crate) mod node_array;
pub(crate) mod physical;
pub(crate) mod records;
pub(crate) mod system_tree;

macro_rules! labels {
    ($($(#[doc = $does:literal])* $variant:ident = $name:literal,)+) => {
        /// What a run of frames or pages is used for, as the allocators'
        /// trees label it. 0 is what nobody uses.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u16)]
        pub(crate) enum Label {
            /// Nobody uses it.
            Free = 0,
            $($(#[doc = $does])* $variant,)+
        }

        impl Label {
            /// Returns the name that every tool prints.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    Self::Free => "free",
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the label that a tree has stored as `number`.
            pub(crate) const fn from_number(number: u16) -> Option<Self> {
                match number {
                    0 => Some(Self::Free),
                    $(n if n == Self::$variant as u16 => {
                        Some(Self::$variant)
                    })+
                    _ => None,
                }
            }
        }
    };
}

labels! {
    /// Not memory, or the PC's own; of an address space, the kernel's part.
    Reserved = "reserved",
    KernelImage = "kernel image",
    /// A program's file, from which processes are made.
    BootModule = "boot module",
    Directory = "page directory",
    PageTable = "page table",
    AllocatorNodes = "allocator nodes",
    KernelStack = "kernel stack",
    ProcessStack = "process stack",
    ProcessData = "process data",
    Segment = "segment",
    /// Tables of kernel records.
    Rows = "records",
    MailboxQueue = "mailbox queue",
    /// The owner, kind and number of references of each frame.
    FrameRecords = "frame records",
    SharedWindow = "shared window",
    /// The kernel's log.
    Log = "log",
    /// Which frames a shared window has.
    WindowFrames = "window frames",
    /// What a process has asked for with `memory_allocate`.
    Heap = "heap",
}

/// No frame, no page, or no room in a tree is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OutOfMemory;
