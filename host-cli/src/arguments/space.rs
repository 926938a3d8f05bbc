//! The arguments that choose an address space, or physical memory.

use wire::query::Space;

/// The address space that a command reads.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[group(multiple = false)]
pub struct SpaceArgs {
    /// In the address space of this process
    #[arg(long, value_name = "P", value_parser = crate::numbers::number)]
    pub process: Option<u32>,
    /// In the address space of this task
    #[arg(long, value_name = "T", value_parser = crate::numbers::number)]
    pub task: Option<u32>,
}

impl SpaceArgs {
    /// Returns the space that is meant.
    #[must_use]
    pub const fn space(self) -> Space {
        match self {
            Self { process: Some(id), .. } => Space::Process(id),
            Self { task: Some(id), .. } => Space::Task(id),
            _ => Space::Current,
        }
    }
}

/// The memory that a command reads: an address space, or physical memory.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct MemoryArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// ADDR is a physical address
    #[arg(long, conflicts_with_all = ["process", "task"])]
    physical: bool,
}

impl MemoryArgs {
    /// Returns the space that is meant.
    #[must_use]
    pub const fn space(self) -> Space {
        match self.physical {
            true => Space::Physical,
            false => self.space.space(),
        }
    }
}
