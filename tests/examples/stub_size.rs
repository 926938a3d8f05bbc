//! Prints `docs/stub-size.md`: what the stub takes of the kernel's image.

use std::error::Error;
use std::io::Write;
use tests::measurements::stub_size::StubSize;

fn main() -> Result<(), Box<dyn Error>> {
    let page = StubSize::of_kernel().page();
    std::io::stdout().write_all(page.as_bytes())?;
    Ok(())
}
