//! Where a debugger finds a machine.

use std::fmt;
use std::path::PathBuf;

/// Where a debugger finds a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// `HOST:PORT`.
    Tcp(String),
    /// A terminal device.
    Pty(PathBuf),
}

impl Endpoint {
    /// Returns what gdb's `target remote` takes.
    #[must_use]
    pub fn for_gdb(&self) -> String {
        match self {
            Self::Unix(path) | Self::Pty(path) => path.display().to_string(),
            Self::Tcp(address) => address.clone(),
        }
    }

    /// Returns what lldb's `process connect --plugin gdb-remote` takes.
    #[must_use]
    pub fn for_lldb(&self) -> String {
        match self {
            Self::Unix(path) => format!("unix-connect://{}", path.display()),
            Self::Tcp(address) => format!("connect://{address}"),
            Self::Pty(path) => format!("file://{}", path.display()),
        }
    }
}

/// The form that host-cli's `-t` takes.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Pty(path) => write!(f, "pty:{}", path.display()),
        }
    }
}
