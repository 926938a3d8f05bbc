//! Bytes to and from a target, in slices of time.

use serial2::SerialPort;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// The longest that [`Line::read`] and [`Line::write`] wait, so that Ctrl-C
/// and deadlines are noticed in time.
pub const SLICE: Duration = Duration::from_millis(50);

/// Bytes to and from a target.
pub trait Line: Send {
    /// Waits up to `wait`, at most [`SLICE`], for bytes, and returns how many
    /// arrived: 0 if the other end closed the line.
    ///
    /// # Errors
    ///
    /// Fails with `WouldBlock` or `TimedOut` if nothing arrived in time, and
    /// with anything else if the line is broken.
    fn read(&mut self, into: &mut [u8], wait: Duration) -> io::Result<usize>;

    /// Sends some of `bytes` and returns how many.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
}

/// Returns whether `error` only means that nothing happened in time.
#[must_use]
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// The shortest timeout for sockets, which do not accept zero.
const SHORTEST: Duration = Duration::from_micros(100);

impl Line for SerialPort {
    fn read(&mut self, into: &mut [u8], wait: Duration) -> io::Result<usize> {
        // The port rounds down to milliseconds.
        self.set_read_timeout(wait.max(Duration::from_millis(1)))?;
        Self::read(self, into)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes)
    }
}

impl Line for UnixStream {
    fn read(&mut self, into: &mut [u8], wait: Duration) -> io::Result<usize> {
        self.set_read_timeout(Some(wait.max(SHORTEST)))?;
        Read::read(self, into)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }
}

impl Line for TcpStream {
    fn read(&mut self, into: &mut [u8], wait: Duration) -> io::Result<usize> {
        self.set_read_timeout(Some(wait.max(SHORTEST)))?;
        Read::read(self, into)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }
}
