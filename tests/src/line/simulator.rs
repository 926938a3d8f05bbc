//! A realistic serial line: slow, long and bad, between a machine and its
//! debugger.
//!
//! QEMU's serial port passes bytes as fast as the host can. Here each byte
//! takes the time of ten bits, in both directions at once, and is subject
//! to the line's [`Faults`].

use super::endpoint::Endpoint;
use super::faults::{Damage, Faults};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How many bytes travel at once: as many as a 16550 holds.
const FIFO_BYTES: usize = 16;
/// How much is taken from a sender before it must wait, in [`Chunk`]s.
const WAITING_CHUNKS: usize = 64;

/// How a line ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It does not end.
    Lasts,
    /// It is closed once this many bytes have come from the machine.
    IsCutAfter(u64),
    /// It carries nothing more once this many bytes have come from the
    /// machine.
    FallsSilentAfter(u64),
}

/// What a line does to its bytes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Manner {
    /// Its speed in bits a second; none carries as fast as the host.
    pub baud: Option<u32>,
    /// How long a byte travels once it was sent.
    pub latency: Duration,
    /// What happens to the bytes, in each direction.
    pub faults: Faults,
    /// The seed of the faults.
    pub seed: u64,
    /// Whether there are none before [`Line::turn_bad`].
    pub is_good_at_first: bool,
    /// How it ends.
    pub fate: Fate,
}

impl Manner {
    /// A line that changes nothing.
    pub const PERFECT: Self = Self {
        baud: None,
        latency: Duration::ZERO,
        faults: Faults::NONE,
        seed: 1,
        is_good_at_first: false,
        fate: Fate::Lasts,
    };

    /// Returns a line with these faults that is as fast as the host.
    #[must_use]
    pub const fn bad(faults: Faults, seed: u64) -> Self {
        Self { faults, seed, ..Self::PERFECT }
    }
}

/// A line whose far end is a machine's Unix socket.
#[derive(Debug)]
pub struct Line {
    scratch: TempDir,
    is_bad: Arc<AtomicBool>,
    to_machine: Arc<AtomicU64>,
    from_machine: Arc<AtomicU64>,
}

impl Line {
    /// Lays a line of `baud` bits a second to the socket at `machine`.
    ///
    /// # Panics
    ///
    /// As [`Self::lay`].
    #[must_use]
    pub fn new(machine: &Endpoint, baud: u32, fate: Fate) -> Self {
        let baud = Some(baud);
        Self::lay(machine, Manner { baud, fate, ..Manner::PERFECT })
    }

    /// Lays a line to the socket at `machine`.
    ///
    /// One debugger after another can use it, until it ends.
    ///
    /// # Panics
    ///
    /// Panics if no socket can be made, or the machine has none.
    #[must_use]
    pub fn lay(machine: &Endpoint, manner: Manner) -> Self {
        let Endpoint::Unix(machine) = machine.clone() else {
            panic!("a line leads to a Unix socket, not to {machine}");
        };
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let line = Self {
            scratch,
            is_bad: Arc::new(AtomicBool::new(!manner.is_good_at_first)),
            to_machine: Arc::default(),
            from_machine: Arc::default(),
        };
        let listener = UnixListener::bind(line.socket())
            .expect("a socket can be made there");
        let Manner { faults, seed, .. } = manner;
        let mut up = Way {
            manner: Manner { fate: Fate::Lasts, ..manner },
            damage: Damage::new(faults, seed),
            is_bad: line.is_bad.clone(),
            count: line.to_machine.clone(),
        };
        let mut down = Way {
            manner,
            // Another stream of the same seed.
            damage: Damage::new(faults, !seed),
            is_bad: line.is_bad.clone(),
            count: line.from_machine.clone(),
        };
        thread::spawn(move || {
            while let Ok((near, _)) = listener.accept() {
                // A line that ends in an error has ended.
                let Ok(far) = UnixStream::connect(&machine) else { break };
                thread::scope(|scope| {
                    scope.spawn(|| up.carry(&near, &far));
                    down.carry(&far, &near);
                });
            }
        });
        line
    }

    /// Returns where a debugger finds it.
    #[must_use]
    pub fn near_end(&self) -> Endpoint {
        Endpoint::Unix(self.socket())
    }

    fn socket(&self) -> PathBuf {
        self.scratch.path().join("line")
    }

    /// Starts the faults, on a line that was good so far.
    pub fn turn_bad(&self) {
        self.is_bad.store(true, Ordering::Relaxed);
    }

    /// Returns how many bytes went to the machine, and how many came.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (load(&self.to_machine), load(&self.from_machine))
    }
}

/// Writes into the file `to` what comes through the socket at `from`, at
/// `baud` bits a second, and leaves the rest to wait in the socket.
///
/// # Panics
///
/// Panics if one of them cannot be made.
pub fn record(from: &Path, to: &Path, baud: u32) {
    let listener =
        UnixListener::bind(from).expect("a socket can be made there");
    let mut file = File::create(to).expect("a file can be made there");
    thread::spawn(move || {
        let (mut port, _) = listener.accept()?;
        let byte_time = Duration::from_secs(10) / baud;
        let mut free_at = Instant::now();
        let mut byte = [0];
        while port.read(&mut byte)? > 0 {
            free_at = free_at.max(Instant::now()) + byte_time;
            thread::sleep(free_at.saturating_duration_since(Instant::now()));
            file.write_all(&byte)?;
        }
        Ok::<(), io::Error>(())
    });
}

/// One direction of a line.
struct Way {
    manner: Manner,
    damage: Damage,
    is_bad: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
}

/// What was sent at once, and when.
type Chunk = (Instant, Vec<u8>);

impl Way {
    /// Carries bytes until one of the ends is closed.
    fn carry(&mut self, from: &UnixStream, to: &UnixStream) {
        let (sender, receiver) = mpsc::sync_channel(WAITING_CHUNKS);
        thread::scope(|scope| {
            scope.spawn(|| take(from, sender));
            self.deliver(receiver, to);
            // Ends the other direction as well.
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    }

    fn deliver(&mut self, from: Receiver<Chunk>, mut to: &UnixStream) {
        let Manner { baud, latency, fate, .. } = self.manner;
        let byte_time =
            baud.map_or(Duration::ZERO, |baud| Duration::from_secs(10) / baud);
        let mut free_at = Instant::now();
        for (sent_at, chunk) in from {
            for burst in chunk.chunks(FIFO_BYTES) {
                // However late the host schedules us: a line does not idle
                // while there is something to send.
                let bytes = u32::try_from(burst.len()).expect("it is small");
                free_at = free_at.max(sent_at) + byte_time * bytes;
                let arrives_at = free_at + latency;
                thread::sleep(
                    arrives_at.saturating_duration_since(Instant::now()),
                );
                let bytes = u64::from(bytes);
                let so_far = self.count.fetch_add(bytes, Ordering::Relaxed);
                match fate {
                    Fate::IsCutAfter(bytes) if so_far >= bytes => return,
                    Fate::FallsSilentAfter(bytes) if so_far >= bytes => {
                        continue;
                    }
                    _ => {}
                }
                let arrived = if self.is_bad.load(Ordering::Relaxed) {
                    to.write_all(&self.damage.carry(burst))
                } else {
                    to.write_all(burst)
                };
                if arrived.is_err() {
                    return;
                }
            }
        }
    }
}

/// Takes what is sent, until the end is closed. An error closes it just as
/// an end of file does.
fn take(mut from: &UnixStream, sender: SyncSender<Chunk>) {
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut chunk) {
        let taken = (Instant::now(), chunk[..read].to_vec());
        if sender.send(taken).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(fate: Fate) -> (Line, UnixStream, UnixStream) {
        ends_of(Manner { baud: Some(115_200), fate, ..Manner::PERFECT })
    }

    /// Lays a line and returns both of its ends.
    fn ends_of(manner: Manner) -> (Line, UnixStream, UnixStream) {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let path = scratch.path().join("machine");
        let machine = UnixListener::bind(&path).expect("it can be bound");
        let line = Line::lay(&Endpoint::Unix(path), manner);
        let near = UnixStream::connect(line.socket()).expect("it listens");
        let (far, _) = machine.accept().expect("the line connects");
        (line, near, far)
    }

    #[test]
    fn bytes_take_their_time_and_arrive_in_order() {
        let (line, mut near, mut far) = ends(Fate::Lasts);
        let sent: Vec<u8> = (0..=255).cycle().take(2304).collect();
        let start = Instant::now();
        near.write_all(&sent).expect("the line takes it");
        let mut received = vec![0; sent.len()];
        far.read_exact(&mut received).expect("it arrives");
        // 2304 bytes of ten bits at 115,200 bits a second.
        let elapsed = start.elapsed();
        assert!(elapsed >= Duration::from_millis(199), "{elapsed:?}");
        assert_eq!(received, sent);
        assert_eq!(line.bytes(), (2304, 0));
        drop(near);
        assert_eq!(far.read(&mut received).expect("it is closed"), 0);
    }

    #[test]
    fn a_line_meets_its_fate() {
        let (_line, mut near, mut far) = ends(Fate::IsCutAfter(64));
        far.write_all(&[7; 100]).expect("the line takes it");
        let mut received = Vec::new();
        near.read_to_end(&mut received).expect("it is closed");
        assert!((64..80).contains(&received.len()), "{}", received.len());

        let (line, mut near, mut far) = ends(Fate::FallsSilentAfter(64));
        far.write_all(&[7; 100]).expect("the line takes it");
        crate::host::deadline::wait_until(
            "it",
            Duration::from_secs(10),
            || line.bytes() == (0, 100),
        );
        drop(far);
        let mut received = Vec::new();
        near.read_to_end(&mut received).expect("it is closed");
        assert!((64..80).contains(&received.len()), "{}", received.len());
    }

    #[test]
    fn a_far_line_takes_its_time_once_for_all_that_it_carries() {
        let latency = Duration::from_millis(200);
        let (_line, mut near, mut far) =
            ends_of(Manner { latency, ..Manner::PERFECT });
        let start = Instant::now();
        let sent = [7; 1600];
        near.write_all(&sent).expect("the line takes it");
        let mut received = [0; 1600];
        far.read_exact(&mut received).expect("it arrives");
        assert!(start.elapsed() >= latency);
        // A hundred bursts, one after another, would take twenty seconds.
        assert!(start.elapsed() < Duration::from_secs(15));
        assert_eq!(received, sent);
    }

    #[test]
    fn a_line_turns_bad_when_it_is_told() {
        let manner = Manner::bad(Faults::flips(1.0), 1);
        let manner = Manner { is_good_at_first: true, ..manner };
        let (line, mut near, mut far) = ends_of(manner);
        let (sent, mut received) = ([7; 64], [0; 64]);
        near.write_all(&sent).expect("the line takes it");
        far.read_exact(&mut received).expect("it arrives");
        assert_eq!(received, sent);
        line.turn_bad();
        near.write_all(&sent).expect("the line takes it");
        far.read_exact(&mut received).expect("it arrives");
        assert!(received.iter().all(|byte| *byte != 7), "{received:?}");
    }

    #[test]
    fn a_bad_line_damages_each_direction_in_its_own_way() {
        let seed = 0x5EED;
        let faults = Faults::mix(0.1);
        let (_line, mut near, mut far) = ends_of(Manner::bad(faults, seed));
        let sent: Vec<u8> = (0..=255).cycle().take(3000).collect();
        near.write_all(&sent).expect("the line takes it");
        let up = Damage::new(faults, seed).carry(&sent);
        let mut received = vec![0; up.len()];
        far.read_exact(&mut received).expect("it arrives");
        assert_eq!(received, up);
        far.write_all(&sent).expect("the line takes it");
        let down = Damage::new(faults, !seed).carry(&sent);
        let mut received = vec![0; down.len()];
        near.read_exact(&mut received).expect("it arrives");
        assert_eq!(received, down);
        assert_ne!(up, down);
    }
}
