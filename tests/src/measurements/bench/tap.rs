//! A tap on a line: counts what goes by and changes nothing.

use crate::host::deadline::wait_until;
use crate::line::{Endpoint, Line, Manner, Position};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::ops::Sub;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The speed of a line that has one, in bits a second.
pub const BAUD: u32 = 115_200;
/// How many bytes a second it carries each way: a byte is ten bits.
pub const BYTES_PER_SECOND: f64 = BAUD as f64 / 10.0;

/// How long a byte travels on a long-distance line.
pub const LATENCY: Duration = Duration::from_millis(8);

/// A line that was silent for this long carries nothing more.
const QUIET: Duration = Duration::from_millis(60);
/// A line that has not fallen silent after this long never will.
const LIMIT: Duration = Duration::from_secs(30);

/// How fast a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// [`BAUD`].
    Paced,
    /// [`BAUD`], and [`LATENCY`] besides.
    Far,
    /// As fast as the host.
    Unpaced,
}

/// What went by.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Traffic {
    /// Bytes to the machine, framing and acknowledgements included.
    pub up: u64,
    /// Bytes from the machine.
    pub down: u64,
    /// Packets and frames to the machine: each waits for its answer.
    pub trips: u64,
}

impl Sub for Traffic {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            up: self.up - before.up,
            down: self.down - before.down,
            trips: self.trips - before.trips,
        }
    }
}

/// A tap, and the line that it is on.
#[derive(Debug)]
pub struct Tap {
    scratch: TempDir,
    seen: Arc<Mutex<Seen>>,
    /// Lives as long as the tap does.
    _line: Option<Line>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    traffic: Traffic,
    /// The position in the bytes to the machine.
    upward: Position,
    last: Instant,
}

impl Tap {
    /// Taps a new line to a machine. One debugger after another can use it.
    ///
    /// # Panics
    ///
    /// Panics if no socket can be made, or the machine has none.
    #[must_use]
    pub fn on(machine: &Endpoint, pace: Pace) -> Self {
        let paced = Manner { baud: Some(BAUD), ..Manner::PERFECT };
        let line = match pace {
            Pace::Paced => Some(Line::lay(machine, paced)),
            Pace::Far => {
                let far = Manner { latency: LATENCY, ..paced };
                Some(Line::lay(machine, far))
            }
            Pace::Unpaced => None,
        };
        let far = line.as_ref().map_or_else(|| machine.clone(), Line::near_end);
        let Endpoint::Unix(far) = far else {
            panic!("a tap is on a Unix socket, not on {far}");
        };
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let seen = Seen {
            traffic: Traffic::default(),
            upward: Position::Between,
            last: Instant::now(),
        };
        let tap =
            Self { scratch, seen: Arc::new(Mutex::new(seen)), _line: line };
        let listener =
            UnixListener::bind(tap.path()).expect("a socket can be made there");
        let seen = tap.seen.clone();
        thread::spawn(move || {
            while let Ok((near, _)) = listener.accept() {
                let Ok(far) = UnixStream::connect(&far) else { break };
                thread::scope(|scope| {
                    scope.spawn(|| {
                        carry(&near, &far, |bytes| lock(&seen).up(bytes));
                    });
                    carry(&far, &near, |bytes| lock(&seen).down(bytes));
                });
            }
        });
        tap
    }

    /// Returns where a debugger finds the line.
    #[must_use]
    pub fn near_end(&self) -> Endpoint {
        Endpoint::Unix(self.path())
    }

    pub(super) fn path(&self) -> PathBuf {
        self.scratch.path().join("tap")
    }

    /// Returns what went by since the tap was laid.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        lock(&self.seen).traffic
    }

    /// Waits until nothing is in flight any more, and returns what went by.
    ///
    /// # Panics
    ///
    /// Panics if the line does not fall silent.
    #[must_use]
    pub fn at_rest(&self) -> Traffic {
        let last = || lock(&self.seen).last;
        let start = Instant::now();
        wait_until("a quiet line", LIMIT, || {
            last().max(start).elapsed() >= QUIET
        });
        self.traffic()
    }
}

impl Seen {
    fn up(&mut self, bytes: &[u8]) {
        self.last = Instant::now();
        self.traffic.up += bytes.len() as u64;
        for byte in bytes {
            let was_between = self.upward == Position::Between;
            self.upward = self.upward.after(*byte);
            let begins = was_between && self.upward == Position::Body;
            self.traffic.trips += u64::from(begins);
        }
    }

    fn down(&mut self, bytes: &[u8]) {
        self.last = Instant::now();
        self.traffic.down += bytes.len() as u64;
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Carries bytes one way until one of the ends is closed.
fn carry(
    mut from: &UnixStream,
    mut to: &UnixStream,
    mut count: impl FnMut(&[u8]),
) {
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut chunk) {
        count(&chunk[..read]);
        if to.write_all(&chunk[..read]).is_err() {
            break;
        }
    }
    // Ends the other direction as well.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_and_bytes_are_counted_and_arrive() {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let path = scratch.path().join("machine");
        let machine = UnixListener::bind(&path).expect("it can be bound");
        let tap = Tap::on(&Endpoint::Unix(path), Pace::Unpaced);
        let mut near = UnixStream::connect(tap.path()).expect("it listens");
        let (mut far, _) = machine.accept().expect("the line connects");
        let sent = b"+$g#67+$X1,2:%$#00\x03%q#71";
        near.write_all(sent).expect("it takes it");
        let mut received = vec![0; sent.len()];
        far.read_exact(&mut received).expect("it arrives");
        assert_eq!(received, sent);
        far.write_all(b"+").expect("it takes it");
        near.read_exact(&mut received[..1]).expect("it arrives");
        let up = sent.len() as u64;
        assert_eq!(tap.at_rest(), Traffic { up, down: 1, trips: 3 });
    }
}
