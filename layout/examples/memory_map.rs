//! Prints `docs/memory-map.md` from the table.

use layout::regions::{REGIONS, Region, SIZE_GLOBAL, SLOT_BYTES, Scope};

fn main() {
    println!("# The address space of every task\n");
    println!(
        "Printed from `layout/src/regions.rs` by `cargo run -q -p layout \
         --example memory_map`.\n`SIZE_GLOBAL` is {SIZE_GLOBAL:#010x}.\n"
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
