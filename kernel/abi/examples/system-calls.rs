//! Prints `docs/system-calls.md`.

fn main() {
    print!("{}", abi::SystemCallsPage);
}
