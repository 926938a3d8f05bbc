//! Where a target is: `serial:`, `pty:`, `unix:` or `tcp:`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use thiserror::Error;

/// The baud rate of a serial port for which none is given.
pub const BAUD: u32 = 115_200;

/// Where a target is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    /// A serial port.
    Serial {
        /// Its device file.
        path: PathBuf,
        /// Its baud rate.
        baud: u32,
    },
    /// A pseudo-terminal.
    Pty(PathBuf),
    /// A Unix socket.
    Unix(PathBuf),
    /// A TCP socket: `HOST:PORT`.
    Tcp(String),
}

impl Address {
    /// Returns the baud rate of the line, if it has one.
    #[must_use]
    pub const fn baud(&self) -> Option<u32> {
        match self {
            Self::Serial { baud, .. } => Some(*baud),
            _ => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { path, baud } if *baud == BAUD => {
                write!(f, "serial:{}", path.display())
            }
            Self::Serial { path, baud } => {
                write!(f, "serial:{},{baud}", path.display())
            }
            Self::Pty(path) => write!(f, "pty:{}", path.display()),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(place) => write!(f, "tcp:{place}"),
        }
    }
}

/// Why text is not a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum BadAddress {
    /// It does not begin with a known kind, or nothing follows the kind.
    #[error(
        "not a target: write serial:/dev/ttyUSB0[,BAUD], pty:PATH, unix:PATH \
         or tcp:HOST:PORT"
    )]
    Kind,
    /// `tcp:` without `HOST:PORT`.
    #[error("not a target: write tcp:HOST:PORT")]
    Port,
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let (kind, rest) = text.split_once(':').ok_or(BadAddress::Kind)?;
        if rest.is_empty() {
            return Err(BadAddress::Kind);
        }
        match kind {
            "serial" => {
                let with_baud =
                    rest.rsplit_once(',').and_then(|(path, baud)| {
                        Some((path, baud.parse().ok().filter(|b| *b > 0)?))
                    });
                let (path, baud) = with_baud.unwrap_or((rest, BAUD));
                Ok(Self::Serial { path: path.into(), baud })
            }
            "pty" => Ok(Self::Pty(rest.into())),
            "unix" => Ok(Self::Unix(rest.into())),
            "tcp" => {
                let port = rest.rsplit_once(':').filter(|(host, port)| {
                    !host.is_empty() && port.parse::<u16>().is_ok()
                });
                port.ok_or(BadAddress::Port)?;
                Ok(Self::Tcp(rest.to_owned()))
            }
            _ => Err(BadAddress::Kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_target_is_read_and_printed_alike() {
        for text in [
            "serial:/dev/ttyUSB0",
            "serial:/dev/ttyUSB0,9600",
            "pty:/dev/pts/3",
            "unix:/tmp/line",
            "tcp:localhost:1234",
            "tcp:[::1]:1234",
        ] {
            let address: Address = text.parse().expect("a target");
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in ["", "line", "unix:", "usb:1", "/dev/ttyUSB0"] {
            assert_eq!(text.parse::<Address>(), Err(BadAddress::Kind));
        }
        for text in ["tcp:1234", "tcp::1234", "tcp:host:", "tcp:host:99999"] {
            assert_eq!(text.parse::<Address>(), Err(BadAddress::Port));
        }
    }
}
