//! Symbols, from the right image and from the wrong one.

use crate::image::elf;
use crate::kernel::{BUILD_ID, CLOCK, Kernel, SERVER};
use crate::peer::{Peer, TARGET};
use crate::program::{finish, program};
use serde_json::Value;

const ENTRY: u32 = 0x0010_0000;
/// Where task 5 of the fixed data is.
const IN_KERNEL: u32 = 0x0010_0420;

fn with_images(kernel: Kernel, build_id: &[u8]) -> Peer {
    let peer = kernel.peer();
    let symbols = [
        ("_start", ENTRY, 16),
        ("_ZN6kernel8schedule17h0123456789abcdefE", IN_KERNEL - 16, 64),
        ("twice", ENTRY + 0x40, 4),
        ("twice", ENTRY + 0x80, 4),
    ];
    peer.file("kernel.elf", &elf(ENTRY, build_id, &symbols));
    let symbols = [("serve", 0x0D00_0400, 0x80)];
    peer.file("server.elf", &elf(0x0D00_0400, SERVER, &symbols));
    peer
}

fn peer() -> Peer {
    with_images(Kernel::new(), &BUILD_ID)
}

#[test]
fn a_symbol_stands_for_its_address() {
    for (symbol, address) in [
        ("_start", "0x00100000"),
        ("kernel::schedule", "0x00100410"),
        ("_ZN6kernel8schedule17h0123456789abcdefE+0x10", "0x00100420"),
    ] {
        let arguments = ["--json", "-i", "kernel.elf", "translate", symbol];
        let run = peer().run(&arguments);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(run.json()["translation"]["address"], address);
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn a_word_that_is_not_a_symbol_is_a_usage_error() {
    let wrong = ["--json", "-i", "kernel.elf", "translate", "_strat"];
    let run = peer().run(&wrong);
    run.fails(2, "neither a number nor a symbol");
    assert_eq!(run.stdout, "");
    let twice = ["-i", "kernel.elf", "translate", "twice"];
    peer().run(&twice).fails(2, "2 symbols are named twice");
    peer().run(&["translate", "_start"]).fails(2, "no image was given");
}

#[test]
fn threads_are_shown_with_the_symbol_they_are_in() {
    let arguments =
        ["-i", "kernel.elf", "-i", "server.elf", "--json", "threads"];
    let run = peer().run(&arguments);
    assert_eq!(run.stderr, "");
    let document = run.json();
    let symbols: Vec<_> = document["threads"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["symbol"].as_str())
        .collect();
    assert_eq!(
        symbols,
        [
            None,
            Some("serve"),
            Some("serve"),
            // A process of another name at the same addresses.
            None,
            Some("kernel::schedule"),
            None,
        ]
    );
    let arguments = ["-i", "kernel.elf", "-i", "server.elf", "threads"];
    let text = peer().run(&arguments).stdout;
    assert!(text.contains("kernel::schedule+0x10"), "{text}");
}

#[test]
fn a_programs_image_is_known_by_its_build_id_and_not_by_its_name() {
    const AT: u32 = 0x0D00_0400;
    for (name, build_id, is_it) in [
        ("server.elf", SERVER, true),
        ("renamed", SERVER, true),
        // Of another program, under this one's name: `serve` names nothing in
        // the server.
        ("server.elf", CLOCK, false),
        ("server.elf", b"older", false),
        ("server.elf", b"", false),
        // The worker's image has no build id, either: that is no match.
        ("worker.elf", b"", false),
    ] {
        let peer = Kernel::new().peer();
        peer.file(name, &elf(AT, build_id, &[("serve", AT, 0x80)]));
        let run = peer.run(&["--json", "-i", name, "threads"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        let symbol = run.json()["threads"][1]["symbol"].clone();
        assert_eq!(!symbol.is_null(), is_it, "{name}: {symbol}");
        let warns = run.stderr.contains("is not the image");
        let is_known = build_id == SERVER || build_id == CLOCK;
        assert_eq!(warns, !is_known, "{run:?}");
    }
}

#[test]
fn an_absolute_symbol_has_a_value_and_names_no_code() {
    let peer = Kernel::new().peer();
    let symbols = [("PROGRAM_BASE", 0x0D00_0400, 0)];
    peer.file("server.elf", &elf(0x0D00_0400, SERVER, &symbols));
    let run = peer.run(&["--json", "-i", "server.elf", "threads"]);
    for row in run.json()["threads"].as_array().expect("rows") {
        assert_eq!(row["symbol"], Value::Null, "{row}");
    }
    let peer = Kernel::new().peer();
    peer.file("server.elf", &elf(0x0D00_0400, SERVER, &symbols));
    let translate = ["-i", "server.elf", "translate", "PROGRAM_BASE"];
    let run = peer.run(&[&["--json"], &translate[..]].concat());
    assert_eq!(run.json()["translation"]["address"], "0x0d000400");
}

#[test]
fn info_says_whether_the_image_is_the_running_one() {
    for (images, matches) in [
        (&["-i", "kernel.elf"][..], Value::Bool(true)),
        (&["-i", "kernel.elf", "-i", "server.elf"], Value::Bool(true)),
        (&["-i", "server.elf"], Value::Null),
        (&[], Value::Null),
    ] {
        let run = peer().run(&[&["--json", "info"], images].concat());
        assert_eq!(run.json()["image"]["matches"], matches);
    }
    let other = with_images(Kernel::new(), b"other");
    let run = other.run(&["--json", "-i", "kernel.elf", "info"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.json()["image"]["matches"], false);
    let mut anonymous = Kernel::new();
    anonymous.build_id = &[];
    let run = with_images(anonymous, &BUILD_ID).run(&[
        "--json",
        "-i",
        "kernel.elf",
        "info",
    ]);
    assert_eq!(run.json()["image"]["matches"], Value::Null);
}

#[test]
fn a_symbol_of_the_wrong_image_is_not_used() {
    let other = with_images(Kernel::new(), b"other");
    let arguments = ["--json", "-i", "kernel.elf", "translate", "_start"];
    let run = other.run(&arguments);
    run.fails(6, "kernel.elf is not the image of the running kernel");
    assert_eq!(run.json()["error"]["code"], "image");
    assert_eq!(run.json()["translation"], Value::Null);

    // Where it would only name addresses, it is left out with a warning.
    let other = with_images(Kernel::new(), b"other");
    let run = other.run(&["--json", "-i", "kernel.elf", "threads"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("warning: kernel.elf is not"), "{run:?}");
    assert_eq!(run.json()["threads"][4]["symbol"], Value::Null);

    // An address that is a number needs no image.
    let other = with_images(Kernel::new(), b"other");
    let run = other.run(&["-i", "kernel.elf", "translate", "0xb000"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn an_image_that_is_not_elf_is_refused() {
    let peer = peer();
    peer.file("text", b"no ELF file");
    let run = peer.run(&["--json", "-i", "text", "threads"]);
    run.fails(6, "cannot use image text");
    assert_eq!(run.json()["error"]["code"], "image");
    let run = self::peer().run(&["-i", "absent.elf", "threads"]);
    run.fails(6, "cannot use image absent.elf");
}

#[test]
fn a_flag_overrides_its_variable_and_says_so() {
    let peer = peer();
    let arguments = ["-v", "-t", TARGET, "-i", "kernel.elf", "info"];
    let mut command = program(peer.directory(), &arguments);
    command.env("HOST_CLI_TARGET", "unix:elsewhere");
    command.env("HOST_CLI_IMAGE", "absent.elf");
    let run = finish(command);
    assert_eq!(run.code, Some(0), "{run:?}");
    for sentence in [
        "-t unix:line overrides HOST_CLI_TARGET=unix:elsewhere",
        "-i kernel.elf overrides HOST_CLI_IMAGE=absent.elf",
    ] {
        assert!(run.stderr.contains(sentence), "{run:?}");
    }
}

#[test]
fn variables_replace_flags() {
    let peer = peer();
    let mut command = program(peer.directory(), &["--json", "threads"]);
    command.env("HOST_CLI_TARGET", TARGET);
    command.env("HOST_CLI_IMAGE", "kernel.elf:server.elf");
    let run = finish(command);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.json()["target"], TARGET);
    assert_eq!(run.json()["threads"][1]["symbol"], "serve");
    assert_eq!(run.json()["threads"][4]["symbol"], "kernel::schedule");
}

#[test]
fn registers_are_shown_with_the_symbol_of_eip() {
    let peer = Kernel::new().peer();
    let symbols = [("tick", 0x0D00_0120, 16)];
    peer.file("clock.elf", &elf(0x0D00_0100, CLOCK, &symbols));
    let run = peer.run(&["-i", "clock.elf", "regs"]);
    assert!(run.stdout.contains("0x0d000123  tick+0x3"), "{run:?}");
}
