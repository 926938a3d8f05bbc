//! A client of gdb's remote protocol, with none of gdb's judgement: it sends
//! packets and reads replies, of our stub and of QEMU's alike.
//!
//! Spec: GDB manual, "Remote Protocol".

use super::packet::{Heard, Listener, expand, framed, from_hex, hex};
use crate::host::deadline::wait_for;
use crate::line::Endpoint;
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// The longest that a connection takes.
const LIMIT: Duration = Duration::from_secs(60);

/// The longest silence before a packet is taken for lost: on a busy host the
/// pause within it may have been too long for the stub.
const SILENCE: Duration = Duration::from_secs(30);

/// How many silences, or NAKs of one packet, are tolerated.
const MOST_TIMES: u32 = 4;

trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

/// A connection to a stub.
pub struct Rsp {
    stream: BufReader<Box<dyn Stream>>,
    listener: Listener,
    transcript: String,
}

impl std::fmt::Debug for Rsp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.transcript)
    }
}

impl Rsp {
    /// Connects to a machine's debug line.
    ///
    /// # Panics
    ///
    /// Panics if it is a terminal, or nothing listens there.
    #[must_use]
    pub fn connect(machine: &Endpoint) -> Self {
        match machine {
            Endpoint::Unix(path) => Self::connect_to_socket(path),
            Endpoint::Tcp(address) => {
                let stream = wait_for("the debug line", LIMIT, || {
                    TcpStream::connect(address).ok()
                });
                stream.set_read_timeout(Some(SILENCE)).expect("it can be set");
                stream.set_nodelay(true).expect("it can be set");
                Self::new(stream)
            }
            Endpoint::Pty(path) => panic!("{path:?} is a terminal"),
        }
    }

    /// Connects to a stub through a Unix socket.
    ///
    /// # Panics
    ///
    /// Panics if nothing listens there.
    #[must_use]
    pub fn connect_to_socket(path: &Path) -> Self {
        let stream = wait_for("the stub's socket", LIMIT, || {
            UnixStream::connect(path).ok()
        });
        stream.set_read_timeout(Some(SILENCE)).expect("a limit can be set");
        Self::new(stream)
    }

    fn new(stream: impl Stream + 'static) -> Self {
        let stream: Box<dyn Stream> = Box::new(stream);
        let (stream, listener) = (BufReader::new(stream), Listener::default());
        Self { stream, listener, transcript: String::new() }
    }

    /// Sends a packet and returns the reply.
    pub fn ask(&mut self, packet: &str) -> String {
        self.say(packet);
        self.hear()
    }

    /// Sends a packet that is answered later, such as `c`, and waits until
    /// it is acknowledged.
    ///
    /// # Panics
    ///
    /// Panics if the stub is gone or refuses it.
    pub fn say(&mut self, packet: &str) {
        self.say_bytes(packet.as_bytes());
    }

    /// Sends a binary packet, as [`Self::say`] does a text.
    ///
    /// # Panics
    ///
    /// As [`Self::say`].
    pub fn say_bytes(&mut self, packet: &[u8]) {
        let text = String::from_utf8_lossy(packet);
        self.transcript += &format!("-> {text}\n");
        let whole = framed(packet);
        for _ in 0..MOST_TIMES {
            self.send(&whole);
            if self.is_acknowledged() {
                return;
            }
        }
        panic!("{text} was lost or refused:\n{}", self.transcript);
    }

    /// Sends a packet that must be answered by `OK`.
    ///
    /// # Panics
    ///
    /// Panics if the answer is another.
    pub fn order(&mut self, packet: &str) {
        let reply = self.ask(packet);
        assert_eq!(reply, "OK", "to {packet}:\n{}", self.transcript);
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&mut self) {
        self.transcript += "-> ^C\n";
        self.send(&[3]);
    }

    /// Returns the next reply, and acknowledges it.
    ///
    /// # Panics
    ///
    /// Panics if there is none in time, or it is damaged.
    pub fn hear(&mut self) -> String {
        let body = loop {
            let byte = self.byte();
            match self.listener.push(byte) {
                Some(Heard::Packet(body)) => break body,
                Some(Heard::Damaged(_)) => panic!("damaged: {self:?}"),
                _ => {}
            }
        };
        self.send(b"+");
        let reply = expand(&body);
        self.transcript += &format!("<- {reply}\n");
        reply
    }

    /// Returns the transcript so far.
    #[must_use]
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    /// Returns memory of this length.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be read.
    pub fn read(&mut self, address: u32, len_bytes: usize) -> Vec<u8> {
        let digits = self.ask(&format!("m{address:x},{len_bytes:x}"));
        let bytes = from_hex(&digits);
        assert_eq!(bytes.len(), len_bytes, "{self:?}");
        bytes
    }

    /// Returns the word at an address.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be read.
    pub fn word(&mut self, address: u32) -> u32 {
        let bytes = self.read(address, 4);
        u32::from_le_bytes(bytes.try_into().expect("four bytes"))
    }

    /// Writes memory.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be written.
    pub fn write(&mut self, address: u32, bytes: &[u8]) {
        let (len, digits) = (bytes.len(), hex(bytes));
        self.order(&format!("M{address:x},{len:x}:{digits}"));
    }

    /// Returns the 16 general registers, in gdb's order.
    ///
    /// # Panics
    ///
    /// Panics if they cannot be read.
    pub fn registers(&mut self) -> Vec<u32> {
        let bytes = from_hex(&self.ask("g")[..16 * 8]);
        let words = bytes.as_chunks().0.iter();
        words.map(|word| u32::from_le_bytes(*word)).collect()
    }

    /// Sets the register with gdb's number `index`.
    ///
    /// # Panics
    ///
    /// Panics if the stub refuses.
    pub fn set_register(&mut self, index: usize, value: u32) {
        let digits = hex(&value.to_le_bytes());
        self.order(&format!("P{index:x}={digits}"));
    }

    fn send(&mut self, bytes: &[u8]) {
        let sent = self.stream.get_mut().write_all(bytes);
        sent.unwrap_or_else(|error| panic!("the stub is gone: {error}"));
    }

    /// Returns whether the packet just sent has arrived undamaged.
    fn is_acknowledged(&mut self) -> bool {
        loop {
            let Some(byte) = self.byte_in_time() else { return false };
            match self.listener.push(byte) {
                Some(Heard::Acknowledged) => return true,
                Some(Heard::Refused) => return false,
                _ => {}
            }
        }
    }

    fn byte(&mut self) -> u8 {
        let byte = (0..MOST_TIMES).find_map(|_| self.byte_in_time());
        byte.unwrap_or_else(|| {
            panic!("the stub says nothing:\n{}", self.transcript)
        })
    }

    /// Returns the next byte; none after too long a silence.
    fn byte_in_time(&mut self) -> Option<u8> {
        use io::ErrorKind::{TimedOut, WouldBlock};
        let mut byte = [0];
        match self.stream.read_exact(&mut byte) {
            Ok(()) => Some(byte[0]),
            Err(error) if matches!(error.kind(), WouldBlock | TimedOut) => None,
            Err(error) => {
                panic!("the stub is gone: {error}\n{}", self.transcript)
            }
        }
    }
}

/// The number of EIP.
pub const EIP: usize = 8;
/// The number of ESP.
pub const ESP: usize = 4;
/// The number of EFLAGS.
pub const EFLAGS: usize = 9;
/// The number of CS.
pub const CS: usize = 10;

/// Returns whether a reply is the expected one, where `*` at the end matches
/// anything.
#[must_use]
pub fn matches(expected: &str, reply: &str) -> bool {
    match expected.strip_suffix('*') {
        Some(start) => reply.starts_with(start),
        None => reply == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_star_stands_for_the_rest() {
        assert!(matches("T05*", "T05thread:1;"));
        assert!(matches("OK", "OK"));
        assert!(!matches("OK", "OKAY"));
        assert!(!matches("E*", "OK"));
    }

    #[test]
    fn what_is_refused_is_said_again() {
        let (ours, mut theirs) = UnixStream::pair().expect("two ends");
        let stub = thread::spawn(move || {
            let mut packet = [0; 5];
            for reply in ["-", "+$S05#b8"] {
                theirs.read_exact(&mut packet).expect("it is said");
                assert_eq!(&packet, b"$?#3f");
                theirs.write_all(reply.as_bytes()).expect("it is heard");
            }
            // It must stay until the reply is acknowledged.
            theirs.read_exact(&mut packet[..1]).expect("it is heard");
            assert_eq!(packet[0], b'+');
        });
        assert_eq!(Rsp::new(ours).ask("?"), "S05");
        stub.join().expect("it was said twice");
    }
}
