//! `./x bench`: measures, and writes `docs/performance.md`.

use tests::artifacts;
use tests::measurements::bench;

fn main() {
    let page = artifacts::root().join("docs/performance.md");
    std::fs::write(&page, bench::run()).expect("the page can be written");
    println!("{}", page.display());
}
