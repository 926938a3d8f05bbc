//! Starting Bochs.

use super::cable::Cable;
use super::image;
use super::monitor::Monitor;
use super::running::Machine;
use super::setup::{Serial, Setup};
use crate::artifacts;
use crate::line::Endpoint;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;

impl Setup {
    /// Starts it in Bochs.
    pub(super) fn start_bochs(&self, scratch: TempDir, model: &str) -> Machine {
        assert_eq!(self.serial, Serial::Unix, "Bochs has a socket only");
        assert!(self.instruction_shift.is_none(), "that is QEMU's");
        assert_eq!(self.port, 1, "Bochs has the line at COM1");
        let path = scratch.path();
        let image =
            image::make(path, &self.words.join(" "), self.boot_modules());
        let line = path.join("com1");
        let cable = Cable::lay(&line);
        let mut emulator = start(path, &image, &cable, self.memory_mib, model);
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
}

/// Starts Bochs on an image, with its files in `scratch` and its first
/// serial port on the cable's terminal.
fn start(
    scratch: &Path,
    image: &Path,
    cable: &Cable,
    memory_mib: u32,
    model: &str,
) -> Child {
    let commands = scratch.join("commands");
    fs::write(&commands, "continue\n").expect("it can be written");
    let said = File::create(scratch.join("emulator"));
    Command::new("bochs-bin")
        .args(has_debugger_option().then_some("-debugger"))
        .args(["-q", "-f"])
        .arg(artifacts::root().join("tests/bochsrc"))
        .arg("-rc")
        .arg(commands)
        .env("MEMORY", memory_mib.to_string())
        .env("CPU", model)
        .env("CLOCK", "none")
        .env("IMAGE", image)
        .env("LINE", cable.terminal())
        .env("CONSOLE", scratch.join("console"))
        .env("LOG", scratch.join("log"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(said.expect("a file can be made there"))
        .spawn()
        .expect("bochs-bin is installed")
}

/// Returns whether the debugger, which takes the commands, is an option, as it
/// is since version 3. Asked once for all machines of a test.
fn has_debugger_option() -> bool {
    static ANSWER: LazyLock<bool> = LazyLock::new(|| {
        let help = Command::new("bochs-bin").arg("--help").output();
        let help = help.expect("bochs-bin is installed");
        let said = [help.stdout, help.stderr].concat();
        String::from_utf8_lossy(&said).contains("-debugger")
    });
    *ANSWER
}
