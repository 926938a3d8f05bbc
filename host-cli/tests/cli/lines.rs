//! The kinds of line besides Unix sockets.

use crate::kernel::Kernel;
use crate::peer::answer_all;
use crate::program::{Run, finish, program};
use serial2::SerialPort;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

const ARGUMENTS: [&str; 5] = ["--json", "read", "0x100000", "16KiB", "-t"];

fn run(target: &str) -> Run {
    finish(program(Path::new("/"), &[&ARGUMENTS[..], &[target]].concat()))
}

/// Returns a pty that answers as the fixed kernel, and a handle that keeps
/// it there.
fn pty() -> (PathBuf, SerialPort) {
    let (ours, theirs) = SerialPort::pair().expect("a pty");
    let file = format!("/proc/self/fd/{}", theirs.as_raw_fd());
    let path = std::fs::read_link(file).expect("its name");
    let mut kernel = Kernel::new();
    std::thread::spawn(move || {
        answer_all(ours, |request| Some(kernel.answer(&request)));
    });
    (path, theirs)
}

#[track_caller]
fn answers_like_a_socket(run: &Run) {
    assert_eq!(run.code, Some(0), "{run:?}");
    let socket = Kernel::new().peer().run(&ARGUMENTS[..4]);
    assert_eq!(run.json()["read"], socket.json()["read"]);
}

#[test]
fn a_pty_is_a_line() {
    let (path, _open) = pty();
    answers_like_a_socket(&run(&format!("pty:{}", path.display())));
}

#[test]
fn a_serial_port_is_a_line_with_a_baud_rate() {
    let (path, _open) = pty();
    answers_like_a_socket(&run(&format!("serial:{},9600", path.display())));
}

#[test]
fn a_tcp_socket_is_a_line() {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("its number").port();
    let mut kernel = Kernel::new();
    std::thread::spawn(move || {
        let (connection, _) = socket.accept().expect("a connection");
        answer_all(connection, |request| Some(kernel.answer(&request)));
    });
    answers_like_a_socket(&run(&format!("tcp:127.0.0.1:{port}")));
}
