//! Prints `docs/memory-map.md` from the tables.

use layout::images::{self, IMAGE_BYTES, MOST};
use layout::regions::{REGIONS, Region, SIZE_GLOBAL, SLOT_BYTES, Scope};

fn main() {
    println!("# The address space of every task\n");
    println!(
        "Printed from `layout/src/regions.rs` and `kernel/abi/src/images.rs` \
         by\n`cargo run -q -p abi --example memory-map`. `SIZE_GLOBAL` is \
         {SIZE_GLOBAL:#010x}.\n"
    );
    println!("| start | last | bytes | slots | seen by | row | holds |");
    println!("|---|---|---|---|---|---|---|");
    for region in &REGIONS {
        print_row(region);
    }
    println!(
        "\nGaps are unmapped. A slot is an entry of the page directory and \
         covers {} MiB.\nRows marked *added* are not in the specification.",
        SLOT_BYTES >> 20
    );
    print_images();
}

fn print_images() {
    println!("\n## Programs\n");
    println!(
        "The image of each ring-3 program has a range of {} MiB in process \
         space. There\nare {MOST}; heaps and shared windows are kept out of \
         them.\n",
        IMAGE_BYTES >> 20
    );
    println!("| start | last | program |");
    println!("|---|---|---|");
    for (number, name) in (0..).zip(&abi::PROGRAMS) {
        let start = images::start_of(number).expect("there are enough");
        let last = start.0 + (IMAGE_BYTES - 1);
        println!("| `{start}` | `{last:#010x}` | `{name}` |");
    }
}

fn print_row(region: &Region) {
    let slots = match (region.first_slot(), region.last_slot()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}–{last}"),
    };
    let seen_by = match region.scope {
        Scope::Task => "its task",
        Scope::Process => "its process",
        Scope::System => "all",
    };
    println!(
        "| `{}` | `{}` | `{:#x}` | {slots} | {seen_by} | {}{} | {} |",
        region.start,
        region.last(),
        region.len_bytes,
        region.name,
        if region.added { " *(added)*" } else { "" },
        region.holds,
    );
}
