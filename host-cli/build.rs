//! Lists the commands: the `pub mod` lines of `src/commands.rs`, in their order.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/commands.rs");
    let source = fs::read_to_string("src/commands.rs")?;
    let mut list = String::new();
    for line in source.lines() {
        let module = line.strip_prefix("pub mod ");
        if let Some(module) = module.and_then(|it| it.strip_suffix(';')) {
            let (initial, rest) = module.split_at(1);
            let variant = initial.to_uppercase() + rest;
            list += &format!("{variant} = {module},");
        }
    }
    let directory = env::var_os("OUT_DIR").unwrap_or_default();
    let list = format!("commands! {{ {list} }}");
    fs::write(Path::new(&directory).join("commands.rs"), list)
}
