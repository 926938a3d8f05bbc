//! In whose address space, or in physical memory.

use wire::query::Space;

/// In whose address space a command looks.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[group(multiple = false)]
pub struct Whose {
    /// In the address space of this process
    #[arg(long, value_name = "P", value_parser = crate::numbers::number)]
    pub process: Option<u32>,
    /// In the address space of this task
    #[arg(long, value_name = "T", value_parser = crate::numbers::number)]
    pub task: Option<u32>,
}

impl Whose {
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

/// In whose memory a command looks, or in physical memory.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Memory {
    #[command(flatten)]
    whose: Whose,
    /// ADDR is a physical address
    #[arg(long, conflicts_with_all = ["process", "task"])]
    physical: bool,
}

impl Memory {
    /// Returns the space that is meant.
    #[must_use]
    pub const fn space(self) -> Space {
        match self.physical {
            true => Space::Physical,
            false => self.whose.space(),
        }
    }
}
