//! A cable from a terminal, which Bochs has as its serial port, to a
//! socket.
//!
//! Bochs' own sockets are slow, and serve one client and no second one.

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A cable, which is gone once it is dropped and the terminal is closed.
#[derive(Debug)]
pub(super) struct Cable {
    terminal: PathBuf,
    /// While it is open, the far end gets no end of file.
    _near: OwnedFd,
}

impl Cable {
    /// Lays a cable that serves one client after another at `socket`.
    pub(super) fn lay(socket: &Path) -> Self {
        let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)
            .expect("a terminal can be made");
        grantpt(&far).expect("it is ours");
        unlockpt(&far).expect("it is ours");
        let name = ptsname(&far, Vec::new()).expect("it has a name");
        let terminal = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mode = rustix::fs::Mode::empty();
        let near = rustix::fs::open(terminal, flags, mode);
        let near = near.expect("it can be opened");
        let mut settings = tcgetattr(&near).expect("it is a terminal");
        settings.make_raw();
        tcsetattr(&near, OptionalActions::Now, &settings)
            .expect("it is a terminal");
        let listener =
            UnixListener::bind(socket).expect("a socket can be made there");
        carry(File::from(far), listener);
        Self { terminal: terminal.to_owned(), _near: near }
    }

    /// Returns the terminal at the machine's end.
    pub(super) fn terminal(&self) -> &Path {
        &self.terminal
    }
}

/// Carries bytes both ways; those that are not read are lost, as on a cable.
fn carry(machine: File, listener: UnixListener) {
    let client = Arc::new(Mutex::new(None::<UnixStream>));
    let reader = machine.try_clone().expect("a file can be shared");
    let to = Arc::clone(&client);
    thread::spawn(move || {
        each_piece(&reader, |bytes| {
            let client = to.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(mut client) = client.as_ref() {
                // The client may be gone; another will come.
                let _ = client.write_all(bytes);
            }
        });
    });
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let set = |stream| {
                *client.lock().unwrap_or_else(PoisonError::into_inner) = stream;
            };
            set(stream.try_clone().ok());
            each_piece(stream, |bytes| {
                // A machine that has exited reads nothing more.
                let _ = (&machine).write_all(bytes);
            });
            set(None);
        }
    });
}

fn each_piece(mut from: impl Read, mut put: impl FnMut(&[u8])) {
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut chunk) {
        put(&chunk[..read]);
    }
}
