//! A debugger sees what the temporary and the create window map inside
//! `process_create`, and nothing afterwards.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::machine::{Machine, Setup};
use tests::scenes::{self, attached, goes_on};

const DIRECTORY_WINDOW: u32 = 0x8000;
const TABLE_WINDOW: u32 = 0x9000;
const CREATE_WINDOW: u32 = 0x0030_0000;
/// The slot by which a directory maps itself.
const RECURSIVE_SLOT: u32 = 8;
const FRAME: u32 = 0xffff_f000;

/// Reads words through gdb, as its `x` shows them.
fn words<const N: usize>(gdb: &mut Gdb, address: u32) -> [u32; N] {
    let text = gdb.command(&format!("x/{N}xw {address:#x}"));
    let words: Vec<_> = text
        .lines()
        .flat_map(|line| line.split_whitespace().skip(1))
        .filter_map(|word| word.strip_prefix("0x"))
        .filter_map(|digits| u32::from_str_radix(digits, 16).ok())
        .collect();
    words.try_into().unwrap_or_else(|_| panic!("not {N} words: {text}"))
}

/// Reads a register through gdb.
fn register(gdb: &mut Gdb, name: &str) -> u32 {
    let text = gdb.command(&format!("print/x ${name}"));
    let digits = text.trim().rsplit("0x").next().unwrap_or_default();
    u32::from_str_radix(digits, 16).unwrap_or_else(|_| panic!("{text}"))
}

/// Stops inside `process_create`, when it has filled the first pages of the
/// first program.
fn stop_inside_process_create(machine: &Machine) -> Gdb {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.command("break kernel::lifecycle::create::contents::fill_page");
    let stop = gdb.command("continue");
    assert!(stop.contains("Breakpoint 1, kernel::lifecycle::create"), "{stop}");
    let way = gdb.command("backtrace");
    assert!(way.contains("kernel::lifecycle::create::process_create"), "{way}");
    gdb.command("finish");
    gdb
}

#[test]
fn inside_process_create_they_show_the_new_process() {
    let mut machine = Setup::demo().word("wait").boot();
    let mut gdb = stop_inside_process_create(&machine);
    let cr3 = register(&mut gdb, "cr3") & FRAME;
    let memory = machine.dump();
    let frame_behind = |address| {
        let mapping = memory.mapping(cr3, address);
        let mapping = mapping.unwrap_or_else(|| {
            panic!("nothing at {address:#x}; {}", gdb.transcript())
        });
        assert!(!mapping.user, "{address:#x} is not for ring 3");
        mapping.frame
    };

    // The first page is the directory of another space: it maps itself.
    let directory = frame_behind(DIRECTORY_WINDOW);
    assert_ne!(directory, cr3);
    let itself = memory.entry(directory, RECURSIVE_SLOT);
    assert_eq!(itself & FRAME, directory);
    // The second is the table of that space for the program's pages, and
    // the create window shows the first of these pages.
    let table = frame_behind(TABLE_WINDOW);
    let page = frame_behind(CREATE_WINDOW);
    let program = Image::open(&artifacts::program(artifacts::PROGRAMS[0]));
    let segment = &program.segments()[0];
    let entries = memory.entries(directory, segment.start);
    assert_eq!(entries.directory & FRAME, table);
    assert_eq!(entries.table.expect("it is present") & FRAME, page);

    // gdb sees the same.
    let slot = DIRECTORY_WINDOW + 4 * RECURSIVE_SLOT;
    assert_eq!(words(&mut gdb, slot), [itself]);
    let index = segment.start >> 12 & 0x3ff;
    let shown = words(&mut gdb, TABLE_WINDOW + 4 * index);
    assert_eq!(shown, [memory.entry(table, index)]);
    let at = CREATE_WINDOW + segment.start % 4096;
    let shown: [u32; 64] = words(&mut gdb, at);
    let file: Vec<_> = segment.data[..256]
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes(word.try_into().expect("four bytes")))
        .collect();
    assert_eq!(shown[..], file, "the image's first bytes");
}

#[test]
fn afterwards_they_are_empty() {
    let mut machine = Setup::demo().word("wait").boot();
    let mut gdb = stop_inside_process_create(&machine);
    gdb.command("delete");
    gdb.command("detach");
    drop(gdb);
    machine.wait_for_line("ready:", Duration::from_secs(30));
    // While a task is in its program, none is inside a kernel function that
    // uses the windows; the system is stopped there and stays stopped.
    let gdb = scenes::in_a_program(&machine);
    gdb.crash();
    let threads = host_cli::whole_demo(machine.endpoint());
    let memory = machine.dump();
    for thread in threads {
        let cr3 = host_cli::address(&thread["cr3"]);
        let pages = (DIRECTORY_WINDOW..0xa000)
            .chain(CREATE_WINDOW..0x0040_0000)
            .step_by(4096);
        for page in pages {
            assert_eq!(memory.mapping(cr3, page), None, "{thread}");
        }
    }
    for window in ["0x8000", "0x9000", "0x300000"] {
        let query = ["translate", window, "--task", "1"];
        let answer = host_cli::json(machine.endpoint(), &query);
        assert_eq!(answer.code, 1, "{answer:?}");
    }
    goes_on(attached(&machine), &machine, &[]);
}
