//! A machine that runs the kernel: QEMU, as a rule, or Bochs.
//!
//! `./x run` boots the same system for people; here a test also chooses
//! what `./x run` fixes: the whole command line, the modules, and a
//! connection to the emulator's own debugger.

mod bochs;
mod cable;
mod image;
mod qemu;

use crate::artifacts::{self, MISBEHAVING, PROGRAMS};
use crate::deadline::wait_until;
use crate::line;
use crate::monitor::Monitor;
use cable::Cable;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that a boot takes, on a busy machine.
pub const BOOT_LIMIT: Duration = Duration::from_secs(120);

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

/// Where a debugger finds a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// `HOST:PORT`.
    Tcp(String),
    /// A terminal device.
    Pty(PathBuf),
}

impl Endpoint {
    /// Returns what gdb's `target remote` takes.
    #[must_use]
    pub fn for_gdb(&self) -> String {
        match self {
            Self::Unix(path) | Self::Pty(path) => path.display().to_string(),
            Self::Tcp(address) => address.clone(),
        }
    }

    /// Returns what lldb's `process connect --plugin gdb-remote` takes.
    #[must_use]
    pub fn for_lldb(&self) -> String {
        match self {
            Self::Unix(path) => format!("unix-connect://{}", path.display()),
            Self::Tcp(address) => format!("connect://{address}"),
            Self::Pty(path) => format!("file://{}", path.display()),
        }
    }
}

/// As host-cli's `-t` takes it.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Pty(path) => write!(f, "pty:{}", path.display()),
        }
    }
}

/// A mainboard, by what can reset it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Board {
    /// One with PCI, whose chip set has a reset control register.
    Pci,
    /// One without, where the keyboard's controller resets the processor.
    Isa,
    /// One without either, where only the processor resets itself.
    IsaWithoutKeyboard,
}

/// What a machine is, and how it gets the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
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
    kind: Kind,
    memory_mib: u32,
    words: Vec<String>,
    /// The boot modules: names of programs, with their arguments.
    modules: Vec<String>,
    /// Boot modules besides: files, with their arguments.
    files: Vec<(PathBuf, String)>,
    serial: Serial,
    console_baud: Option<u32>,
    processor: &'static str,
    /// The number of the COM port with the debugger's line.
    port: usize,
    /// How long an instruction takes, as QEMU's `-icount` has it: 2 to this
    /// power, in nanoseconds.
    instruction_shift: Option<u8>,
    /// Whether a reset starts it anew; else it is QEMU's end.
    starts_anew: bool,
    board: Board,
}

impl Setup {
    /// Returns the demo system, with a stub behind a Unix socket.
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
    /// whose line has its real speed. All is some twenty times slower than
    /// in QEMU.
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

    /// Lets a reset start QEMU's machine anew.
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

    /// Lets the console's port send only so many bits a second, as a real
    /// one does. QEMU's own takes all at once.
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

    const fn console_port(&self) -> usize {
        if self.port == 2 { 1 } else { 2 }
    }

    /// Sets how the serial line is reached.
    #[must_use]
    pub const fn serial(mut self, serial: Serial) -> Self {
        self.serial = serial;
        self
    }

    /// Boots it, until its programs run or, with the word `wait`, until it
    /// waits for a debugger.
    ///
    /// # Panics
    ///
    /// Panics with the console's text if that does not happen in time.
    #[must_use]
    pub fn boot(&self) -> Machine {
        let machine = self.start();
        let line = if self.words.iter().any(|word| word == "wait") {
            "waiting for a debugger"
        } else {
            "ready:"
        };
        machine.wait_for_line(line, BOOT_LIMIT);
        machine
    }

    /// Starts it and waits for nothing.
    ///
    /// # Panics
    ///
    /// Panics if the emulator does not start.
    #[must_use]
    pub fn start(&self) -> Machine {
        let scratch = tempfile::Builder::new()
            .prefix("stormglass-")
            .tempdir()
            .expect("a directory can be made");
        match self.kind {
            Kind::Qemu | Kind::QemuFromImage => self.start_qemu(scratch),
            Kind::Bochs(model) => self.start_bochs(scratch, model),
        }
    }

    fn start_bochs(&self, scratch: TempDir, model: &str) -> Machine {
        assert_eq!(self.serial, Serial::Unix, "Bochs has a socket only");
        assert!(self.instruction_shift.is_none(), "that is QEMU's");
        assert_eq!(self.port, 1, "Bochs has the line at COM1");
        let path = scratch.path();
        let image =
            image::make(path, &self.words.join(" "), self.boot_modules());
        let line = path.join("com1");
        let cable = Cable::lay(&line);
        let mut emulator =
            bochs::start(path, &image, &cable, self.memory_mib, model);
        let monitor = Monitor::of_bochs(&mut emulator);
        Machine {
            emulator,
            monitor,
            endpoint: Endpoint::Unix(line),
            memory_bytes: self.memory_mib << 20,
            _cable: Some(cable),
            scratch,
        }
    }

    fn start_qemu(&self, scratch: TempDir) -> Machine {
        let qmp = scratch.path().join("qmp");
        if let Some(baud) = self.console_baud {
            let [from, to] =
                ["com2", "console"].map(|name| scratch.path().join(name));
            line::record(&from, &to, baud);
        }
        let said = File::create(scratch.path().join("emulator"))
            .and_then(|file| Ok((file.try_clone()?, file)))
            .expect("a file can be made there");
        let mut emulator = qemu::command(self, scratch.path())
            .stdin(Stdio::null())
            .stdout(said.0)
            .stderr(said.1)
            .spawn()
            .expect("qemu-system-i386 is installed");
        wait_until("QEMU's monitor socket", BOOT_LIMIT, || {
            let ended = emulator.try_wait();
            let ended = ended.expect("our own child can be asked");
            let said = || fs::read_to_string(scratch.path().join("emulator"));
            assert!(ended.is_none(), "QEMU {ended:?}: {:?}", said());
            qmp.exists()
        });
        let mut monitor = Monitor::connect(&qmp);
        let endpoint =
            qemu::endpoint(&monitor.command("info chardev"), self.port);
        let memory_bytes = self.memory_mib << 20;
        let _cable = None;
        Machine { emulator, monitor, endpoint, memory_bytes, _cable, scratch }
    }

    /// The boot modules: files with their arguments.
    fn boot_modules(&self) -> impl Iterator<Item = (PathBuf, String)> {
        let programs = self.modules.iter().map(|line| {
            let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
            (artifacts::module(name), arguments.to_owned())
        });
        programs.chain(self.files.iter().cloned())
    }
}

/// A running machine, which ends when it is dropped.
#[derive(Debug)]
pub struct Machine {
    emulator: Child,
    /// The emulator's own view of it.
    pub monitor: Monitor,
    endpoint: Endpoint,
    memory_bytes: u32,
    _cable: Option<Cable>,
    scratch: TempDir,
}

impl Machine {
    /// Returns where its debugger's line is.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns what the kernel has written so far.
    #[must_use]
    pub fn console(&self) -> String {
        let path = self.scratch.path().join("console");
        let bytes = fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\r', "")
    }

    /// Waits until the kernel has written a line that begins with `start`,
    /// and returns the line.
    ///
    /// # Panics
    ///
    /// Panics if it does not within `limit`.
    pub fn wait_for_line(&self, start: &str, limit: Duration) -> String {
        crate::deadline::wait_for(&format!("{start:?}"), limit, || {
            let console = self.console();
            // The last line may not be whole yet.
            let whole = console.rsplit_once('\n')?.0;
            let line = whole.lines().find(|line| line.starts_with(start));
            line.map(str::to_owned)
        })
    }

    /// Returns the lines that begin with `start` and were written so far.
    #[must_use]
    pub fn lines(&self, start: &str) -> Vec<String> {
        let console = self.console();
        let lines = console.lines().filter(|line| line.starts_with(start));
        lines.map(str::to_owned).collect()
    }

    /// Returns physical memory as it is at one moment.
    pub fn dump(&mut self) -> crate::walk::Memory {
        self.monitor.dump(self.memory_bytes)
    }

    /// Returns whether it has ended by itself: it was reset.
    ///
    /// # Panics
    ///
    /// Panics if that cannot be told.
    pub fn has_ended(&mut self) -> bool {
        self.emulator.try_wait().expect("it is our child").is_some()
    }

    /// Counts by how much the word at a physical address grows within
    /// `window`, read through the emulator.
    pub fn growth(&mut self, physical: u32, window: Duration) -> f64 {
        let (start, first) = (Instant::now(), self.monitor.word(physical));
        thread::sleep(window);
        let (elapsed, last) = (start.elapsed(), self.monitor.word(physical));
        f64::from(last.wrapping_sub(first)) / elapsed.as_secs_f64()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
        if thread::panicking() {
            eprintln!("--- the machine's console\n{}---", self.console());
        }
    }
}
