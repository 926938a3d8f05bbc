//! The tests of QEMU's own suite for stubs (`multiarch/gdbstub`) that need
//! gdb's judgement, held by the real gdb with our stub and then, as a
//! control, with QEMU's on a machine of the same kind. Where the two differ,
//! the test says why. Those that are a matter of packets are in
//! `conversations.rs`.
//!
//! Most differences have one reason: QEMU's threads are processors. There is
//! one of them, and it runs whatever task the kernel schedules.

use std::time::Duration;
use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::clients::rsp::Rsp;
use tests::host::deadline::wait_until;
use tests::machine::{Machine, Setup};
use tests::scenes::outside::Outside;
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// The tasks of a system with `workers` alone: they follow the kernel's two.
const WORKERS: [&str; 1] = ["workers"];
const FIRST_WORKER: u32 = 4;
const SPINNER: u32 = 7;

/// Whose stub is at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    Ours,
    Qemus,
}
use Whose::{Ours, Qemus};

/// A stopped machine, and gdb at one of its stubs.
struct Talk {
    // Dropped before the machine, which it must not outlive.
    gdb: Gdb,
    whose: Whose,
    machine: Machine,
    _outside: Option<Outside>,
}

impl Talk {
    /// Returns the value for whichever stub this is.
    fn each<T>(&self, ours: T, qemus: T) -> T {
        match self.whose {
            Ours => ours,
            Qemus => qemus,
        }
    }

    fn number(&mut self, expression: &str) -> u32 {
        self.gdb.number(expression)
    }

    /// Returns the task that has the processor, by the kernel's own record.
    fn current(&mut self) -> u32 {
        self.number(&current())
    }

    /// Returns how often a breakpoint was hit, as gdb has counted.
    fn hits(&mut self, breakpoint: u32) -> u32 {
        let list = self.gdb.command(&format!("info breakpoints {breakpoint}"));
        match list.split_once("breakpoint already hit ") {
            None => 0,
            Some((_, count)) => {
                let count =
                    count.split(' ').next().and_then(|n| n.parse().ok());
                count.unwrap_or_else(|| panic!("no count in {list}"))
            }
        }
    }

    /// Lets the system continue for good, and sees it run.
    fn let_go(&mut self) {
        self.gdb.command("delete");
        self.gdb.command("detach");
        ticks::wait_for(&mut self.machine, 1);
        assert!(self.machine.lines("panic: ").is_empty());
    }
}

/// Returns, for gdb, where the kernel records which task is running.
fn current() -> String {
    let image = Image::open(&artifacts::kernel());
    let address = image.address("kernel::schedule::round_robin::CURRENT");
    format!("*(unsigned *) {address:#x}")
}

/// Stops a machine by each stub in turn, and runs the same session with both.
fn with_both(
    setup: &Setup,
    wait_until_there: fn(&Machine),
    talk: impl Fn(Talk),
) {
    for whose in [Ours, Qemus] {
        let mut machine = setup.boot();
        wait_until_there(&machine);
        let outside = (whose == Qemus).then(|| Outside::of(&mut machine));
        let mut gdb = Gdb::start(&artifacts::kernel());
        gdb.command("set language c");
        gdb.attach(&match &outside {
            None => machine.endpoint().for_gdb(),
            Some(outside) => outside.socket().display().to_string(),
        });
        talk(Talk { gdb, whose, machine, _outside: outside });
    }
}

fn with_both_and_workers(talk: fn(Talk)) {
    let all_threads = |machine: &Machine| {
        wait_until("all threads", LIMIT, || {
            let threads = host_cli::json(machine.endpoint(), &["threads"]);
            threads.rows("threads").len() == SPINNER as usize
        });
    };
    with_both(&Setup::demo().modules(&WORKERS), all_threads, |mut it| {
        let workers = artifacts::program("workers");
        it.gdb.command(&format!("add-symbol-file {}", workers.display()));
        talk(it);
    });
}

/// `test-thread-breakpoint`.
#[test]
fn a_threads_breakpoint_is_hit_by_no_other_thread() {
    with_both_and_workers(|mut it| {
        for worker in FIRST_WORKER..SPINNER {
            let index = worker - FIRST_WORKER;
            // QEMU's cannot tell tasks apart: there gdb must ask the kernel
            // who runs, at each hit.
            let whose = it.each(
                format!("thread {worker}"),
                format!("thread 1 if {} == {worker}", current()),
            );
            it.gdb.command(
                &it.each(format!("thread {worker}"), "thread 1".to_owned()),
            );
            it.gdb.command(&format!("break workers::add_one {whose}"));
            let counts = |it: &mut Talk| {
                [0, 1, 2].map(|of| {
                    it.number(&format!("((unsigned *) &workers::COUNTS)[{of}]"))
                })
            };
            let mut before = None;
            for _ in 0..3 {
                let stop = it.gdb.command("continue");
                assert!(stop.contains("workers::add_one"), "{stop}");
                assert_eq!(it.current(), worker, "{stop}");
                let thread = it.number("$_thread");
                assert_eq!(thread, it.each(worker, 1), "{stop}");
                before.get_or_insert(counts(&mut it));
            }
            // The others have passed it, and this one twice.
            let (before, now) = (before.expect("a hit"), counts(&mut it));
            for (of, (before, now)) in (0..).zip(before.iter().zip(now)) {
                let more = now - before;
                assert!(
                    if of == index { more == 2 } else { more > 0 },
                    "{of} has counted {more} while {index} counts 2"
                );
            }
            it.gdb.command("delete");
        }
        it.let_go();
    });
}

/// `memory`: steps, a breakpoint, every kind of watchpoint, and then a
/// breakpoint that is reached only if the others were missed.
#[test]
fn no_stop_is_missed_before_the_backstop() {
    with_both_and_workers(|mut it| {
        it.gdb
            .command(&it.each(format!("thread {SPINNER}"), "thread 1".into()));
        it.gdb.command("break kernel::lifecycle::exit::die_of");
        for _ in 0..3 {
            let before = it.number("(unsigned) $eip");
            let said = it.gdb.command("stepi");
            assert_ne!(it.number("(unsigned) $eip"), before, "{said}");
        }
        // It may have stopped anywhere; what follows is in the process' memory.
        it.gdb.command("tbreak workers::spin_once");
        let stop = it.gdb.command("continue");
        assert!(stop.contains("Temporary breakpoint 2, "), "{stop}");
        it.gdb.command("break workers::add_one");
        let stop = it.gdb.command("continue");
        assert!(stop.contains("Breakpoint 3, "), "{stop}");
        assert_eq!(it.hits(3), 1);
        it.gdb.command("delete 3");
        let total = "*(unsigned *) &workers::TOTAL";
        for (number, kind) in (4..).zip(["awatch", "rwatch", "watch"]) {
            let set = it.gdb.command(&format!("{kind} -l {total}"));
            assert!(set.contains("Hardware "), "{set}");
            let before = it.number(total);
            let stop = it.gdb.command("continue");
            assert!(stop.contains(&format!("atchpoint {number}: ")), "{stop}");
            assert!(stop.contains("workers.rs:"), "{stop}");
            assert_eq!(it.hits(number), 1, "{stop}");
            if kind == "watch" {
                assert_eq!(it.number(total), before + 1, "{stop}");
            }
            it.gdb.command(&format!("delete {number}"));
        }
        assert_eq!(it.hits(1), 0, "the backstop");
        // It was there all the time: a task that dies runs into it.
        it.gdb.command("set $eip = 0");
        let mut stop = it.gdb.command("continue");
        if it.whose == Ours {
            // QEMU's knows nothing of faults. Ours shows each, and passes it
            // on if gdb says so.
            assert!(stop.contains("SIGSEGV"), "{stop}");
            stop = it.gdb.command("continue");
        }
        assert!(stop.contains("exit::die_of"), "{stop}");
        assert_eq!(it.hits(1), 1);
        it.let_go();
    });
}

/// `interrupt`.
#[test]
fn ctrl_c_finds_the_task_that_was_let_go_alone() {
    with_both_and_workers(|mut it| {
        // QEMU's resumes the processor, whichever thread was meant.
        let thread = it.each(SPINNER, 1);
        it.gdb.command(&format!("thread {thread}"));
        it.gdb.command("set scheduler-locking on");
        for _ in 0..3 {
            it.gdb.send("continue");
            it.gdb.wait_until_continuing();
            ticks::wait_for(&mut it.machine, 6);
            it.gdb.interrupt();
            let stop = it.gdb.answer();
            assert!(stop.contains("received signal SIGINT"), "{stop}");
            assert_eq!(it.number("$_thread"), thread, "{stop}");
            if it.whose == Ours {
                assert_eq!(it.current(), SPINNER, "{stop}");
            }
        }
        it.gdb.command("set scheduler-locking off");
        it.let_go();
    });
}

/// The fork loop, which Linux' kgdbts has, too.
#[test]
fn creations_that_are_stopped_at_and_stepped_through_all_succeed() {
    const CREATE: &str = "kernel::lifecycle::create::contents::fill_page";
    // The kernel waits for a debugger before it creates any process.
    let setup = Setup::demo().modules(&["cycler 10 2"]).word("wait");
    with_both(
        &setup,
        |_| {},
        |mut it| {
            it.gdb.command(&format!("break {CREATE}"));
            it.gdb.send("continue");
            if it.whose == Qemus {
                // Our own stub is in the same kernel, and holds it.
                let mut ours = Rsp::connect(it.machine.endpoint());
                ours.ask("qSupported");
                assert_eq!(ours.ask("D"), "OK");
            }
            let mut stop = it.gdb.answer();
            let mut hits = 0;
            loop {
                // Some of its children end by a fault, which is passed on;
                // QEMU's knows nothing of that.
                let faults = stop.contains("received signal SIG");
                if stop.contains("Breakpoint 1, ") {
                    hits += 1;
                    it.gdb.command("stepi 3");
                } else {
                    assert!(faults && it.whose == Ours, "{stop}");
                }
                if hits == 12 {
                    break;
                }
                stop = it.gdb.command("continue");
            }
            it.gdb.command("delete");
            it.gdb.command("detach");
            it.machine.wait_for_line("cycler: done: 10 rounds", LIMIT);
            it.let_go();
        },
    );
}
