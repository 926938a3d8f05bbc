//! One line for a debugger and host-cli at the same time.
//!
//! host-cli can ask the target while gdb waits for it. Queries and their
//! answers, `%…#cc`, go between the machine and host-cli; all else goes
//! between the machine and the debugger. A query is inserted only between
//! two packets of the debugger's stream.

use super::endpoint::Endpoint;
use super::position::Position;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tempfile::TempDir;

/// A line that is shared until it is dropped.
#[derive(Debug)]
pub struct Multiplexer {
    scratch: TempDir,
}

/// The client for frames of one kind. A new client replaces the one before.
type Client = Arc<Mutex<Option<UnixStream>>>;

impl Multiplexer {
    /// Shares the machine's Unix socket.
    ///
    /// # Panics
    ///
    /// Panics if no socket can be made, or the machine has none.
    #[must_use]
    pub fn new(machine: &Endpoint) -> Self {
        let Endpoint::Unix(path) = machine else {
            panic!("a Unix socket can be shared, not {machine}");
        };
        let line = UnixStream::connect(path).expect("the machine listens");
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let multiplexer = Self { scratch };
        let ends = [multiplexer.debugger(), multiplexer.queries()];
        let [debugger, queries] = ends.map(|end| serve(&end, &line));
        thread::spawn(move || sort(line, &debugger, &queries));
        multiplexer
    }

    /// Returns where a debugger finds the machine.
    #[must_use]
    pub fn debugger(&self) -> Endpoint {
        Endpoint::Unix(self.socket("debugger"))
    }

    /// Returns where host-cli finds it.
    #[must_use]
    pub fn queries(&self) -> Endpoint {
        Endpoint::Unix(self.socket("queries"))
    }

    fn socket(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }
}

/// Listens at `end`, and passes whole frames on to the machine.
fn serve(end: &Endpoint, line: &UnixStream) -> Client {
    let Endpoint::Unix(path) = end else { unreachable!("our own socket") };
    let listener = UnixListener::bind(path).expect("a socket can be made");
    let line = line.try_clone().expect("a socket can be shared");
    let client = Client::default();
    let current = client.clone();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let Ok(copy) = stream.try_clone() else { break };
            *lock(&current) = Some(copy);
            let Ok(line) = line.try_clone() else { break };
            pass(stream, line);
        }
    });
    client
}

/// Passes on what comes from a client: each frame in one piece, so that no
/// other client's comes between its bytes.
fn pass(mut from: UnixStream, mut line: UnixStream) {
    let mut position = Position::Between;
    let mut frame = Vec::new();
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        for byte in &bytes[..read] {
            frame.push(*byte);
            position = position.after(*byte);
            if position == Position::Between {
                if line.write_all(&frame).is_err() {
                    return;
                }
                frame.clear();
            }
        }
    }
}

/// Passes what comes from the machine to the client that it is for.
fn sort(mut line: UnixStream, debugger: &Client, queries: &Client) {
    let mut position = Position::Between;
    let mut is_query = false;
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = line.read(&mut bytes) {
        let mut parts = [Vec::new(), Vec::new()];
        for byte in &bytes[..read] {
            if position == Position::Between {
                is_query = *byte == b'%';
            }
            position = position.after(*byte);
            parts[usize::from(is_query)].push(*byte);
        }
        for (client, part) in [debugger, queries].into_iter().zip(&parts) {
            if let Some(stream) = &mut *lock(client) {
                // A client that has gone misses it.
                let _ = stream.write_all(part);
            }
        }
    }
    for client in [debugger, queries] {
        if let Some(stream) = lock(client).take() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

fn lock(client: &Client) -> std::sync::MutexGuard<'_, Option<UnixStream>> {
    client.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_frame_goes_to_whom_it_is_for() {
        let scratch = tempfile::tempdir().expect("a directory can be made");
        let path = scratch.path().join("machine");
        let listener = UnixListener::bind(&path).expect("it can be bound");
        let shared = Multiplexer::new(&Endpoint::Unix(path));
        let (mut machine, _) = listener.accept().expect("it connects");
        let limit = Some(Duration::from_secs(10));
        machine.set_read_timeout(limit).expect("not zero");
        let mut clients = [shared.debugger(), shared.queries()].map(|end| {
            let Endpoint::Unix(path) = end else { panic!("{end}") };
            let stream = UnixStream::connect(path).expect("it listens");
            stream.set_read_timeout(limit).expect("not zero");
            stream
        });
        let expect = |from: &mut UnixStream, text: &str| {
            let mut bytes = vec![0; text.len()];
            from.read_exact(&mut bytes).expect("it arrives");
            assert_eq!(String::from_utf8_lossy(&bytes), text);
        };
        let [debugger, queries] = &mut clients;
        // An incomplete packet does not keep a query waiting.
        debugger.write_all(b"+$m0,").expect("it is taken");
        expect(&mut machine, "+");
        queries.write_all(b"%ask#00").expect("it is taken");
        expect(&mut machine, "%ask#00");
        debugger.write_all(b"4#fd\x03").expect("it is taken");
        expect(&mut machine, "$m0,4#fd\x03");
        machine.write_all(b"+%yes$#01$00#60-").expect("it is taken");
        expect(queries, "%yes$#01");
        expect(debugger, "+$00#60-");
    }
}
