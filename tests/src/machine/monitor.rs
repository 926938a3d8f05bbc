//! The emulator's own view of the machine, whatever runs on it.

mod prompt;
mod qmp;

use super::walk::Memory;
use prompt::Prompt;
use qmp::Qmp;
use std::path::Path;
use std::process::Child;

/// QEMU's monitor, or the debugger that is built into Bochs.
#[derive(Debug)]
pub struct Monitor(Kind);

#[derive(Debug)]
enum Kind {
    Qemu(Qmp),
    Bochs(Prompt),
}

impl Monitor {
    /// Connects to a QEMU that was started with
    /// `-qmp unix:PATH,server=on,wait=off`, as soon as it listens there.
    ///
    /// # Panics
    ///
    /// Panics if it does not listen within 30 seconds.
    #[must_use]
    pub fn connect(socket: &Path) -> Self {
        Self(Kind::Qemu(Qmp::connect(socket)))
    }

    /// Talks to a Bochs that was started with pipes as its standard input
    /// and output, and continues by itself at its first prompt.
    ///
    /// # Panics
    ///
    /// Panics if there are no pipes.
    #[must_use]
    pub fn of_bochs(bochs: &mut Child) -> Self {
        Self(Kind::Bochs(Prompt::of(bochs)))
    }

    /// Runs a command, in the emulator's own language, and returns its
    /// output.
    ///
    /// # Panics
    ///
    /// Panics if the emulator is gone or, as far as it can tell, refuses.
    pub fn command(&mut self, line: &str) -> String {
        match &mut self.0 {
            Kind::Qemu(qmp) => qmp.command(line),
            Kind::Bochs(prompt) => prompt.command(line),
        }
    }

    /// Stops the whole machine, devices and clock included.
    pub fn stop(&mut self) {
        match &mut self.0 {
            Kind::Qemu(qmp) => qmp.stop(),
            Kind::Bochs(prompt) => prompt.stop(),
        }
    }

    /// Resumes the machine.
    pub fn cont(&mut self) {
        match &mut self.0 {
            Kind::Qemu(qmp) => qmp.cont(),
            Kind::Bochs(prompt) => prompt.cont(),
        }
    }

    /// Returns physical memory as it is at one moment. Bochs takes a few
    /// seconds for each 16 MiB.
    ///
    /// # Panics
    ///
    /// Panics if the emulator cannot tell.
    pub fn dump(&mut self, bytes: u32) -> Memory {
        match &mut self.0 {
            Kind::Qemu(qmp) => qmp.dump(bytes),
            Kind::Bochs(prompt) => prompt.dump(bytes),
        }
    }

    /// Returns the word at a physical address.
    ///
    /// # Panics
    ///
    /// Panics if the emulator cannot read it.
    pub fn word(&mut self, physical: u32) -> u32 {
        // Bochs wants the format in another order.
        let text = self.command(&match &self.0 {
            Kind::Qemu(_) => format!("xp /1xw {physical:#x}"),
            Kind::Bochs(_) => format!("xp /1wx {physical:#x}"),
        });
        let digits = text.trim().rsplit("0x").next().unwrap_or_default();
        u32::from_str_radix(digits, 16)
            .unwrap_or_else(|_| panic!("xp says {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_dump_and_a_word_of_an_empty_machine_agree() {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let socket = scratch.path().join("qmp");
        let qmp = format!("unix:{},server=on,wait=off", socket.display());
        let mut qemu = Command::new("qemu-system-i386")
            .args(["-accel", "tcg", "-display", "none", "-nodefaults", "-S"])
            .args(["-m", "4", "-qmp", &qmp])
            .spawn()
            .expect("qemu-system-i386 is installed");
        let mut monitor = Monitor::connect(&socket);
        // The last kilobyte of the BIOS, with the reset vector.
        let bios = 0xf_fc00;
        let words: Vec<_> =
            (0..256).map(|word| monitor.word(bios + word * 4)).collect();
        assert!(words.iter().any(|word| *word != 0));
        let memory = monitor.dump(1 << 20);
        let dumped: Vec<_> =
            (0..256).map(|word| memory.entry(0xf_f000, 0x300 + word)).collect();
        assert_eq!(dumped, words);
        assert!(monitor.command("info registers").contains("EIP="));
        qemu.kill().expect("our own child can be killed");
        qemu.wait().expect("our own child can be waited for");
    }
}
