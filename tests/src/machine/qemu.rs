//! Starting QEMU, and finding its serial port.

use super::image;
use super::monitor::Monitor;
use super::running::{BOOT_LIMIT, Machine};
use super::setup::{Board, Kind, Serial, Setup};
use crate::artifacts;
use crate::host::deadline::wait_until;
use crate::line::{self, Endpoint};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

impl Setup {
    /// Starts it in QEMU.
    pub(super) fn start_qemu(&self, scratch: TempDir) -> Machine {
        let qmp = scratch.path().join("qmp");
        if let Some(baud) = self.console_baud {
            let [from, to] =
                ["com2", "console"].map(|name| scratch.path().join(name));
            line::record(&from, &to, baud);
        }
        let said = File::create(scratch.path().join("emulator"))
            .and_then(|file| Ok((file.try_clone()?, file)))
            .expect("a file can be made there");
        let mut emulator = command(self, scratch.path())
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
        let endpoint = endpoint(&monitor.command("info chardev"), self.port);
        let memory_bytes = self.memory_mib << 20;
        let _cable = None;
        Machine { emulator, monitor, endpoint, memory_bytes, _cable, scratch }
    }
}

/// Returns the command that starts QEMU for `setup`, with its files in
/// `scratch`.
fn command(setup: &Setup, scratch: &Path) -> Command {
    let path = |name: &str| scratch.join(name).display().to_string();
    let serial = match setup.serial {
        Serial::Unix => format!("unix:{},server=on,wait=off", path("com1")),
        Serial::Tcp => {
            "tcp:127.0.0.1:0,server=on,wait=off,nodelay=on".to_owned()
        }
        Serial::Pty => "pty".to_owned(),
    };
    let console = match setup.console_baud {
        None => format!("file:{}", path("console")),
        Some(_) => format!("unix:{}", path("com2")),
    };
    let words = setup.words.join(" ");
    let mut qemu = Command::new("qemu-system-i386");
    qemu.args(["-accel", "tcg", "-display", "none"])
        .args(["-nodefaults", "-cpu", setup.processor])
        .args(["-m", &setup.memory_mib.to_string()]);
    if !setup.starts_anew {
        qemu.arg("-no-reboot");
    }
    qemu.args([
        "-machine",
        match setup.board {
            Board::Pci => "pc",
            Board::Isa => "isapc",
            Board::IsaWithoutKeyboard => "isapc,i8042=off",
        },
    ]);
    if setup.kind == Kind::QemuFromImage {
        let image = image::make(scratch, &words, setup.boot_modules());
        qemu.arg("-cdrom").arg(image);
    } else {
        let modules = setup.boot_modules().map(|(path, arguments)| {
            // A comma separates modules; two mean a literal one.
            format!("{} {arguments}", path.display()).replace(',', ",,")
        });
        qemu.arg("-kernel")
            .arg(artifacts::kernel())
            .args(["-initrd", &modules.collect::<Vec<_>>().join(",")])
            .args(["-append", &words]);
    }
    for port in 1..=4 {
        let device = match port {
            _ if port == setup.port => &serial,
            _ if port == setup.console_port() => &console,
            _ => "none",
        };
        qemu.args(["-serial", device]);
    }
    let qmp = format!("unix:{},server=on,wait=off", path("qmp"));
    qemu.args(["-qmp", &qmp]);
    if let Some(shift) = setup.instruction_shift {
        qemu.args(["-icount", &format!("shift={shift}")]);
    }
    qemu
}

/// Finds COM`port` in the output of `info chardev`, for example
/// `serial0: filename=disconnected:tcp:127.0.0.1:41235,server=on`.
fn endpoint(chardevs: &str, port: usize) -> Endpoint {
    let label = format!("serial{}: filename=", port - 1);
    let found = chardevs.lines().find_map(|line| {
        let name = line.strip_prefix(&label)?;
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
    found.unwrap_or_else(|| panic!("no COM{port} in:\n{chardevs}"))
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
            endpoint(&list("disconnected:unix:/tmp/a/com1,server=on"), 1),
            Endpoint::Unix("/tmp/a/com1".into())
        );
        assert_eq!(
            endpoint(&list("disconnected:tcp:127.0.0.1:4123,server=on"), 1),
            Endpoint::Tcp("127.0.0.1:4123".to_owned())
        );
        assert_eq!(
            endpoint(&list("pty:/dev/pts/3"), 1),
            Endpoint::Pty("/dev/pts/3".into())
        );
    }
}
