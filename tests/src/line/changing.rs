//! A line that always changes some bytes, such as one that speaks telnet.

use super::Endpoint;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use tempfile::TempDir;

/// What becomes of some bytes.
pub type Change = fn(&[u8]) -> Vec<u8>;

/// A line that changes what goes to a machine and what comes from it. One client
/// after the other can use it.
#[derive(Debug)]
pub struct Changing {
    /// Where clients find it.
    pub end: Endpoint,
    _scratch: TempDir,
}

impl Changing {
    /// Starts a line to `far`, a socket. Each client is told `greeting` first.
    ///
    /// # Panics
    ///
    /// Panics if `far` is no socket, or another cannot be made.
    #[must_use]
    pub fn start(
        far: &Endpoint,
        greeting: &'static [u8],
        to: Change,
        from: Change,
    ) -> Self {
        let Endpoint::Unix(far) = far.clone() else { panic!("no socket") };
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let path = scratch.path().join("line");
        let listener = UnixListener::bind(&path).expect("it can be bound");
        thread::spawn(move || {
            while let Ok((mut near, _)) = listener.accept() {
                near.write_all(greeting).expect("the client has just come");
                let far = UnixStream::connect(&far).expect("it is there");
                let both = |line: &UnixStream| line.try_clone().expect("two");
                let (near_in, far_out) = (both(&near), both(&far));
                let there = thread::spawn(move || carry(near_in, far_out, to));
                carry(far, near, from);
                let _ = there.join();
            }
        });
        Self { end: Endpoint::Unix(path), _scratch: scratch }
    }
}

fn carry(mut from: UnixStream, mut to: UnixStream, change: Change) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&change(&bytes[..count])).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// What ser2net 4.3 says first at a port that speaks telnet, by RFC 2217.
pub const TELNET_GREETING: &[u8] =
    b"\xff\xfb\x03\xff\xfd\x03\xff\xfb\x01\xff\xfe\x01\xff\xfd\x00\xff\xfb\x00\xff\xfd\x2c";

/// What telnet makes of bytes: 0xff is doubled. ser2net translates no ends of
/// lines.
#[must_use]
pub fn in_telnet(bytes: &[u8]) -> Vec<u8> {
    let double = |byte: &u8| vec![*byte; if *byte == 0xFF { 2 } else { 1 }];
    bytes.iter().flat_map(double).collect()
}

/// What telnet leaves of bytes whose sender knows nothing of it: 0xff begins a
/// command.
#[must_use]
pub fn out_of_telnet(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.iter();
    let mut left = Vec::new();
    while let Some(&byte) = bytes.next() {
        match byte {
            0xFF => match bytes.next() {
                Some(0xFF) => left.push(0xFF),
                // The option that is negotiated.
                Some(0xFB..=0xFE) => {
                    bytes.next();
                }
                _ => {}
            },
            byte => left.push(byte),
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telnet_is_undone_by_telnet_and_eats_its_commands() {
        let bytes = b"a\xff\xff\r\0";
        assert_eq!(out_of_telnet(&in_telnet(bytes)), bytes);
        assert_eq!(out_of_telnet(b"\xff\xfb\x01A\xff"), b"A");
    }
}
