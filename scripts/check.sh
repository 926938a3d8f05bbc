# Part of ./x: checks on the text of every change.

check() {
    set_up
    need_lints
    install_missing
    host_cargo fmt --check
    host_cargo clippy --workspace --all-targets -- -D warnings
    kernel_cargo clippy -- -D warnings
    check_docs
    check_unsafe
    check_page memory-map.md abi memory-map
    check_page system-calls.md abi system-calls
    check_page architecture.md floors architecture
    host_cargo test -q -p floors >&2
    echo 'x: all is well'
}

# The packages of a Rust are named alike: rustc-web, or rustc-1.97.
need_lints() {
    command -v cargo-fmt >/dev/null && command -v cargo-clippy >/dev/null &&
        return
    cargo=$(command -v cargo)
    case $cargo in
    /usr/lib/rust-*)
        version=$(basename "${cargo%/bin/cargo}")
        missing="$missing rustfmt-${version#rust-} $version-clippy"
        ;;
    /usr/bin/*) missing="$missing rustfmt-web rust-web-clippy" ;;
    *) rustup component add rustfmt clippy >&2 ;;
    esac
}

# No link in the documentation is broken.
check_docs() {
    export RUSTDOCFLAGS='-D warnings'
    host_cargo doc -q --workspace --exclude kernel --exclude programs \
        --no-deps --document-private-items
    # Nothing is built from the kernel: what is public is for itself.
    RUSTDOCFLAGS="$RUSTDOCFLAGS -A rustdoc::private_intra_doc_links"
    kernel_cargo doc -q --no-deps --document-private-items
    unset RUSTDOCFLAGS
}

# Only these files under kernel/ may use unsafe, and no other crate at all.
check_unsafe() {
    may='programs/src/kernel.rs programs/src/kernel/absent.rs
        programs/src/kernel/entry.rs programs/src/kernel/windows.rs
        programs/src/lib.rs programs/src/bin/fuzzer.rs
        programs/src/bin/floats.rs programs/src/bin/lanes.rs
        programs/src/bin/null.rs
        programs/src/bin/stepped.rs programs/src/bin/wild.rs
        src/cpu.rs src/debugger/session.rs src/descriptors/tables.rs
        src/descriptors/tss.rs src/devices/clock.rs
        src/devices/console.rs src/devices/log.rs src/devices/meter.rs
        src/devices/serial.rs src/devices/vga.rs src/machine/boot.rs
        src/machine/entry_points.rs src/machine/trap_frame.rs
        src/memory/address_space.rs src/memory/bootstrap.rs
        src/memory/frame_records.rs src/memory/node_array.rs
        src/memory/physical.rs src/memory/system_tree.rs
        src/process/user_memory.rs src/records/table.rs
        src/schedule/round_robin.rs'
    cd "$root"
    for file in $(grep -rlE '^([^/"]|/[^/])*\<unsafe\>' --include=*.rs kernel); do
        case " $(echo $may) " in
        *" ${file#kernel/} "*) ;;
        *) fail "$file is unsafe, but not on the list in scripts/check.sh" ;;
        esac
    done
    for crate in layout wire stub stub/fake-machine stub/uart host-cli tests tests/floors \
        tests/fuzz kernel/abi kernel/structures; do
        grep -q '^#!\[forbid(unsafe_code)\]' $crate/src/lib.rs ||
            fail "$crate/src/lib.rs must forbid unsafe code"
    done
}

# Pages that are generated from a table must be up to date.
check_page() { # PAGE CRATE EXAMPLE
    host_cargo run -q -p "$2" --example "$3" | cmp -s - "$root/docs/$1" ||
        fail "docs/$1 is stale; run:" \
            "cargo run -q -p $2 --example $3 >docs/$1"
}
