//! Which crates there are, and which floors each has.

/// A crate of the workspace.
pub struct Crate {
    /// Its name.
    pub name: &'static str,
    /// Its folder.
    pub folder: &'static str,
    /// What it is for.
    pub holds: &'static str,
    /// The other crates that it is built from; all stand before it here.
    pub uses: &'static [&'static str],
    /// Those that only its tests and examples use.
    pub tests_use: &'static [&'static str],
    /// Its floors, the lowest first.
    pub floors: &'static [Floor],
    /// How many of its files still are in circles. It only falls.
    pub in_circles: usize,
    /// The files that may import each other.
    pub exception: Option<Exception>,
}

/// A top-level module of a crate.
pub struct Floor {
    /// The module's name.
    pub name: &'static str,
    /// What it is for.
    pub holds: &'static str,
}

/// Files that import each other because they have to.
pub struct Exception {
    /// The files, below `src/`.
    pub files: &'static [&'static str],
    /// Why they have to.
    pub reason: &'static str,
}

const fn floor(name: &'static str, holds: &'static str) -> Floor {
    Floor { name, holds }
}

/// The name of a floor of all modules that no other floor is named after.
pub const UNCUT: &str = "*";

const NOT_YET_CUT: &[Floor] = &[floor(UNCUT, "not yet cut into floors")];

/// A crate without circles, floors or other crates; the rows below say what
/// they have of these.
const PLAIN: Crate = Crate {
    name: "",
    folder: "",
    holds: "",
    uses: &[],
    tests_use: &[],
    floors: &[],
    in_circles: 0,
    exception: None,
};

/// Every crate, after those that it is built from. The kernel is the last:
/// nothing is built from it.
#[rustfmt::skip]
pub const CRATES: &[Crate] = &[
    Crate {
        name: "layout",
        folder: "layout",
        holds: "the address-space table; page-table formats, walk, runs",
        floors: &[
            floor("address", "linear and physical addresses, kept apart by type"),
            floor("descriptor", "the entries of GDT and IDT"),
            floor("regions", "the address space of every task, row by row"),
            floor("paging", "32-bit page-table entries, and the walk"),
            floor("runs", "an address space as runs of equal mapping"),
        ],
        ..PLAIN
    },
    Crate {
        name: "wire",
        folder: "wire",
        holds: "frames, queries, rows of tables, the i386 registers",
        uses: &["layout"],
        floors: NOT_YET_CUT,
        in_circles: 2,
        ..PLAIN
    },
    Crate {
        name: "stub",
        folder: "stub",
        holds: "how a target answers a debugger",
        uses: &["layout", "wire"],
        tests_use: &["fake-machine"],
        floors: NOT_YET_CUT,
        in_circles: 30,
        ..PLAIN
    },
    Crate {
        name: "fake-machine",
        folder: "stub/fake-machine",
        holds: "a machine in memory, for tests of the stub",
        uses: &["layout", "stub", "wire"],
        floors: &[
            floor("tables", "the rows that it has in its tables"),
            floor("state", "its memory, tasks, registers and time"),
            floor("machine", "all that as the stub asks for it"),
        ],
        ..PLAIN
    },
    Crate {
        name: "host-cli",
        folder: "host-cli",
        holds: "how to ask a kernel and show the answer",
        uses: &["layout", "wire"],
        floors: NOT_YET_CUT,
        in_circles: 9,
        ..PLAIN
    },
    Crate {
        name: "tests",
        folder: "tests",
        holds: "what must be true of the whole, in QEMU and in Bochs",
        tests_use: &["host-cli", "wire"],
        floors: NOT_YET_CUT,
        in_circles: 2,
        ..PLAIN
    },
    Crate {
        name: "floors",
        folder: "tests/floors",
        holds: "these tables, and the test that holds them",
        floors: &[
            floor("table", "which crates and floors there are: this table"),
            floor("modules", "the modules of a crate, their names and imports"),
            floor("workspace", "the real tree's files and packages"),
            floor("resolve", "where a path leads"),
            floor("circles", "files that import each other"),
            floor("rules", "the rules, and what is said when one is broken"),
            floor("page", "the pictures in `docs/architecture.md`"),
        ],
        ..PLAIN
    },
    Crate {
        name: "fuzz",
        folder: "tests/fuzz",
        holds: "random, repeatable input for all that reads the line",
        uses: &["fake-machine", "host-cli", "layout", "stub", "tests", "wire"],
        floors: NOT_YET_CUT,
        in_circles: 4,
        ..PLAIN
    },
    Crate {
        name: "abi",
        folder: "kernel/abi",
        holds: "what ring 3 and the kernel agree on",
        uses: &["layout"],
        floors: &[
            floor("error", "why a system call failed, and how EAX says so"),
            floor("message", "messages in mailboxes, and what they cost"),
            floor("process_data", "what a process knows of itself"),
            floor("calls", "the table of system calls"),
            floor("document", "`docs/system-calls.md`"),
        ],
        ..PLAIN
    },
    Crate {
        name: "programs",
        folder: "kernel/programs",
        holds: "the ring-3 programs",
        uses: &["abi", "layout"],
        floors: &[
            floor("random", "numbers that look random"),
            floor("kernel", "the way into the kernel: entry and system calls"),
            floor("log", "words for the kernel's log"),
            floor("counts", "numbers in a program's arguments"),
            floor("service", "mailboxes that programs find by name"),
            floor("shelf", "the window that `producer` and `consumer` share"),
        ],
        ..PLAIN
    },
    Crate {
        name: "kernel",
        folder: "kernel",
        holds: "the machine",
        uses: &["abi", "layout", "stub", "wire"],
        floors: NOT_YET_CUT,
        in_circles: 66,
        ..PLAIN
    },
];
