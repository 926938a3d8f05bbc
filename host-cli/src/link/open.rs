//! From an address to an open line.

use super::address::{Address, BAUD};
use super::interrupt::Interrupt;
use super::line::{Line, SLICE};
use serial2::SerialPort;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Why a line could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The system said why.
    Io(io::Error),
    /// It took longer than the time-out.
    TimedOut,
    /// Ctrl-C.
    Interrupted,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::TimedOut => f.write_str("nobody accepts the connection"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for OpenError {}

/// Opens the line to `address`.
///
/// # Errors
///
/// Fails if the system cannot open it, or not within `timeout`.
pub fn open(
    address: &Address,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Box<dyn Line>, OpenError> {
    // A socket's backlog may be full and a modem may not answer: then the
    // system would wait for ever, so it waits in a thread of its own.
    let (sender, receiver) = mpsc::sync_channel(1);
    let address = address.clone();
    std::thread::spawn(move || {
        let _ = sender.send(open_now(&address));
    });
    let deadline = Instant::now() + timeout;
    loop {
        match receiver.recv_timeout(SLICE) {
            Ok(result) => return result.map_err(OpenError::Io),
            Err(_) if interrupt.came() => return Err(OpenError::Interrupted),
            Err(_) if Instant::now() >= deadline => {
                return Err(OpenError::TimedOut);
            }
            Err(_) => {}
        }
    }
}

fn open_now(address: &Address) -> io::Result<Box<dyn Line>> {
    Ok(match address {
        Address::Serial { path, baud } => Box::new(serial(path, *baud)?),
        // A pty has no speed, but wants one.
        Address::Pty(path) => Box::new(serial(path, BAUD)?),
        Address::Unix(path) => {
            let socket = UnixStream::connect(path)?;
            socket.set_write_timeout(Some(SLICE))?;
            Box::new(socket)
        }
        Address::Tcp(place) => Box::new(tcp(place)?),
    })
}

fn serial(path: &std::path::Path, baud: u32) -> io::Result<SerialPort> {
    let mut port = SerialPort::open(path, baud)?;
    port.set_write_timeout(SLICE)?;
    // What came before the first question answers nothing.
    port.discard_input_buffer()?;
    Ok(port)
}

fn tcp(place: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::from(ErrorKind::NotFound);
    for address in place.to_socket_addrs()? {
        match TcpStream::connect(address) {
            Ok(socket) => {
                socket.set_nodelay(true)?;
                socket.set_write_timeout(Some(SLICE))?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
