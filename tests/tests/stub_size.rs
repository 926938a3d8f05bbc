//! The stub stays small and within its stack, and can panic in ever fewer
//! places. `docs/stub-size.md` has the figures.

use std::fs;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::machine::Setup;
use tests::measurements::stub_size::{MOST_TEXT_BYTES, StubSize};
use tests::scenes::goes_on;

fn page() -> String {
    let page = artifacts::root().join("docs/stub-size.md");
    fs::read_to_string(page).expect("the page is there")
}

/// Returns the number that follows `what` in the page.
fn told(what: &str) -> u32 {
    let page = page();
    let told = page.lines().find_map(|line| line.strip_prefix(what));
    let told = told.and_then(|line| line.split(' ').next());
    told.and_then(|n| n.parse().ok()).expect("it has a number")
}

#[test]
fn its_text_and_the_calls_that_panic_only_become_fewer() {
    let size = StubSize::of_kernel();
    assert!(told("**Text**: ") <= MOST_TEXT_BYTES);
    // Another release of the compiler inlines other functions: 1.97 leaves
    // `split_at` as it is, which then counts for each way in.
    let by = format!("Built by Rust {}.", size.compiler);
    let is_same = page().lines().any(|line| line == by);
    let share = if is_same { 50 } else { 5 };
    for (what, is) in [
        ("**Text**: ", size.text_bytes()),
        ("**Panics**: ", size.panic_count()),
    ] {
        let told = told(what);
        assert!(
            is <= told + told / share,
            "{what}{is} instead of {told} in docs/stub-size.md; compare it \
             with\ncargo run -q -p tests --example stub_size\n{:?}",
            size.panics
        );
    }
}

#[test]
fn the_stub_refuses_breakpoints_wherever_exception_tasks_may_come() {
    let outside = StubSize::of_kernel().outside;
    assert!(
        outside.is_empty(),
        "not covered by the stub's part of the text in kernel/build.rs: \
         {outside:#?}"
    );
}

/// Each exception task's stack, and how many there are.
const STACK_BYTES: usize = 16 * 1024;
const STACKS: usize = 18;

#[test]
fn no_exception_task_comes_near_the_end_of_its_stack() {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    for query in [
        &["info"][..],
        &["threads"],
        &["processes"],
        &["mailboxes"],
        &["frames"],
        &["allocator", "frames"],
        &["regions", "--all"],
        &["translate", "0xb000"],
        &["log"],
        &["who", "0x100000"],
    ] {
        assert_eq!(host_cli::json(machine.endpoint(), query).code, 0);
    }
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    for command in [
        "info threads",
        "break kernel::system_call::dispatch thread 4 if $eax != 0",
        "continue",
        "backtrace",
        "stepi",
        "next",
        "info registers",
        "delete",
        "info os processes",
        "info os threads",
        "info os regions",
        "monitor help",
        "monitor threads",
        "find /w 0x5400000, +0x1000, 0x12345678",
    ] {
        gdb.command(command);
    }
    goes_on(gdb, &machine, &[]);
    let image = Image::open(&artifacts::kernel());
    let stacks = image.address("exception_stacks");
    let memory = machine.dump();
    let start = stacks as usize;
    let all = &memory.0[start..start + STACKS * STACK_BYTES];
    let used = all.chunks(STACK_BYTES).map(|stack| {
        // Bytes are zero where nothing has ever been pushed.
        let free = stack.iter().take_while(|byte| **byte == 0).count();
        STACK_BYTES - free
    });
    let used: Vec<_> = used.collect();
    println!("bytes used of each exception task's stack: {used:?}");
    let deepest = used.iter().max().expect("there are stacks");
    assert!(*deepest > 256, "the stub has run");
    assert!(*deepest < STACK_BYTES * 3 / 4, "{used:?}");
    let (bound, path) = StubSize::of_kernel().stack;
    assert!((bound as usize) < STACK_BYTES * 3 / 4, "{bound}: {path:?}");
}
