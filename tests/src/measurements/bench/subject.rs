//! What is measured: the same system, once with our stub and once with
//! QEMU's own.

use super::tap::{Pace, Tap};
use crate::artifacts::image::Image;
use crate::artifacts::{self, PROGRAMS};
use crate::clients::host_cli::{self, address};
use crate::host::deadline::wait_for;
use crate::line::Endpoint;
use crate::machine::{BOOT_LIMIT, Machine, Setup};
use crate::scenes::outside::Outside;
use serde_json::Value;
use std::time::Duration;

/// How many tasks make a list of threads that compares with others'.
pub const TASKS: usize = 20;

/// The bytes of `busy` that cannot be compressed.
pub const RANDOM_BYTES: u32 = 65_536;

const LIMIT: Duration = Duration::from_secs(60);

/// Whose stub it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stub {
    /// The kernel's.
    Ours,
    /// The emulator's.
    Qemus,
}

/// A machine, and the lines to one of its stubs.
#[derive(Debug)]
pub struct Subject {
    /// Whose stub the lines lead to.
    pub stub: Stub,
    /// The machine.
    pub machine: Machine,
    /// The program that runs wherever the system stops.
    pub busy: Busy,
    /// How much is mapped from 0x02800000 and from 0x05000000 on, 64 KiB at
    /// most.
    pub global_bytes: [u32; 2],
    /// Where the stub is, without a tap.
    endpoint: Endpoint,
    paced: Tap,
    far: Tap,
    unpaced: Tap,
    /// Keeps the socket's directory.
    _outside: Option<Outside>,
}

/// The program `busy`, as it runs in a machine.
#[derive(Clone, Debug)]
pub struct Busy {
    /// Its task.
    pub task: u64,
    /// Its process.
    pub process: u64,
    /// Where its random bytes are.
    pub memory: u32,
    /// A function that is called all the time.
    pub round: u32,
    /// Counts the calls.
    pub rounds: u32,
    /// Where the count is in physical memory.
    pub rounds_physical: u32,
}

impl Subject {
    /// Boots the machine.
    ///
    /// # Panics
    ///
    /// Panics if it does not run as it should.
    #[must_use]
    pub fn boot(stub: Stub) -> Self {
        let sleepers = ["sleeper 100"; 5];
        let modules = [&PROGRAMS[..], &sleepers, &["busy"]].concat();
        Self::boot_as(stub, TASKS, Setup::demo().modules(&modules))
    }

    /// Boots a machine in which `busy` alone runs: what it gets of the
    /// processor does not depend on others. `is_counted` gives it one of 250
    /// million instructions a second, as `-icount shift=2` has it, whatever
    /// the host's is.
    ///
    /// # Panics
    ///
    /// Panics if it does not run as it should.
    #[must_use]
    pub fn boot_alone(stub: Stub, is_counted: bool) -> Self {
        let setup = Setup::demo().modules(&["busy"]);
        let setup = match is_counted {
            true => setup.instructions_of_4_ns(),
            false => setup,
        };
        // It, and the kernel's own two, which have nothing to do.
        Self::boot_as(stub, 3, setup)
    }

    fn boot_as(stub: Stub, tasks: usize, setup: Setup) -> Self {
        let mut machine = setup.memory_mib(32).boot();
        let rows = threads(&machine, tasks);
        let busy = Busy::find(&mut machine, &rows);
        let directory = directory(&rows);
        let mappings = machine.dump().mappings(directory);
        let global_bytes = [0x0280_0000, 0x0500_0000].map(|start| {
            let pages = (start..start + RANDOM_BYTES).step_by(4096);
            let mapped = pages.take_while(|page| mappings.contains_key(page));
            mapped.count() as u32 * 4096
        });
        let outside = (stub == Stub::Qemus).then(|| Outside::of(&mut machine));
        let endpoint = match &outside {
            None => machine.endpoint().clone(),
            Some(outside) => Endpoint::Unix(outside.socket()),
        };
        let [paced, far, unpaced] = [Pace::Paced, Pace::Far, Pace::Unpaced]
            .map(|pace| Tap::on(&endpoint, pace));
        Self {
            stub,
            machine,
            busy,
            global_bytes,
            endpoint,
            paced,
            far,
            unpaced,
            _outside: outside,
        }
    }

    /// Returns where the stub is, without a tap.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// Returns the line of a pace.
    #[must_use]
    pub const fn line(&self, pace: Pace) -> &Tap {
        match pace {
            Pace::Paced => &self.paced,
            Pace::Far => &self.far,
            Pace::Unpaced => &self.unpaced,
        }
    }
}

/// Waits until there are this many tasks, and returns their rows.
///
/// # Panics
///
/// Panics if there are not that many in time.
#[must_use]
pub fn threads(machine: &Machine, count: usize) -> Vec<Value> {
    wait_for("every task", LIMIT, || {
        let answer = host_cli::json(machine.endpoint(), &["threads"]);
        let rows = answer.rows("threads");
        (rows.len() == count).then(|| rows.to_vec())
    })
}

fn row(threads: &[Value]) -> &Value {
    let row = threads.iter().find(|row| row["name"] == "busy");
    row.expect("the program runs")
}

fn directory(threads: &[Value]) -> u32 {
    address(&row(threads)["cr3"])
}

impl Busy {
    /// Finds the program among the tasks of a machine.
    ///
    /// # Panics
    ///
    /// Panics if it is not there.
    #[must_use]
    pub fn find(machine: &mut Machine, threads: &[Value]) -> Self {
        let image = Image::open(&artifacts::program("busy"));
        let rounds = image.address("busy::ROUNDS");
        let row = row(threads);
        let number = |name: &str| row[name].as_u64().expect("a number");
        let line = machine.wait_for_line("busy: ", BOOT_LIMIT);
        let memory = line.rsplit_once("0x").map(|(_, digits)| digits);
        let memory = memory.and_then(|text| u32::from_str_radix(text, 16).ok());
        let mappings = machine.dump().mappings(directory(threads));
        let page = mappings.get(&(rounds & !0xfff));
        let page = page.expect("the count is in memory");
        Self {
            task: number("id"),
            process: number("process"),
            memory: memory.unwrap_or_else(|| panic!("no address: {line}")),
            round: image.address("busy::round"),
            rounds,
            rounds_physical: page.frame + (rounds & 0xfff),
        }
    }
}
