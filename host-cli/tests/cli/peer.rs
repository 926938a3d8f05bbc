//! The other end of the line: a thread that serves a Unix socket.

use crate::program::{Run, finish, program};
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use wire::frame::{Decoder, Event, Kind, query_frame};
use wire::query::{
    CRC, MAX_REQUEST_BYTES, ReplyHead, Request, Status, Trailer, VERSION,
    decode_request,
};

/// What every test's target is called, in the peer's directory.
pub(crate) const TARGET: &str = "unix:line";

/// A directory with a socket in it that answers one connection.
pub(crate) struct Peer {
    directory: TempDir,
}

impl Peer {
    /// Returns a peer that calls `serve` with its connection.
    pub(crate) fn new(serve: impl FnOnce(UnixStream) + Send + 'static) -> Self {
        let directory = TempDir::new().expect("a directory");
        let socket = UnixListener::bind(directory.path().join("line"))
            .expect("a socket");
        std::thread::spawn(move || {
            let (connection, _) = socket.accept().expect("a connection");
            serve(connection);
        });
        Self { directory }
    }

    /// Returns a peer that answers each request with the bytes that
    /// `answer` returns, and closes the line when it returns none.
    pub(crate) fn answering(
        answer: impl FnMut(Request) -> Option<Vec<u8>> + Send + 'static,
    ) -> Self {
        Self::new(move |connection| answer_all(connection, answer))
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Puts a file into the directory.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// Runs the program with this peer as its target.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(self.program(arguments))
    }

    /// Returns the program, with this peer as its target.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let arguments = [&["-t", TARGET], arguments].concat();
        program(self.directory(), &arguments)
    }
}

/// Answers each request with the bytes that `answer` returns, until it
/// returns none or the line ends.
pub(crate) fn answer_all(
    mut connection: impl Read + Write,
    mut answer: impl FnMut(Request) -> Option<Vec<u8>>,
) {
    let mut decoder = Decoder::<MAX_REQUEST_BYTES>::new();
    let mut bytes = [0; 256];
    while let Ok(count @ 1..) = connection.read(&mut bytes) {
        for byte in &bytes[..count] {
            if decoder.push(*byte) != Event::Frame(Kind::Query) {
                continue;
            }
            let Ok(request) = decode_request(decoder.body()) else { continue };
            match answer(request) {
                Some(bytes) if connection.write_all(&bytes).is_ok() => {}
                _ => return,
            }
        }
    }
}

/// What every reply of the tests says it cost.
pub(crate) const SPENT: Trailer =
    Trailer { pause_us: 84, stolen_us: 131, boot: 0x2F1D };

/// Returns the head of an answer to `request` about task 1.
pub(crate) fn head(request: &Request) -> ReplyHead {
    ReplyHead {
        id: request.id,
        status: Status::Answered,
        running: true,
        consistent: true,
        generation: 7,
        task: 1,
        process: 1,
        next: None,
    }
}

/// Returns what the next boot would reply.
pub(crate) fn after_a_reset(frame: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::<8192>::new();
    let found = frame.iter().any(|byte| decoder.push(*byte) != Event::None);
    assert!(found, "a frame");
    let mut body = decoder.body().to_vec();
    body.truncate(body.len() - 4);
    *body.last_mut().expect("a trailer") ^= 0xFF;
    let crc = CRC.checksum(&body);
    body.extend(crc.to_le_bytes());
    query_frame(&body)
}

/// Returns the frame of a reply.
pub(crate) fn reply(head: &ReplyHead, body: &[u8]) -> Vec<u8> {
    query_frame(&reply_body(VERSION, head, body))
}

/// Returns a reply without its frame.
pub(crate) fn reply_body(
    version: u8,
    head: &ReplyHead,
    body: &[u8],
) -> Vec<u8> {
    let mut buffer = [0; 64];
    let head = postcard::to_slice(head, &mut buffer).expect("it fits");
    let mut content = vec![version];
    content.extend(&*head);
    content.extend(body);
    content.extend(SPENT.to_bytes());
    let crc = CRC.checksum(&content);
    content.extend(crc.to_le_bytes());
    content
}
