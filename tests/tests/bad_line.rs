//! host-cli's frames on a bad line: no wrong byte is ever accepted, and lost
//! bytes are requested again.
//!
//! The rates are those of the peers' measurements. Each answer is compared
//! with the kernel's image, as the linker wrote it.

use host_cli::client::{Client, Error};
use host_cli::link::{self, Address, Interrupt};
use std::fmt;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use tests::host::deadline::wait_until;
use tests::host::random::Random;
use tests::line::{Endpoint, Faults, Line, Manner};
use tests::machine::{Machine, Setup};
use tests::scenes::text;
use wire::query::{Checksum, Query, Space, Status};

const LIMIT: Duration = Duration::from_secs(120);

/// How many bytes each request is for.
const BYTES: u16 = 64;

/// Every fault, how many requests meet it in a short run, and which share of
/// them may be given up.
const RATES: [(&str, Faults, u32, f64); 7] = [
    ("flip 1e-3", Faults::flips(1e-3), 200, 0.0),
    ("drop 1e-3", Faults::drops(1e-3), 200, 0.0),
    ("dup 1e-3", Faults::duplicates(1e-3), 200, 0.0),
    ("mix 3e-3", Faults::mix(3e-3), 200, 0.0),
    ("burst4 1e-3", Faults::bursts(1e-3), 200, 0.0),
    ("garbage before half of all frames", Faults::garbage(0.5), 200, 0.0),
    ("flip 1e-2", Faults::flips(1e-2), 50, 0.025),
];

fn is_long() -> bool {
    std::env::var_os("STORMGLASS_LONG").is_some()
}

/// Returns the number for a short run, or what `./x test --long` makes.
fn requests(short: u32) -> u32 {
    if is_long() { 10_000 } else { short }
}

/// Returns when a request is given up: host-cli's own default, but a short
/// run must not mistake a busy machine for a bad line.
fn timeout() -> Duration {
    Duration::from_secs(if is_long() { 5 } else { 60 })
}

/// How requests went.
#[derive(Default)]
struct Outcome {
    right: u32,
    wrong: Vec<String>,
    gave_up: u32,
    took: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { right, wrong, gave_up, took } = self;
        let wrong = wrong.len();
        write!(f, "{right} right, {wrong} WRONG, {gave_up} gave up, {took:.1?}")
    }
}

/// Asks for memory, and for checksums of memory, at random places of the
/// kernel's text.
fn ask(machine: &Machine, manner: Manner, requests: u32) -> Outcome {
    let text = text::segment();
    let line = Line::lay(machine.endpoint(), manner);
    let mut client = client(&line);
    let mut random = Random::new(manner.seed);
    let mut outcome = Outcome::default();
    let began = Instant::now();
    for number in 0..requests {
        let last = text.data.len() as u32 - u32::from(BYTES);
        let offset = random.bits() % last;
        let address = text.start + offset;
        let expected = &text.data[offset as usize..][..usize::from(BYTES)];
        let is_read = number % 2 == 0;
        let space = Space::Current;
        let query = if is_read {
            Query::Read { space, address, len_bytes: BYTES }
        } else {
            let len_bytes = u32::from(BYTES);
            Query::Checksum { space, address, len_bytes, crc: u32::MAX }
        };
        let reply = match client.ask(query) {
            Ok(reply) => reply,
            Err(
                Error::TimedOut(_)
                | Error::NeverAnswered { .. }
                | Error::NeverWhole { .. },
            ) => {
                outcome.gave_up += 1;
                continue;
            }
            Err(error) => panic!("request {number}: {error}"),
        };
        let is_right = reply.head.status == Status::Answered
            && if is_read {
                reply.body == expected
            } else {
                checksum_of(&reply.body) == Some((64, text::checksum(expected)))
            };
        if is_right {
            outcome.right += 1;
        } else {
            outcome.wrong.push(format!("{query:?}: {reply:?}"));
        }
    }
    outcome.took = began.elapsed();
    outcome
}

fn client(line: &Line) -> Client {
    let address: Address = line.near_end().to_string().parse().expect("one");
    let interrupt = Interrupt::default();
    let line = link::open(&address, timeout(), &interrupt);
    let line = line.unwrap_or_else(|error| panic!("no line: {error}"));
    Client::new(line, address.baud(), timeout(), interrupt)
}

/// Returns how many bytes an answer is about, and their checksum.
fn checksum_of(body: &[u8]) -> Option<(u32, u32)> {
    let Checksum { done_bytes, crc } = postcard::from_bytes(body).ok()?;
    Some((done_bytes, crc))
}

#[test]
fn no_wrong_byte_is_taken_and_what_is_lost_is_asked_for_again() {
    let machine = Setup::demo().boot();
    let mut failed = Vec::new();
    for (index, (name, faults, short, may_give_up)) in RATES.iter().enumerate()
    {
        let requests = requests(*short);
        let seed = 0x5EED + index as u64;
        let outcome = ask(&machine, Manner::bad(*faults, seed), requests);
        println!("{name}, seed {seed:#x}: {outcome}");
        let most = (f64::from(requests) * may_give_up) as u32;
        let is_well = outcome.wrong.is_empty()
            && outcome.gave_up <= most
            && outcome.right + outcome.gave_up == requests;
        if !is_well {
            failed.push(format!("{name}: {outcome} {:?}", outcome.wrong));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // The line was indeed bad.
    let info = tests::clients::host_cli::json(machine.endpoint(), &["info"]);
    let counts = info.member("link");
    println!("the stub has counted {counts}");
    for what in ["naks", "noise", "cut"] {
        assert!(counts[what].as_u64() > Some(0), "{what}: {counts}");
    }
}

#[test]
fn a_far_line_is_as_good_as_a_near_one() {
    let machine = Setup::demo().boot();
    let latency = Duration::from_millis(8);
    let faults = Faults::mix(3e-3);
    let manner = Manner { latency, ..Manner::bad(faults, 0xFA4) };
    let outcome = ask(&machine, manner, requests(200) / 4);
    println!("mix 3e-3 and 8 ms each way: {outcome}");
    assert!(outcome.wrong.is_empty(), "{:?}", outcome.wrong);
    assert_eq!(outcome.gave_up, 0, "{outcome}");
}

#[test]
fn noise_without_a_session_stops_nothing() {
    const KIB: usize = 1024;
    let mut machine = Setup::demo().modules(&["guardian 1"]).boot();
    let Endpoint::Unix(path) = machine.endpoint().clone() else {
        panic!("the line is a socket");
    };
    let mut line = UnixStream::connect(path).expect("the line is there");
    line.set_write_timeout(Some(LIMIT)).expect("it can be set");
    let mut random = Random::new(0x9015E);
    let reports = |machine: &Machine| {
        machine.console().matches("guardian: intact after").count()
    };
    let before = reports(&machine);
    for _ in 0..if is_long() { 1024 } else { 128 } {
        let noise: Vec<u8> =
            (0..KIB).map(|_| random.bits().to_le_bytes()[3]).collect();
        line.write_all(&noise).expect("the line takes it");
    }
    drop(line);
    // The interval between its reports depends on the work in between.
    wait_until("the guardian to go on", LIMIT, || {
        reports(&machine) >= before + 2
    });
    text::assert_untouched(&mut machine);
    let answer = tests::clients::host_cli::json(machine.endpoint(), &["info"]);
    let info = answer.member("link");
    assert_eq!(answer.json["running"], true, "{}", answer.json);
    println!("the stub has counted {info}");
    assert!(info["noise"].as_u64() > Some(KIB as u64 * 8), "{info}");
}
