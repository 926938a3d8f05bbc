//! A kernel that is not ours, behind a GDB stub that is not ours.

use crate::stub::{DIRECTORY, Lie, Stub, TABLE};
use serde_json::{Value, json};

/// Returns the JSON document of a command that succeeds.
fn json(stub: &Stub, line: &str) -> Value {
    let arguments: Vec<_> = line.split(' ').collect();
    let run = stub.peer().run(&[&["--json"], &arguments[..]].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    run.json()
}

fn fails(stub: &Stub, line: &str, code: i32, speaks_of: &str) {
    let arguments: Vec<_> = line.split(' ').collect();
    stub.peer().run(&arguments).fails(code, speaks_of);
}

/// Physical memory is reached by the stub, by its window, or by a direct map.
fn ways() -> [(Stub, &'static str); 4] {
    let by_window = Stub { has_physical_mode: false, ..Stub::new() };
    [
        (Stub::new(), ""),
        (by_window.clone(), ""),
        (by_window.clone(), " --recursive-slot 1023"),
        (by_window, " --direct-map 0xc0000000"),
    ]
}

#[test]
fn what_is_mapped_is_told_whichever_way_memory_is_reached() {
    for (stub, option) in ways() {
        let document = json(&stub, &format!("regions{option}"));
        let regions = document["regions"].as_array().expect("rows");
        let short: Vec<_> = regions
            .iter()
            .map(|row| json!([row["start"], row["pages"], row["physical"]]))
            .collect();
        assert_eq!(
            short,
            [
                json!(["0x00100000", 16, "0x00100000"]),
                json!(["0x00300000", 1, "0x00250000"]),
                json!(["0xc0000000", 1024, "0x00000000"]),
                json!(["0xffc00000", 1, "0x00202000"]),
                json!(["0xfff00000", 1, "0x00000000"]),
                json!(["0xfffff000", 1, "0x00200000"]),
            ]
        );
        assert_eq!(document["running"], false);
        assert_eq!(regions[0]["task"], Value::Null);
        assert_eq!(regions[0]["row"], Value::Null);
    }
}

#[test]
fn an_address_is_translated_and_its_entries_are_shown() {
    for (stub, option) in ways() {
        let document = json(&stub, &format!("translate 0x300004{option}"));
        let walked = &document["translation"];
        assert_eq!(walked["physical"], "0x00250004");
        assert_eq!(walked["pde"]["address"], "0xfffff000");
        assert_eq!(walked["pte"]["address"], "0xffc00c00");
        assert_eq!(walked["pte"]["value"], "0x00250007");
    }
}

#[test]
fn memory_is_read_searched_and_summed_up() {
    for (stub, option) in ways() {
        let read = json(&stub, &format!("read 0x300000 8{option}"));
        assert_eq!(read["read"]["data"], "4865792100000000");
        let found = json(&stub, &format!("search 0 0xffffffff 657921{option}"));
        assert_eq!(found["found"], json!(["0x00300001"]));
        let sum = json(&stub, &format!("checksum 0x300000 8{option}"));
        // By gdb's own algorithm, with the polynomial 0x04c11db7.
        assert_eq!(sum["checksum"]["crc32"], "0xaf894cc7");
    }
}

#[test]
fn registers_and_what_the_stub_offers_are_shown() {
    let stub = Stub::new();
    let registers = json(&stub, "regs");
    let general = &registers["registers"]["general"];
    assert_eq!(general["eip"], "0xc0100020");
    let system = &registers["registers"]["system"];
    assert_eq!(system["cr3"], "0x00200000");
    assert_eq!(system["dr7"], Value::Null);
    let machine = &json(&stub, "info")["machine"];
    assert_eq!(machine["recursive_slot"], 1023);
    assert_eq!(machine["paging"], "32-bit, pages of 4 KiB and 4 MiB");
    assert_eq!(machine["physical_memory"], "read by the stub");
    let offers = &machine["offers"];
    assert_eq!(offers[0], "PacketSize=400");
}

#[test]
fn a_frame_is_found_in_the_spaces_that_are_known() {
    let mut stub = Stub::new();
    stub.memory.insert(0x0020_1000 + 4 * 5, TABLE | 1);
    let document = json(&stub, "who 0x250123 --directory 0x201000");
    let mappings = document["mappings"].as_array().expect("rows");
    let short: Vec<_> = mappings
        .iter()
        .map(|row| json!([row["directory"], row["address"], row["user"]]))
        .collect();
    assert_eq!(
        short,
        [
            json!(["0x00200000", "0x00300000", true]),
            json!(["0x00200000", "0xc0250000", false]),
            json!(["0x00201000", "0x01700000", false]),
        ]
    );
}

#[test]
fn a_file_of_rows_names_the_addresses() {
    let peer = Stub::new().peer();
    let rows = "[[row]]\nname = 'low'\nstart = 0\nbytes = 0x104000\n\
                [[row]]\nname = 'kernel'\nstart = 0xc0000000\nbytes = 0x400000";
    peer.file("rows.toml", rows.as_bytes());
    let run = peer.run(&["--json", "--layout", "rows.toml", "regions"]);
    let document = run.json();
    let regions = document["regions"].as_array().expect("rows");
    let short: Vec<_> = regions
        .iter()
        .take(4)
        .map(|row| json!([row["start"], row["pages"], row["row"]]))
        .collect();
    assert_eq!(
        short,
        [
            json!(["0x00100000", 4, "low"]),
            json!(["0x00104000", 12, null]),
            json!(["0x00300000", 1, null]),
            json!(["0xc0000000", 1024, "kernel"]),
        ]
    );
    let peer = Stub::new().peer();
    peer.file("rows.toml", rows.as_bytes());
    let layout = peer.run(&["layout", "--layout", "rows.toml"]);
    assert_eq!(layout.code, Some(0), "{layout:?}");
    assert!(layout.stdout.contains("outside the table"), "{layout:?}");
    let peer = Stub::new().peer();
    peer.file("rows.toml", b"[[row]]");
    peer.run(&["regions", "--layout", "rows.toml"]).fails(2, "rows.toml");
}

#[test]
fn the_size_bit_means_nothing_where_pages_of_4_mib_are_off() {
    let mut stub = Stub::new();
    stub.registers.insert("cr4", 0);
    // What looked like 4 MiB is a page table in the frame at 0.
    stub.memory.insert(4 * 7, 0x0035_0003);
    let document = json(&stub, "translate 0xc0007010");
    assert_eq!(document["translation"]["physical"], "0x00350010");
    let document = json(&stub, "regions");
    let last = document["regions"].as_array().expect("rows").len() - 4;
    let row = &document["regions"][last];
    assert_eq!(row["start"], "0xc0007000");
    assert_eq!(row["physical"], "0x00350000");
}

#[test]
fn paging_that_is_not_32_bit_is_refused_by_name() {
    for (register, value, speaks_of) in [
        ("cr4", 0x20, "PAE"),
        ("efer", 0x500, "long mode"),
        ("cr0", 0x11, "paging is off"),
    ] {
        let mut stub = Stub::new();
        stub.registers.insert(register, value);
        for line in ["regions", "translate 0xb000", "who 0", "read 0xb000 4"] {
            fails(&stub, line, 5, speaks_of);
        }
        let info = json(&stub, "info");
        assert_ne!(info["machine"]["paging"], Value::Null);
        // Physical memory needs no translation.
        let read = json(&stub, "read --physical 0x250000 4");
        assert_eq!(read["read"]["data"], "48657921");
    }
}

#[test]
fn what_cannot_be_known_is_one_sentence() {
    for line in ["threads", "mailboxes", "regions --task 2", "regs --task 2"] {
        fails(&Stub::new(), line, 5, "of this kernel host-cli cannot know");
    }
    fails(&Stub::new(), "layout", 5, "rows of this kernel");
    let mut blind = Stub { has_physical_mode: false, ..Stub::new() };
    blind.memory.remove(&(DIRECTORY + 4 * 1023));
    fails(&blind, "regions", 5, "no recursive slot");
    fails(&blind, "regions --recursive-slot 7", 5, "--recursive-slot");
    let simple = Stub { has_description: false, ..Stub::new() };
    fails(&simple, "regions", 5, "its control registers");
    let registers = json(&simple, "regs");
    assert_eq!(registers["registers"]["general"]["eip"], "0xc0100020");
    assert_eq!(registers["registers"]["system"]["cr3"], Value::Null);
}

#[test]
fn the_system_is_left_as_gdb_leaves_it() {
    for line in ["read 0x300000 4", "threads", "regions"] {
        let stub = Stub::new();
        let run = stub.peer().run(&line.split(' ').collect::<Vec<_>>());
        assert!(run.stderr.contains("it runs on"), "{run:?}");
        let heard = stub.heard.lock().expect("no test panics");
        let asked = |what: &str| heard.iter().filter(|it| *it == what).count();
        assert_eq!(asked("D"), 1, "{heard:?}");
        assert_eq!(heard.last().map(String::as_str), Some("D"));
        let modes = ["Qqemu.PhyMemMode:0", "Qqemu.PhyMemMode:1"].map(asked);
        assert_eq!(modes[0], modes[1], "{heard:?}");
    }
}

#[test]
fn each_table_is_read_once() {
    let stub = Stub::new();
    let _regions = json(&stub, "regions");
    let heard = stub.heard.lock().expect("no test panics");
    let reads = heard.iter().filter(|it| it.starts_with('m')).count();
    // The directory and its table, in parts of 508 bytes.
    assert_eq!(reads, 2 * 9, "{heard:?}");
}

#[test]
fn a_stub_that_lies_is_survived() {
    let lies: [Lie; 9] = [
        |body| (body == "g").then(|| b"12".to_vec()),
        |body| (body == "g").then(|| b"zz".to_vec()),
        |body| (body == "g").then(|| b"0*~0*~0*~".to_vec()),
        |body| body.starts_with('m').then(|| b"0".to_vec()),
        |body| body.starts_with('m').then(|| vec![b'0'; 3000]),
        |body| body.starts_with('m').then(|| b"OK".to_vec()),
        |body| body.starts_with("qXfer").then(|| b"m<".to_vec()),
        |body| body.starts_with("qXfer").then(|| b"l<a".to_vec()),
        |body| body.starts_with("qSupported").then(|| vec![0xff; 9]),
    ];
    for instead in lies {
        let stub = Stub { instead, ..Stub::new() };
        for line in ["regions", "translate 0x300000", "info", "regs"] {
            let arguments: Vec<_> = line.split(' ').collect();
            let run = stub.peer().run(&arguments);
            assert!(matches!(run.code, Some(0..=7)), "{run:?}");
            assert!(!run.stderr.contains("panicked"), "{run:?}");
        }
    }
}

#[test]
fn what_a_stub_says_cannot_steer_a_terminal() {
    let instead: Lie = |body| {
        let escape = b"PacketSize=400;\x1b[31m;qXfer:features:read+".to_vec();
        body.starts_with("qSupported").then_some(escape)
    };
    let run = Stub { instead, ..Stub::new() }.peer().run(&["info"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
}
