//! Starting Bochs.

use super::cable::Cable;
use crate::artifacts;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts Bochs on an image, with its files in `scratch` and its first
/// serial port on the cable's terminal.
pub(super) fn start(
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
