//! Prints `docs/stub-features.md`: what each of the stub's features takes.

use std::error::Error;
use std::io::Write;
use tests::measurements::stub_features::page;

fn main() -> Result<(), Box<dyn Error>> {
    std::io::stdout().write_all(page().as_bytes())?;
    Ok(())
}
