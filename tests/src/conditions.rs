//! What a false condition costs: hits a second of a breakpoint whose
//! condition does not hold, by our stub and by QEMU's own, in one run.
//!
//! The program is the demo's `spinner`, which does nothing but call one
//! function. Our stub evaluates on the target; QEMU's has gdb do it.

use crate::artifacts;
use crate::gdb::Gdb;
use crate::machine::Setup;
use crate::outside::Outside;
use std::fmt;
use std::time::{Duration, Instant};

/// Hits of a breakpoint, in a time.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What was measured.
    pub name: &'static str,
    /// How often the function was called meanwhile.
    pub hits: u32,
    /// How long that took, by the host's clock.
    pub elapsed: Duration,
}

impl Measured {
    /// Returns the hits in each second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        f64::from(self.hits) / self.elapsed.as_secs_f64()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, hits, elapsed } = self;
        let seconds = elapsed.as_secs_f64();
        let rate = self.per_second();
        write!(f, "{name}: {hits} hits in {seconds:.3} s, {rate:.0} hits/s")
    }
}

/// The address of the counter, as an expression of C.
const SPINS: &str = "*(unsigned *)&'workers::SPINS'";

/// Measures our stub, then QEMU's.
///
/// # Panics
///
/// Panics if a machine or gdb fails.
#[must_use]
pub fn measure(our_hits: u32, qemu_hits: u32) -> Vec<Measured> {
    let setup = Setup::demo().modules(&["workers"]);
    let machine = setup.boot();
    let target = machine.endpoint().for_gdb();
    let mut gdb = attached(&target);
    // Its first instruction is `push ebp`, the third `inc` of memory.
    let ours = [
        ("ours, instruction emulated", 0, our_hits),
        ("ours, instruction stepped over", 3, our_hits / 2),
    ]
    .map(|(name, offset, hits)| run(&mut gdb, name, offset, hits));
    drop(gdb);
    drop(machine);
    let mut machine = Setup::without_stub().modules(&["workers"]).boot();
    let outside = Outside::of(&mut machine);
    let mut gdb = attached(&outside.socket().display().to_string());
    let qemu = run(&mut gdb, "QEMU's stub, gdb evaluates", 0, qemu_hits);
    ours.into_iter().chain([qemu]).collect()
}

fn attached(target: &str) -> Gdb {
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    let symbols = artifacts::program("workers");
    gdb.command(&format!("add-symbol-file {}", symbols.display()));
    gdb.attach(target);
    // A breakpoint belongs to the process of the thread that is selected:
    // here the spinner's. QEMU's stub has no such thread.
    gdb.command("thread 7");
    gdb.command("tbreak *'workers::spin_once'");
    gdb.command("continue");
    gdb
}

fn run(gdb: &mut Gdb, name: &'static str, offset: u32, hits: u32) -> Measured {
    let at = gdb.number("(unsigned)&'workers::spin_once'") + offset;
    let first = gdb.number(SPINS);
    let last = first.wrapping_add(hits);
    gdb.command("delete");
    gdb.command(&format!("break *{at:#x} if {SPINS} >= {last}"));
    let start = Instant::now();
    let stop = gdb.command("continue");
    let elapsed = start.elapsed();
    assert!(stop.contains("Breakpoint"), "{stop}");
    let hits = gdb.number(SPINS).wrapping_sub(first);
    Measured { name, hits, elapsed }
}
