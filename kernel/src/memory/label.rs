//! What memory is used for.

macro_rules! labels {
    ($($(#[doc = $does:literal])* $variant:ident = $name:literal,)+) => {
        /// The purpose of a run of frames or pages, as the allocators' trees
        /// label it. 0 means free.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u16)]
        pub(crate) enum Label {
            /// Free.
            Free = 0,
            $($(#[doc = $does])* $variant,)+
        }

        impl Label {
            /// Returns the name that all tools print.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    Self::Free => "free",
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the label that a tree has stored as `number`.
            pub(crate) fn from_number(number: u16) -> Option<Self> {
                let all = [Self::Free, $(Self::$variant),+];
                all.get(usize::from(number)).copied()
            }
        }
    };
}

labels! {
    /// Not memory, or reserved by the PC; in an address space, the kernel's
    /// part.
    Reserved = "reserved",
    KernelImage = "kernel image",
    /// A program's file, from which processes are created.
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
    /// The lists of shared windows' frames.
    WindowFrames = "window frames",
    /// Memory that a process has allocated with `memory_allocate`.
    Heap = "heap",
}
