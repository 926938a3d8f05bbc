//! A machine in QEMU that runs the kernel.
//!
//! `./x run` boots the same system for people; here a test also chooses
//! what `./x run` fixes: the whole command line, and a machine protocol on
//! the monitor.

use crate::artifacts::{self, MISBEHAVING, PROGRAMS};
use crate::deadline::wait_until;
use crate::monitor::Monitor;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that a boot takes, on a busy machine.
pub const BOOT_LIMIT: Duration = Duration::from_secs(60);

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

/// A machine to be booted.
#[derive(Clone, Debug)]
pub struct Setup {
    memory_mib: u32,
    words: Vec<String>,
    /// The boot modules: names of programs, with their arguments.
    modules: Vec<String>,
    /// Boot modules besides: files, with their arguments.
    files: Vec<(PathBuf, String)>,
    serial: Serial,
    counts_instructions: bool,
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
            memory_mib: 16,
            words: vec!["console=com2".to_owned()],
            modules: PROGRAMS
                .iter()
                .chain(&MISBEHAVING)
                .map(|name| (*name).to_owned())
                .collect(),
            files: Vec::new(),
            serial: Serial::Unix,
            counts_instructions: false,
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
        self.counts_instructions = true;
        self
    }

    /// Sets the memory, in MiB.
    #[must_use]
    pub const fn memory_mib(mut self, memory_mib: u32) -> Self {
        self.memory_mib = memory_mib;
        self
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
            "waiting for a debugger on com1"
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
    /// Panics if QEMU does not start.
    #[must_use]
    pub fn start(&self) -> Machine {
        let scratch = tempfile::Builder::new()
            .prefix("stormglass-")
            .tempdir()
            .expect("a directory can be made");
        let qmp = scratch.path().join("qmp");
        let command = &mut self.qemu(&scratch);
        let said = File::create(scratch.path().join("qemu"))
            .and_then(|file| Ok((file.try_clone()?, file)))
            .expect("a file can be made there");
        let mut qemu = command
            .stdin(Stdio::null())
            .stdout(said.0)
            .stderr(said.1)
            .spawn()
            .expect("qemu-system-i386 is installed");
        wait_until("QEMU's monitor socket", BOOT_LIMIT, || {
            let ended = qemu.try_wait().expect("our own child can be asked");
            let said = || fs::read_to_string(scratch.path().join("qemu"));
            assert!(ended.is_none(), "QEMU {ended:?}: {:?}", said());
            qmp.exists()
        });
        let mut monitor = Monitor::connect(&qmp);
        let endpoint = endpoint(&monitor.command("info chardev"));
        let memory_bytes = self.memory_mib << 20;
        Machine { qemu, monitor, endpoint, memory_bytes, scratch }
    }

    fn qemu(&self, scratch: &TempDir) -> Command {
        let path = |name: &str| scratch.path().join(name).display().to_string();
        let serial = match self.serial {
            Serial::Unix => format!("unix:{},server=on,wait=off", path("com1")),
            Serial::Tcp => {
                "tcp:127.0.0.1:0,server=on,wait=off,nodelay=on".to_owned()
            }
            Serial::Pty => "pty".to_owned(),
        };
        let programs = self.modules.iter().map(|line| {
            let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
            (artifacts::module(name), arguments.to_owned())
        });
        let modules = programs.chain(self.files.iter().cloned());
        let modules = modules.map(|(path, arguments)| {
            // A comma separates modules, two stand for one.
            format!("{} {arguments}", path.display()).replace(',', ",,")
        });
        let mut qemu = Command::new("qemu-system-i386");
        qemu.args(["-accel", "tcg", "-display", "none"])
            .args(["-nodefaults", "-no-reboot"])
            .args(["-m", &self.memory_mib.to_string()])
            .arg("-kernel")
            .arg(artifacts::kernel())
            .args(["-initrd", &modules.collect::<Vec<_>>().join(",")])
            .args(["-append", &self.words.join(" ")])
            .args(["-serial", &serial])
            .args(["-serial", &format!("file:{}", path("console"))])
            .args([
                "-qmp",
                &format!("unix:{},server=on,wait=off", path("qmp")),
            ]);
        if self.counts_instructions {
            qemu.args(["-icount", "shift=0"]);
        }
        qemu
    }
}

/// Finds the first serial port in what `info chardev` says, for example
/// `serial0: filename=disconnected:tcp:127.0.0.1:41235,server=on`.
fn endpoint(chardevs: &str) -> Endpoint {
    let found = chardevs.lines().find_map(|line| {
        let name = line.strip_prefix("serial0: filename=")?;
        let name = name.strip_prefix("disconnected:").unwrap_or(name);
        let (kind, place) = name.split_once(':')?;
        let place = place.split(',').next()?;
        match kind {
            "unix" => Some(Endpoint::Unix(place.into())),
            "tcp" => Some(Endpoint::Tcp(place.to_owned())),
            "pty" => Some(Endpoint::Pty(place.into())),
            _ => None,
        }
    });
    found.unwrap_or_else(|| panic!("no serial port in:\n{chardevs}"))
}

/// A running machine, which ends when it is dropped.
#[derive(Debug)]
pub struct Machine {
    qemu: Child,
    /// QEMU's own view of it.
    pub monitor: Monitor,
    endpoint: Endpoint,
    memory_bytes: u32,
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

    /// Counts by how much the word at a physical address grows within
    /// `window`, read through QEMU.
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
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
        if thread::panicking() {
            eprintln!("--- the machine's console\n{}---", self.console());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_port_is_found_in_qemus_list() {
        let list = |name| {
            format!("compat_monitor0: filename=vc\nserial0: filename={name}\n")
        };
        assert_eq!(
            endpoint(&list("disconnected:unix:/tmp/a/com1,server=on")),
            Endpoint::Unix("/tmp/a/com1".into())
        );
        assert_eq!(
            endpoint(&list("disconnected:tcp:127.0.0.1:4123,server=on")),
            Endpoint::Tcp("127.0.0.1:4123".to_owned())
        );
        assert_eq!(
            endpoint(&list("pty:/dev/pts/3")),
            Endpoint::Pty("/dev/pts/3".into())
        );
    }
}
