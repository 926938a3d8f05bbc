//! Prints how many false hits of a conditional breakpoint there are in a
//! second, for our stub and for QEMU's own.
//!
//! `./x build` first; then, on a quiet machine:
//! `cargo run --release -p tests --example conditions [HITS]`

fn main() {
    let hits = std::env::args().nth(1);
    let hits = hits.map_or(Ok(400_000), |word| word.parse());
    let hits: u32 = hits.expect("a number of hits");
    for measured in tests::conditions::measure(hits, 500) {
        println!("{measured}");
    }
}
