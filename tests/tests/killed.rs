//! Debuggers that are killed at any point: the next one finds a working
//! system, and nothing that the last one has left.

use std::fmt;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::packet::{Heard, Listener, framed, hex};
use tests::host::random::Random;
use tests::line::{Endpoint, Line, Manner};
use tests::machine::{Machine, Setup};
use tests::scenes::text;
use tests::scenes::ticks;

/// The longest that anything takes.
const LIMIT: Duration = Duration::from_secs(60);
/// How long a client waits before it resends a packet, like gdb.
const SILENCE: Duration = Duration::from_secs(2);

const SEED: u64 = 0x5160_0009;

/// How many clients are killed: raw ones, gdb and host-cli.
fn counts() -> [u32; 3] {
    if std::env::var_os("STORMGLASS_LONG").is_some() {
        [840, 80, 80]
    } else {
        [42, 2, 2]
    }
}

/// A client that speaks gdb's protocol up to any point.
struct Raw(UnixStream);

/// The client died because the stub was silent.
#[derive(Debug)]
struct Silence(String);

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing that answers {}", self.0)
    }
}

type Said<T> = Result<T, Silence>;

impl Raw {
    fn connect(machine: &Machine) -> Self {
        let Endpoint::Unix(path) = machine.endpoint() else {
            panic!("the line is a socket");
        };
        let stream = UnixStream::connect(path).expect("QEMU listens");
        stream.set_read_timeout(Some(SILENCE)).expect("it can be set");
        stream.set_write_timeout(Some(LIMIT)).expect("it can be set");
        Self(stream)
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("QEMU takes it");
    }

    fn say(&mut self, body: &str) {
        self.send(&framed(body.as_bytes()));
    }

    /// Returns the next byte; none after [`SILENCE`].
    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        self.0.read_exact(&mut byte).ok().map(|()| byte[0])
    }

    /// Reads until this byte has come this many times.
    fn pass(&mut self, what: u8, times: usize) -> Said<()> {
        let began = Instant::now();
        let mut seen = 0;
        while seen < times {
            match self.byte() {
                Some(byte) => seen += usize::from(byte == what),
                None if began.elapsed() < LIMIT => {}
                None => return Err(Silence(format!("{:?}", what as char))),
            }
        }
        Ok(())
    }

    /// Returns the next whole packet, and acknowledges it; none after
    /// [`SILENCE`]. Anything else is the end of a reply to another client.
    fn hear(&mut self) -> Option<String> {
        let mut listener = Listener::default();
        loop {
            match listener.push(self.byte()?) {
                Some(Heard::Packet(body)) => {
                    self.send(b"+");
                    return String::from_utf8(body).ok();
                }
                Some(Heard::Damaged(_)) => self.send(b"-"),
                _ => {}
            }
        }
    }

    /// Sends a packet until it is answered.
    fn ask(&mut self, packet: &str, answer: &str) -> Said<String> {
        let began = Instant::now();
        while began.elapsed() < LIMIT {
            self.say(packet);
            while let Some(reply) = self.hear() {
                if reply.starts_with(answer) {
                    return Ok(reply);
                }
            }
        }
        Err(Silence(packet.to_owned()))
    }

    /// Begins a session.
    fn open(&mut self) -> Said<()> {
        self.ask("qSupported:swbreak+;hwbreak+", "PacketSize=")?;
        self.ask("?", "T").map(drop)
    }

    /// Resumes the system, and waits until the stub has acknowledged that.
    fn resume(&mut self, how: &str) -> Said<()> {
        self.say(how);
        self.pass(b'+', 1)
    }
}

/// Where breakpoints are set.
struct Places {
    /// Every system call passes here.
    often: u32,
    /// The byte there, in hex digits.
    code: String,
    /// No task ever does.
    never: u32,
    /// A word that the timer writes.
    ticks: u32,
}

impl Places {
    fn new() -> Self {
        let kernel = Image::open(&artifacts::kernel());
        let ticks = ticks::address();
        let often = kernel.address("kernel::system_call::dispatch");
        let text = text::segment();
        let code = &text.data[(often - text.start) as usize..][..4];
        Self {
            often,
            code: hex(code),
            never: kernel.address("kernel::start::main"),
            ticks,
        }
    }

    fn set(&self, client: &mut Raw) -> Said<()> {
        let Self { often, never, ticks, .. } = self;
        client.ask(&format!("Z0,{often:x},1"), "OK")?;
        client.ask(&format!("Z0,{never:x},1"), "OK")?;
        client.ask(&format!("Z1,{never:x},1"), "OK")?;
        client.ask(&format!("Z2,{ticks:x},4"), "OK").map(drop)
    }
}

/// How a client gets to where it dies.
type Course = fn(&mut Raw, &Places) -> Said<()>;

#[rustfmt::skip]
const COURSES: [(&str, Course); 21] = [
    ("connected", |_, _| Ok(())),
    ("in its first packet", |client, _| {
        client.send(b"$qSuppor");
        Ok(())
    }),
    ("in a checksum", |client, _| {
        client.send(b"$qSupported:#3");
        Ok(())
    }),
    ("before the first acknowledgement", |client, _| {
        client.say("qSupported:");
        Ok(())
    }),
    ("after the first acknowledgement", |client, _| {
        client.say("qSupported:");
        client.pass(b'+', 1)
    }),
    ("in the first reply", |client, _| {
        client.say("qSupported:");
        client.pass(b'=', 1)
    }),
    ("stopped", |client, _| client.open()),
    ("asking why it is stopped", |client, _| {
        client.open()?;
        client.say("?");
        client.pass(b'T', 1)
    }),
    ("with breakpoints", |client, places| {
        client.open()?;
        places.set(client)
    }),
    ("awaiting a stop that does not come", |client, places| {
        client.open()?;
        client.ask(&format!("Z0,{:x},1", places.never), "OK")?;
        client.resume("c")
    }),
    ("awaiting a stop that comes", |client, places| {
        client.open()?;
        client.ask(&format!("Z0,{:x},1", places.often), "OK")?;
        client.resume("c")
    }),
    ("awaiting a watched word", |client, places| {
        client.open()?;
        client.ask(&format!("Z2,{:x},4", places.ticks), "OK")?;
        client.resume("c")
    }),
    ("stopped without knowing", |client, places| {
        client.open()?;
        places.set(client)?;
        client.resume("c")?;
        client.pass(b'T', 1)
    }),
    ("in a step", |client, places| {
        client.open()?;
        places.set(client)?;
        client.resume("s")
    }),
    ("in a range of steps", |client, places| {
        client.open()?;
        client.ask(&format!("Z0,{:x},1", places.never), "OK")?;
        client.resume("vCont;r0,ffffffff")
    }),
    ("in a break", |client, _| {
        client.open()?;
        client.resume("c")?;
        client.send(&[3]);
        Ok(())
    }),
    ("in X", |client, places| {
        client.open()?;
        places.set(client)?;
        client.send(b"$Xb8000,40:\x01\x02\x03\x04");
        Ok(())
    }),
    ("in M", |client, places| {
        client.open()?;
        client.send(format!("$M{:x},4:cccc", places.never).as_bytes());
        Ok(())
    }),
    ("in a description", |client, places| {
        client.open()?;
        places.set(client)?;
        client.say("qXfer:features:read:target.xml:0,ff0");
        client.pass(b'<', 3)
    }),
    ("in a table", |client, _| {
        client.open()?;
        client.say("qXfer:osdata:read::0,ff0");
        client.pass(b'<', 3)
    }),
    ("in a query", |client, _| {
        client.send(b"%\x02\x01\x00");
        Ok(())
    }),
];

/// The next client: it begins a session, and ends it properly.
fn next(machine: &mut Machine, places: &Places) -> Said<()> {
    let mut client = Raw::connect(machine);
    client.open()?;
    let code = client.ask(&format!("m{:x},4", places.often), "")?;
    assert_eq!(code, places.code, "at {:#x}", places.often);
    client.ask("D", "OK")?;
    drop(client);
    // Breakpoints in code are seen by [`text`].
    let registers = machine.monitor.command("info registers");
    assert!(registers.contains("DR7=00000400"), "{registers}");
    ticks::wait_for(machine, 1);
    Ok(())
}

#[test]
fn a_client_that_is_killed_leaves_nothing_behind() {
    let mut machine = Setup::demo().boot();
    let places = Places::new();
    let mut random = Random::new(SEED);
    let [raw, ..] = counts();
    for cycle in 0..raw {
        // Each at least once, and then in any order.
        let (name, course) = match COURSES.get(cycle as usize) {
            Some(course) => course,
            None => random.choose(&COURSES),
        };
        let mut client = Raw::connect(&machine);
        let course = course(&mut client, &places);
        course.unwrap_or_else(|problem| panic!("{cycle}, {name}: {problem}"));
        drop(client);
        // Sometimes the next one is killed as well.
        if random.bits().is_multiple_of(3) {
            continue;
        }
        let next = next(&mut machine, &places);
        next.unwrap_or_else(|it| panic!("{cycle}, after {name}: {it}"));
        if random.bits().is_multiple_of(8) {
            text::assert_untouched(&mut machine);
        }
    }
    next(&mut machine, &places).expect("the last client is served");
    text::assert_untouched(&mut machine);
    println!("seed {SEED:#x}: {raw} raw clients");
}

/// Starts a program, and kills it once this many bytes have come.
fn kill_after(bytes: u64, line: &Line, program: &mut Command) {
    let (_, before) = line.bytes();
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program:?}: {error}"));
    let began = Instant::now();
    let ended = |child: &mut std::process::Child| {
        child.try_wait().expect("it is our child").is_some()
    };
    while line.bytes().1 - before < bytes && !ended(&mut child) {
        // It may be stuck waiting for bytes; to be killed there counts, too.
        if began.elapsed() > Duration::from_secs(10) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    // It may have exited by itself.
    let _ = child.kill();
    child.wait().expect("it is our child");
}

#[test]
fn so_does_a_real_one() {
    let mut machine = Setup::demo().boot();
    let places = Places::new();
    let mut random = Random::new(SEED);
    let line = Line::lay(machine.endpoint(), Manner::PERFECT);
    let target = line.near_end();
    let [_, gdbs, host_clis] = counts();
    for _ in 0..gdbs {
        let mut gdb = Command::new("gdb");
        gdb.args(["-q", "-nx", "-ex", "set confirm off"])
            .args(["-ex", "set pagination off"])
            .arg("-ex")
            .arg(format!("target remote {}", target.for_gdb()))
            .args(["-ex", "break kernel::system_call::dispatch"])
            .args(["-ex", "hbreak kernel::start::main"])
            .args(["-ex", "continue", "-ex", "bt", "-ex", "info threads"])
            .args(["-ex", "x/256xw 0x100000", "-ex", "stepi 20"])
            .args(["-ex", "delete 1", "-ex", "continue"])
            .arg(artifacts::kernel());
        kill_after(u64::from(random.bits() % 25_000), &line, &mut gdb);
        next(&mut machine, &places).expect("the next client is served");
        text::assert_untouched(&mut machine);
    }
    for _ in 0..host_clis {
        let mut command = Command::new(artifacts::directory().join("host-cli"));
        command.args(["-t", &target.to_string()]).args([
            "read",
            "0x100000",
            "128KiB",
            "-o",
            "/dev/null",
        ]);
        kill_after(u64::from(random.bits() % 100_000), &line, &mut command);
        next(&mut machine, &places).expect("the next client is served");
        text::assert_untouched(&mut machine);
    }
    println!("seed {SEED:#x}: {gdbs} gdbs, {host_clis} host-clis");
}
