//! Access from outside: QEMU's own stub, which stops the whole machine and
//! changes it behind the kernel's back.

use crate::clients::rsp::Rsp;
use crate::machine::Machine;
use std::path::PathBuf;
use tempfile::TempDir;

/// The outside of a machine.
#[derive(Debug)]
pub struct Outside {
    scratch: TempDir,
}

impl Outside {
    /// Opens QEMU's stub on a running machine.
    ///
    /// # Panics
    ///
    /// Panics if QEMU refuses.
    #[must_use]
    pub fn of(machine: &mut Machine) -> Self {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let outside = Self { scratch };
        let path = outside.socket();
        let open =
            format!("gdbserver unix:{},server=on,wait=off", path.display());
        let said = machine.monitor.command(&open);
        assert!(said.contains("Waiting for gdb"), "{said}");
        outside
    }

    /// Stops the whole machine, and resumes it when `change` is done.
    pub fn change<T>(&self, change: impl FnOnce(&mut Stopped) -> T) -> T {
        let mut stopped = Stopped(self.stub());
        let result = change(&mut stopped);
        let Stopped(mut stub) = stopped;
        assert_eq!(stub.ask("D"), "OK");
        result
    }

    /// Connects to QEMU's stub; the machine stops.
    #[must_use]
    pub fn stub(&self) -> Rsp {
        let mut stub = Rsp::connect_to_socket(&self.socket());
        // It accepts single registers only from clients that know them all.
        stub.ask("qSupported:xmlRegisters=i386");
        stub.ask("qXfer:features:read:target.xml:0,ffb");
        stub
    }

    /// Returns where it listens.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.scratch.path().join("gdb")
    }
}

/// A machine that QEMU has stopped.
#[derive(Debug)]
pub struct Stopped(pub Rsp);

impl Stopped {
    /// Writes physical memory.
    ///
    /// # Panics
    ///
    /// Panics if QEMU refuses.
    pub fn write_physical(&mut self, at: u32, bytes: &[u8]) {
        assert_eq!(self.0.ask("Qqemu.PhyMemMode:1"), "OK");
        self.0.write(at, bytes);
        assert_eq!(self.0.ask("Qqemu.PhyMemMode:0"), "OK");
    }

    /// Returns the word at a physical address.
    pub fn physical_word(&mut self, at: u32) -> u32 {
        assert_eq!(self.0.ask("Qqemu.PhyMemMode:1"), "OK");
        let word = self.0.word(at);
        assert_eq!(self.0.ask("Qqemu.PhyMemMode:0"), "OK");
        word
    }
}
