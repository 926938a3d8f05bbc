//! How a machine is set up before it boots.

use crate::artifacts::{self, MISBEHAVING, PROGRAMS};
use std::path::{Path, PathBuf};

/// How the machine's first serial port is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Serial {
    /// Through a Unix socket.
    Unix,
    /// Through a TCP port of this host.
    Tcp,
    /// Through a pseudo-terminal.
    Pty,
}

/// A mainboard, by what can reset it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Board {
    /// One with PCI, whose chipset has a reset control register.
    Pci,
    /// One without, where the keyboard controller resets the processor.
    Isa,
    /// One without either, where only the processor resets itself.
    IsaWithoutKeyboard,
}

/// The kind of a machine, and how it loads the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// QEMU, which loads the kernel itself.
    Qemu,
    /// QEMU, where GRUB loads it from an image.
    QemuFromImage,
    /// Bochs, from the same image, with this model of a processor.
    Bochs(&'static str),
}

/// A machine to be booted.
#[derive(Clone, Debug)]
pub struct Setup {
    pub(super) kind: Kind,
    pub(super) memory_mib: u32,
    pub(super) words: Vec<String>,
    /// The boot modules: names of programs, with their arguments.
    modules: Vec<String>,
    /// Further boot modules: files, with their arguments.
    files: Vec<(PathBuf, String)>,
    pub(super) serial: Serial,
    pub(super) console_baud: Option<u32>,
    pub(super) processor: &'static str,
    /// The number of the COM port with the debugger's line.
    pub(super) port: usize,
    /// How long an instruction takes, as QEMU's `-icount` has it: 2 to this
    /// power, in nanoseconds.
    pub(super) instruction_shift: Option<u8>,
    /// Whether a reset restarts it; otherwise QEMU exits.
    pub(super) starts_anew: bool,
    pub(super) board: Board,
}

impl Setup {
    /// Returns the demo system, with a stub on a Unix socket.
    #[must_use]
    pub fn demo() -> Self {
        Self::without_stub().word("debug=com1")
    }

    /// Returns the demo system, with no debugger in it.
    #[must_use]
    pub fn without_stub() -> Self {
        Self {
            kind: Kind::Qemu,
            memory_mib: 16,
            words: vec!["console=com2".to_owned()],
            modules: PROGRAMS
                .iter()
                .chain(&MISBEHAVING)
                .map(|name| (*name).to_owned())
                .collect(),
            files: Vec::new(),
            serial: Serial::Unix,
            console_baud: None,
            processor: "qemu32",
            port: 1,
            instruction_shift: None,
            starts_anew: false,
            board: Board::Pci,
        }
    }

    /// Adds a word to the kernel's command line.
    #[must_use]
    pub fn word(mut self, word: &str) -> Self {
        self.words.push(word.to_owned());
        self
    }

    /// Boots these modules and no others: each a program's name, and its
    /// arguments if it has any.
    #[must_use]
    pub fn modules(mut self, modules: &[&str]) -> Self {
        self.modules = modules.iter().map(|&line| line.to_owned()).collect();
        self
    }

    /// Boots a file as one more module, whatever it holds. Its name becomes
    /// the program's.
    #[must_use]
    pub fn module_file(mut self, path: &Path, arguments: &str) -> Self {
        self.files.push((path.to_owned(), arguments.to_owned()));
        self
    }

    /// Makes each instruction take one cycle of the processor's counter,
    /// which is one nanosecond of the machine's time.
    #[must_use]
    pub const fn counting_instructions(mut self) -> Self {
        self.instruction_shift = Some(0);
        self
    }

    /// Boots from an image, by GRUB.
    #[must_use]
    pub const fn from_image(mut self) -> Self {
        self.kind = Kind::QemuFromImage;
        self
    }

    /// Sets the model of QEMU's processor, which is `qemu32` otherwise.
    #[must_use]
    pub const fn processor(mut self, model: &'static str) -> Self {
        self.processor = model;
        self
    }

    /// Boots in Bochs, from an image: another processor and another UART,
    /// whose line runs at its real speed. Everything is some twenty times
    /// slower than in QEMU.
    #[must_use]
    pub const fn in_bochs(self) -> Self {
        self.in_bochs_with("core2_penryn_t9600")
    }

    /// Boots in Bochs with this model of a processor, from the list that
    /// `bochs-bin --help cpu` prints.
    #[must_use]
    pub const fn in_bochs_with(mut self, model: &'static str) -> Self {
        self.kind = Kind::Bochs(model);
        self
    }

    /// Makes each instruction take four nanoseconds of the machine's time, as
    /// on an old processor.
    #[must_use]
    pub const fn instructions_of_4_ns(mut self) -> Self {
        self.instruction_shift = Some(2);
        self
    }

    /// Lets a reset restart QEMU's machine.
    #[must_use]
    pub const fn starts_anew(mut self) -> Self {
        self.starts_anew = true;
        self
    }

    /// Sets what QEMU's board has, which is one with PCI otherwise.
    #[must_use]
    pub const fn board(mut self, board: Board) -> Self {
        self.board = board;
        self
    }

    /// Limits the console's port to this many bits a second, like a real
    /// one. QEMU's own takes everything at once.
    #[must_use]
    pub const fn console_baud(mut self, baud: u32) -> Self {
        self.console_baud = Some(baud);
        self
    }

    /// Sets the memory, in MiB.
    #[must_use]
    pub const fn memory_mib(mut self, memory_mib: u32) -> Self {
        self.memory_mib = memory_mib;
        self
    }

    /// Puts the stub on this COM port, 1 to 4, at this rate. There are no
    /// serial ports but this one and the console's.
    #[must_use]
    pub fn on_port(mut self, port: usize, baud: u32) -> Self {
        self.port = port;
        let console = self.console_port();
        self.word(&format!("debug=com{port},{baud}"))
            .word(&format!("console=com{console}"))
    }

    pub(super) const fn console_port(&self) -> usize {
        if self.port == 2 { 1 } else { 2 }
    }

    /// Sets how the serial line is reached.
    #[must_use]
    pub const fn serial(mut self, serial: Serial) -> Self {
        self.serial = serial;
        self
    }

    /// The boot modules: files with their arguments.
    pub(super) fn boot_modules(
        &self,
    ) -> impl Iterator<Item = (PathBuf, String)> {
        let programs = self.modules.iter().map(|line| {
            let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
            (artifacts::module(name), arguments.to_owned())
        });
        programs.chain(self.files.iter().cloned())
    }
}
