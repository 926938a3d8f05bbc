//! From an address to an open line.

use super::address::{Address, BAUD};
use super::interrupt::Interrupt;
use super::line::{Line, SLICE};
use serial2::SerialPort;
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Why a line could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The host's operating system refused.
    #[error(transparent)]
    Io(io::Error),
    /// It took longer than the timeout.
    #[error("the connection was not accepted in time")]
    TimedOut,
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// Opens the line to `address`.
///
/// # Errors
///
/// Fails if the line cannot be opened, or not within `timeout`.
pub fn open(
    address: &Address,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Box<dyn Line>, OpenError> {
    // With a full socket backlog or a modem that does not answer, opening
    // never returns, so it happens in a thread of its own.
    let (sender, receiver) = mpsc::sync_channel(1);
    let address = address.clone();
    std::thread::spawn(move || {
        let _ = sender.send(open_now(&address));
    });
    let deadline = Instant::now() + timeout;
    loop {
        match receiver.recv_timeout(SLICE) {
            Ok(result) => return result.map_err(OpenError::Io),
            Err(_) if interrupt.was_pressed() => {
                return Err(OpenError::Interrupted);
            }
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
        // A pty has no baud rate, but must be given one.
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
    // Whatever arrived before the first question is not an answer.
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
