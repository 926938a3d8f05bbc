//! A moment of a system that a debugger has stopped: what host-cli says, and
//! what memory and the processor hold, from the emulator.

use crate::artifacts;
use crate::clients::gdb::Gdb;
use crate::clients::host_cli::{self, Answer};
use crate::line::multiplexer::Multiplexer;
use crate::machine::Machine;
use crate::machine::walk::Memory;

const PAGE_BYTES: u32 = 0x1000;

/// A moment of a system that stands in its stub.
#[derive(Clone, Debug)]
pub struct Moment {
    /// What host-cli was asked, and answered.
    pub answers: Vec<Answer>,
    /// QEMU's `info registers`.
    pub registers: String,
    /// All of physical memory.
    pub memory: Memory,
}

impl Moment {
    /// Stops a system by gdb, asks, looks, and lets it go.
    ///
    /// # Panics
    ///
    /// Panics if it does not answer.
    #[must_use]
    pub fn take(machine: &mut Machine, questions: &[&[&str]]) -> Self {
        let shared = Multiplexer::new(machine.endpoint());
        let mut gdb = Gdb::start(&artifacts::kernel());
        gdb.attach(&shared.debugger().for_gdb());
        let ask = |words: &&[&str]| host_cli::json(&shared.queries(), words);
        let answers = questions.iter().map(ask).collect();
        machine.monitor.stop();
        let registers = machine.monitor.command("info registers");
        let memory = machine.dump();
        machine.monitor.cont();
        gdb.command("detach");
        Self { answers, registers, memory }
    }

    /// Returns the physical address of the page directory in use: the stub's.
    ///
    /// # Panics
    ///
    /// Panics if QEMU does not tell.
    #[must_use]
    pub fn directory(&self) -> u32 {
        let at = self.registers.find("CR3=").expect("QEMU tells it");
        let digits = &self.registers[at + 4..][..8];
        u32::from_str_radix(digits, 16).expect("eight digits")
    }

    /// Returns the word at a linear address, as the space of a directory has
    /// it.
    ///
    /// # Panics
    ///
    /// Panics if nothing is mapped there.
    #[must_use]
    pub fn word(&self, directory: u32, linear: u32) -> u32 {
        let mapping = self.memory.mapping(directory, linear);
        let mapping = mapping.unwrap_or_else(|| panic!("{linear:#x}"));
        let at = (mapping.frame | linear & (PAGE_BYTES - 1)) as usize;
        let bytes = self.memory.0[at..at + 4].try_into().expect("four");
        u32::from_le_bytes(bytes)
    }

    /// Returns the bytes of the pages that are mapped without a gap from a
    /// linear address on, up to another.
    #[must_use]
    pub fn bytes(&self, directory: u32, from: u32, to: u32) -> Vec<u8> {
        let pages = (from..to).step_by(PAGE_BYTES as usize);
        let frames = pages.map_while(|page| {
            let mapping = self.memory.mapping(directory, page)?;
            let at = mapping.frame as usize;
            self.memory.0.get(at..at + PAGE_BYTES as usize)
        });
        frames.flatten().copied().collect()
    }
}
