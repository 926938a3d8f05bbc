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
}

/// A top-level module of a crate.
pub struct Floor {
    /// The module's name.
    pub name: &'static str,
    /// What it is for.
    pub holds: &'static str,
}

const fn floor(name: &'static str, holds: &'static str) -> Floor {
    Floor { name, holds }
}

/// A crate without other crates or floors; the rows below say which it has.
const PLAIN: Crate = Crate {
    name: "",
    folder: "",
    holds: "",
    uses: &[],
    tests_use: &[],
    floors: &[],
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
            floor("images", "where the images of ring-3 programs are"),
            floor("paging", "32-bit page-table entries, and the walk"),
            floor("runs", "an address space as runs of pages that are mapped alike"),
        ],
        ..PLAIN
    },
    Crate {
        name: "wire",
        folder: "wire",
        holds: "frames, queries, rows of tables, the i386 registers",
        uses: &["layout"],
        floors: &[
            floor("text", "hexadecimal digits, and packets' delimited parts"),
            floor("fields", "a macro that declares a struct with its columns and its encoding"),
            floor("i386", "the registers: names, numbers, order on the line"),
            floor("x87", "the x87 registers, as `fnsave` stores them"),
            floor("sse", "the SSE registers"),
            floor("rows", "the row of every table"),
            floor("query", "host-cli's queries and their replies"),
            floor("frame", "`$…#cc` and `%…#cc`, byte by byte"),
        ],
        ..PLAIN
    },
    Crate {
        name: "stub",
        folder: "stub",
        holds: "how a target answers a debugger; sees the kernel only through `embed`",
        uses: &["layout", "wire"],
        tests_use: &["fake-machine"],
        floors: &[
            floor("built_in", "which of the crate's features are on"),
            floor("embed", "what a kernel implements: its machine and its line"),
            floor("storage", "fixed-size buffers; there is no allocator"),
            floor("interpreters", "evaluators: gdb's agent expressions, and one machine instruction"),
            floor("protocol", "GDB's data types: register numbers, thread ids, error codes"),
            floor("link", "packets and frames as they arrive and leave"),
            floor("requests", "what the debugger has asked for, as data"),
            floor("target", "the machine under the debugger: tasks, registers, memory, breakpoints"),
            floor("answers", "replies that take some work: gdbstub's, tables, searches, features"),
            floor("monitor", "gdb's `monitor`"),
            floor("client", "gdb's packets, and what each does"),
            floor("live", "host-cli's queries, whether the system runs or is stopped"),
            floor("session", "the entry points that the kernel calls"),
        ],
    },
    Crate {
        name: "fake-machine",
        folder: "stub/fake-machine",
        holds: "a machine in memory, for tests of the stub",
        uses: &["layout", "stub", "wire"],
        floors: &[
            floor("tables", "the rows that it has in its tables"),
            floor("size", "which capabilities each of its sizes has"),
            floor("state", "its memory, tasks, registers and time"),
            floor("machine", "`embed`, implemented on the machine's state"),
        ],
        ..PLAIN
    },
    Crate {
        name: "uart",
        folder: "stub/uart",
        holds: "a driver for the 8250 and its descendants, for any kernel",
        uses: &["stub"],
        floors: &[
            floor("registers", "the registers, and the trait by which a kernel gives access"),
            floor("rate", "baud rates and their divisors"),
            floor("detect", "which UART is there, if any"),
            floor("driver", "a UART as the stub's line"),
            floor("mapped", "registers in memory instead of I/O ports"),
        ],
        ..PLAIN
    },
    Crate {
        name: "host-cli",
        folder: "host-cli",
        holds: "how to ask a kernel and show the answer",
        uses: &["layout", "wire"],
        floors: &[
            floor("terminal", "tables, memory and progress on a terminal"),
            floor("numbers", "parses numbers such as `0x1000` and `64KiB`"),
            floor("link", "a serial port, a pty or a socket"),
            floor("client", "queries and replies on a line that may lose bytes"),
            floor("rsp", "GDB's packets, to a stub of any kernel"),
            floor("target", "what a kernel can be asked for, or what is computed in its place"),
            floor("failure", "why a command failed, for people and for programs"),
            floor("naming", "the rows of an address space, by which addresses are named"),
            floor("symbols", "names and addresses, from ELF files"),
            floor("arguments", "the options that all commands share"),
            floor("output", "text, or one JSON document"),
            floor("context", "what a command is given: target, images, stderr"),
            floor("commands", "the commands, a file each"),
            floor("program", "from a command line to an exit code"),
        ],
        ..PLAIN
    },
    Crate {
        name: "tests",
        folder: "tests",
        holds: "system tests, in QEMU and in Bochs",
        tests_use: &["host-cli", "wire"],
        floors: &[
            floor("host", "deadlines, other programs, repeatable random numbers"),
            floor("artifacts", "what `./x build` makes"),
            floor("line", "a serial line that is slow, bad or shared"),
            floor("machine", "a booted system, and the emulator's own view of it"),
            floor("clients", "gdb, lldb, host-cli, and a bare client of gdb's protocol"),
            floor("scenes", "set-up and checks that many tests share"),
            floor("measurements", "what the stub costs in time, traffic and code size"),
        ],
        ..PLAIN
    },
    Crate {
        name: "floors",
        folder: "tests/floors",
        holds: "the table of crates and floors, and the test that enforces it",
        floors: &[
            floor("table", "which crates and floors there are: this table"),
            floor("modules", "the modules of a crate, their names and imports"),
            floor("workspace", "the real tree's files and packages"),
            floor("resolve", "from a Rust path to the module that defines the name"),
            floor("circles", "import cycles"),
            floor("rules", "the rules and their error messages"),
            floor("page", "the pictures in `docs/architecture.md`"),
        ],
        ..PLAIN
    },
    Crate {
        name: "fuzz",
        folder: "tests/fuzz",
        holds: "reproducible random input for everything that parses what arrives on the line",
        uses: &["fake-machine", "host-cli", "layout", "stub", "tests", "wire"],
        floors: &[
            floor("line", "a serial line whose other end is an input"),
            floor("bytes", "random numbers, framing and corruption"),
            floor("agent", "input for the evaluator of gdb's expressions"),
            floor("packets", "packets that gdb, lldb or host-cli could send"),
            floor("frames", "input for the decoders of both ends"),
            floor("processor", "raises traps and ends steps"),
            floor("scenes", "packet sequences that reach deep states"),
            floor("session", "input for the whole stub"),
        ],
        ..PLAIN
    },
    Crate {
        name: "abi",
        folder: "kernel/abi",
        holds: "the ABI between ring-3 programs and the kernel",
        uses: &["layout"],
        floors: &[
            floor("error", "why a system call failed, and how EAX reports it"),
            floor("message", "messages in mailboxes, and what they cost"),
            floor("process_data", "what a process knows about itself"),
            floor("images", "which program has which range of addresses"),
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
            floor("random", "pseudo-random numbers"),
            floor("kernel", "the first instruction, and the system calls"),
            floor("log", "text for the kernel's log"),
            floor("counts", "numbers in a program's arguments"),
            floor("service", "mailboxes that programs find by name"),
            floor("shelf", "the window that `producer` and `consumer` share"),
        ],
        ..PLAIN
    },
    Crate {
        name: "structures",
        folder: "kernel/structures",
        holds: "the pure parts of the kernel, tested on the host",
        uses: &["abi", "layout", "stub", "uart"],
        floors: &[
            floor("change", "change counters"),
            floor("queue", "a mailbox's messages, in a ring of bytes"),
            floor("log_ring", "the latest lines of the log, in a ring of bytes"),
            floor("eslof", "the page allocator: a tree of runs"),
            floor("port_bitmap", "the TSS's bitmap of I/O ports"),
            floor("processor", "the processor's model and features"),
            floor("command_line", "the words on the kernel's command line"),
            floor("elf_image", "a program's ELF file, checked"),
        ],
        ..PLAIN
    },
    Crate {
        name: "kernel",
        folder: "kernel",
        holds: "the machine: traps, tasks, memory, devices, and the debugger's access to them",
        uses: &["abi", "layout", "structures", "stub", "uart", "wire"],
        floors: &[
            floor("cpu", "instructions that Rust cannot express"),
            floor("machine", "facts about processor and boot loader: vectors, frames, options"),
            floor("devices", "console, log, clock, serial ports, interrupts"),
            floor("descriptors", "GDT, IDT and TSSs"),
            floor("memory", "frames, page tables, the kernel's own memory"),
            floor("records", "processes, tasks, mailboxes, windows, ports, and the tables of them"),
            floor("schedule", "which task runs, and until when"),
            floor("process", "a process's memory, mailboxes, services, windows and ports"),
            floor("lifecycle", "how processes and tasks are created and end"),
            floor("programs", "boot modules, and the keeper task that starts them"),
            floor("system_call", "from a call's number to its function"),
            floor("debugger", "the kernel as the stub sees it, and its session"),
            floor("fault", "who handles an exception, and how"),
            floor("trap", "the kernel's entries: exceptions, interrupts, system calls"),
            floor("start", "from the boot loader to the first task"),
            floor("panic", "the kernel's panic handler"),
        ],
        ..PLAIN
    },
];
