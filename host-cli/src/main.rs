//! The `host-cli` program: see the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    host_cli::run()
}
