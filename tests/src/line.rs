//! A serial line of a real speed, between a machine and its debugger.
//!
//! QEMU's serial port passes bytes as fast as the host can. Here each byte
//! takes its time, ten bits of it, in both directions at once.

use crate::machine::Endpoint;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// As many bytes as a 16550 holds travel at once.
const BURST_BYTES: usize = 16;

/// What becomes of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It lasts.
    Lasts,
    /// It is closed once this many bytes have come from the machine.
    IsCutAfter(u64),
    /// It carries nothing more once this many bytes have come from the
    /// machine.
    FallsSilentAfter(u64),
}

/// A line whose far end is a machine's Unix socket.
#[derive(Debug)]
pub struct Line {
    scratch: TempDir,
    to_machine: Arc<AtomicU64>,
    from_machine: Arc<AtomicU64>,
}

impl Line {
    /// Lays a line of `baud` bits a second to the socket at `machine`.
    ///
    /// One debugger after another can use it, until its fate.
    ///
    /// # Panics
    ///
    /// Panics if no socket can be made, or the machine has none.
    #[must_use]
    pub fn new(machine: &Endpoint, baud: u32, fate: Fate) -> Self {
        let Endpoint::Unix(machine) = machine.clone() else {
            panic!("a line leads to a Unix socket, not to {machine}");
        };
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let line = Self {
            scratch,
            to_machine: Arc::default(),
            from_machine: Arc::default(),
        };
        let listener = UnixListener::bind(line.socket())
            .expect("a socket can be made there");
        let to_machine = line.to_machine.clone();
        let from_machine = line.from_machine.clone();
        thread::spawn(move || {
            while let Ok((near, _)) = listener.accept() {
                // A line that ends in an error has ended.
                let Ok(far) = UnixStream::connect(&machine) else { break };
                thread::scope(|scope| {
                    scope.spawn(|| {
                        carry(&near, &far, baud, Fate::Lasts, &to_machine)
                    });
                    carry(&far, &near, baud, fate, &from_machine)
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

/// Carries bytes one way until one of the ends is closed.
fn carry(
    mut from: &UnixStream,
    mut to: &UnixStream,
    baud: u32,
    fate: Fate,
    count: &AtomicU64,
) {
    let byte_time = Duration::from_secs(10) / baud;
    let mut free_at = Instant::now();
    let mut burst = [0; BURST_BYTES];
    // An end that breaks is closed as well as one that ends.
    while let Ok(read @ 1..) = from.read(&mut burst) {
        let bytes = u32::try_from(read).expect("a burst is small");
        free_at = free_at.max(Instant::now()) + byte_time * bytes;
        thread::sleep(free_at.saturating_duration_since(Instant::now()));
        let so_far = count.fetch_add(read as u64, Ordering::Relaxed);
        match fate {
            Fate::IsCutAfter(bytes) if so_far >= bytes => break,
            Fate::FallsSilentAfter(bytes) if so_far >= bytes => continue,
            _ => {}
        }
        if to.write_all(&burst[..read]).is_err() {
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

    /// Lays a line and returns both of its ends.
    fn ends(fate: Fate) -> (Line, UnixStream, UnixStream) {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let path = scratch.path().join("machine");
        let machine = UnixListener::bind(&path).expect("it can be bound");
        let line = Line::new(&Endpoint::Unix(path), 115_200, fate);
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
        crate::deadline::wait_until("it", Duration::from_secs(10), || {
            line.bytes() == (0, 100)
        });
        drop(far);
        let mut received = Vec::new();
        near.read_to_end(&mut received).expect("it is closed");
        assert!((64..80).contains(&received.len()), "{}", received.len());
    }
}
