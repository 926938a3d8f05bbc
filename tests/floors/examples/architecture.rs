//! Prints `docs/architecture.md` from the table of floors and from
//! `docs/architecture.in.md`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let text = include_str!("../../../docs/architecture.in.md");
    print!("{}", floors::page::page(text)?);
    Ok(())
}
