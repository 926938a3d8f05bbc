//! A serial port behind a telnet server, as ser2net is: each command of host-cli
//! answers, or says what is wrong.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::host::deadline::wait_until;
use tests::line::Endpoint;
use tests::line::changing::{
    Changing, TELNET_GREETING, in_telnet, out_of_telnet,
};
use tests::machine::{Serial, Setup};
use tests::scenes::ticks;

/// How long a command may take, on a busy host.
const LIMIT: Duration = Duration::from_secs(30);

/// The real ser2net, before a terminal; it is killed when this is dropped.
struct Ser2net {
    child: Child,
    scratch: TempDir,
}

impl Ser2net {
    /// Returns none if it is not installed.
    fn start(terminal: &Path) -> Option<Self> {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let ports = [("raw", ""), ("telnet", "telnet(rfc2217),")];
        let ports = ports.map(|(name, kind)| {
            format!(
                "connection: &{name}\n  accepter: {kind}unix,{}\n  \
                 connector: serialdev,{},115200n81,local\n",
                scratch.path().join(name).display(),
                terminal.display(),
            )
        });
        let settings = scratch.path().join("settings");
        let text = format!("%YAML 1.1\n---\n{}", ports.concat());
        fs::write(&settings, text).expect("it can be written");
        let child = Command::new("ser2net")
            .args(["-n", "-c"])
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let ser2net = Self { child, scratch };
        wait_until("ser2net to listen", LIMIT, || {
            ["raw", "telnet"]
                .iter()
                .all(|name| ser2net.scratch.path().join(name).exists())
        });
        Some(ser2net)
    }

    fn port(&self, name: &str) -> Endpoint {
        Endpoint::Unix(self.scratch.path().join(name))
    }
}

impl Drop for Ser2net {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_real_ser2net_is_used_raw_and_found_out_in_telnet() {
    let mut machine = Setup::demo().serial(Serial::Pty).boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let Endpoint::Pty(terminal) = machine.endpoint().clone() else {
        panic!("it has a terminal");
    };
    let Some(ser2net) = Ser2net::start(&terminal) else {
        eprintln!("ser2net is not installed");
        return;
    };
    let raw = ser2net.port("raw");
    let read = host_cli::json(&raw, &["read", "0x00100000", "64KiB"]);
    let digits = read.member("read")["data"].as_str();
    assert_eq!(digits.map(str::len), Some(2 * 65536));
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&raw.for_gdb());
    let same = gdb.command("compare-sections .text");
    assert!(same.contains("matched"), "{same}");
    gdb.command("detach");
    drop(gdb);
    says_telnet_or_answers(&ser2net.port("telnet"));
    ticks::wait_for(&mut machine, 1);
}

/// All that ser2net does at such a port, in both directions.
#[test]
fn it_is_said_by_every_command_that_meets_it() {
    let machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let line = Changing::start(
        machine.endpoint(),
        TELNET_GREETING,
        out_of_telnet,
        in_telnet,
    );
    says_telnet_or_answers(&line.end);
}

/// Most questions have no 0xff; what is searched for has.
#[test]
fn it_is_found_out_by_a_question_that_does_not_arrive() {
    let machine = Setup::demo().boot();
    let far = machine.endpoint();
    let line = Changing::start(far, b"", out_of_telnet, <[u8]>::to_vec);
    let search = ["search", "0x00100000", "64KiB", "ffffffff"];
    let answer = host_cli::json(&line.end, &search);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stderr.contains("speaks telnet"), "{answer:?}");
}

/// Runs every kind of question: its answer is whole, or the reason is said, and
/// never later than a question that goes unanswered is given up.
fn says_telnet_or_answers(target: &Endpoint) {
    let mut said = Vec::new();
    for command in [
        &["info"][..],
        &["layout"],
        &["translate", "0xb000"],
        &["regions", "--task", "8"],
        &["who", "0x0000b000"],
        &["processes"],
        &["threads"],
        &["mailboxes"],
        &["windows"],
        &["frames"],
        &["descriptors"],
        &["ports"],
        &["log"],
        &["read", "0xb000", "64"],
        &["read", "0x00100000", "64KiB"],
        &["search", "0x00100000", "64KiB", "ffffffff"],
        &["checksum", "0x00100000", "64KiB"],
        &["regs"],
    ] {
        let began = Instant::now();
        let mut answer = host_cli::json(target, command);
        // ser2net has one client at a time, and may not have seen yet that the
        // last one has left: it hangs up.
        while answer.code == 3 && began.elapsed() < LIMIT {
            answer = host_cli::json(target, command);
        }
        assert!(began.elapsed() < LIMIT, "{command:?}: {answer:?}");
        match answer.code {
            // A search that finds nothing says so.
            0 | 1 => assert_eq!(answer.stderr, "", "{command:?}"),
            _ => {
                assert_eq!(answer.code, 4, "{command:?}: {answer:?}");
                let mut lines = answer.stderr.lines();
                let first = lines.next().unwrap_or_default();
                assert!(first.contains("speaks telnet"), "{answer:?}");
                let hint = lines.next().unwrap_or_default();
                assert!(hint.contains("tcp,PORT"), "{answer:?}");
                assert_eq!(lines.next(), None, "{answer:?}");
                said.push(command[0]);
            }
        }
    }
    for command in ["read", "search", "regs"] {
        assert!(said.contains(&command), "{command}: {said:?}");
    }
}
