//! What the stub takes up in the kernel's image: text, memory, stack, and the
//! places where it may panic.

use crate::artifacts;
use crate::measurements::code::Program;
use object::{Object, ObjectSection, ObjectSymbol};
use rustc_demangle::demangle;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The most that the stub's text may be.
pub const MOST_TEXT_BYTES: u32 = 96 * 1024;

/// The entry points of exception tasks.
const ENTRY: &str = "kernel::trap::exception_entered";

/// Crates that are in the image only because of the stub.
const CRATES: [&str; 8] = [
    "stub",
    "gdbstub",
    "wire",
    "postcard",
    "serde",
    "serde_core",
    "crc",
    "managed",
];

/// Crates of the kernel that have functions for the stub's types, and are in
/// the image without it, too.
const KERNEL_CRATES: [&str; 3] = ["kernel", "structures", "uart"];

/// What was found.
#[derive(Clone, Debug)]
pub struct StubSize {
    /// Text by crate.
    pub text: BTreeMap<String, u32>,
    /// The names and sizes of its statics.
    pub memory: Vec<(&'static str, u64)>,
    /// The deepest stack of direct calls, and the way there.
    pub stack: (u32, Vec<String>),
    /// Where exception tasks may panic: by function, and by what they call.
    pub panics: BTreeMap<String, BTreeMap<String, u32>>,
    /// What exception tasks may reach outside of the text in which the stub
    /// refuses breakpoints.
    pub outside: Vec<String>,
    /// The compiler that built the image, such as `1.95`.
    pub compiler: String,
    functions: usize,
}

impl StubSize {
    /// Measures the image that `./x build` gathers.
    ///
    /// # Panics
    ///
    /// Panics if there is none.
    #[must_use]
    pub fn of_kernel() -> Self {
        Self::of(&artifacts::kernel())
    }

    /// Measures a kernel's image.
    ///
    /// # Panics
    ///
    /// Panics if it is not an image.
    #[must_use]
    pub fn of(image: &Path) -> Self {
        let program = Program::open(image);
        let reachable = program.reachable(ENTRY);
        let mut text = BTreeMap::new();
        for function in program.functions() {
            if let Some(name) = crate_of(&function.name) {
                *text.entry(name.to_owned()).or_default() += function.bytes;
            }
        }
        let bytes = fs::read(image).expect("the image can be read");
        let file = object::File::parse(&*bytes).expect("it is an image");
        let size_of = |wanted: &str| {
            let sizes = file.symbols().filter_map(|symbol| {
                let name = symbol.name().ok()?.split('.').next()?;
                let is_it = format!("{:#}", demangle(name)) == wanted;
                is_it.then(|| symbol.size())
            });
            sizes.sum()
        };
        let [start, end] = ["stub_start", "stub_end"].map(|wanted| {
            let mut symbols = file.symbols();
            let symbol = symbols.find(|symbol| symbol.name() == Ok(wanted));
            symbol.expect("the linker script has it").address()
        });
        let is_outside = |at: &&u32| !(start..end).contains(&u64::from(**at));
        let outside = reachable.iter().filter(is_outside);
        let memory = [
            "kernel::debugger::session::SESSION",
            "kernel::descriptors::pristine::PRISTINE",
            "kernel::memory::bootstrap::ENTRIES",
        ];
        Self {
            text,
            memory: memory.map(|name| (name, size_of(name))).to_vec(),
            stack: program.deepest(ENTRY),
            panics: program.panic_sites(&reachable),
            outside: outside.map(|at| program.name(*at).to_owned()).collect(),
            compiler: compiler_of(&file).unwrap_or_default(),
            functions: reachable.len(),
        }
    }

    /// Returns the text of all crates.
    #[must_use]
    pub fn text_bytes(&self) -> u32 {
        self.text.values().sum()
    }

    /// Returns how much memory the session takes.
    #[must_use]
    pub fn session_bytes(&self) -> u64 {
        self.memory.first().map_or(0, |(_, bytes)| *bytes)
    }

    /// Returns how many calls of panicking functions there are.
    #[must_use]
    pub fn panic_count(&self) -> u32 {
        self.panics.values().flat_map(BTreeMap::values).sum()
    }

    /// Returns the page about it.
    ///
    /// # Panics
    ///
    /// Panics if a string is full.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = String::new();
        self.write(&mut page).expect("a string takes all");
        page
    }

    fn write(&self, page: &mut String) -> std::fmt::Result {
        let total = self.text_bytes();
        writeln!(page, "# The stub's size\n")?;
        writeln!(page, "Printed from the linked image by\n")?;
        writeln!(page, "    cargo run -q -p tests --example stub_size\n")?;
        writeln!(page, "`tests/tests/stub_size.rs` holds the kernel to it.\n")?;
        writeln!(
            page,
            "**Text**: {total} bytes, of at most {MOST_TEXT_BYTES}."
        )?;
        writeln!(page, "Built by Rust {}.", self.compiler)?;
        writeln!(page, "Functions of these crates, which are in the image")?;
        writeln!(page, "for the stub's sake, and those that `core` has for")?;
        writeln!(page, "their types; what the kernel calls of them is never")?;
        writeln!(page, "inlined into it, nor what they call of the kernel")?;
        writeln!(page, "into them:\n")?;
        writeln!(page, "| crate | bytes |\n|---|---|")?;
        for (name, bytes) in &self.text {
            writeln!(page, "| `{name}` | {bytes} |")?;
        }
        writeln!(page, "\n**Memory** that is taken for good, in bytes:\n")?;
        writeln!(page, "| what | bytes |\n|---|---|")?;
        for (name, bytes) in &self.memory {
            writeln!(page, "| `{name}` | {bytes} |")?;
        }
        let (stack, path) = &self.stack;
        writeln!(page, "\n**Stack**: {stack} bytes of the 16,384 that each")?;
        writeln!(page, "exception task has, along the deepest way of direct")?;
        writeln!(page, "calls; frames read from the code. The test prints")?;
        writeln!(page, "what sessions really used.\n")?;
        for name in path {
            writeln!(page, "- `{name}`")?;
        }
        writeln!(
            page,
            "\n**Panics**: {} calls of what panics, in {} of the {} functions",
            self.panic_count(),
            self.panics.len(),
            self.functions,
        )?;
        writeln!(page, "that exception tasks may come to (by calls, and by")?;
        writeln!(
            page,
            "addresses that they take). Their number only shrinks.\n"
        )?;
        for (function, whys) in &self.panics {
            for (why, count) in whys {
                writeln!(page, "- `{function}`: {count} × `{why}`")?;
            }
        }
        Ok(())
    }
}

/// Returns the crate of the stub that a function belongs to. What `core` has
/// compiled for a type or a closure of one of them is that crate's, too.
fn crate_of(function: &str) -> Option<&'static str> {
    let name = function.trim_start_matches(['<', '&', '(']);
    let owner = name.split("::").next()?;
    let is_whole = |at: usize| {
        let before = function[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
    };
    let is_named = |name: &str| {
        let path = format!("{name}::");
        function.match_indices(&path).any(|(at, _)| is_whole(at))
    };
    if KERNEL_CRATES.contains(&owner) {
        return None;
    }
    let own = CRATES.into_iter().find(|name| *name == owner);
    own.or_else(|| CRATES.into_iter().find(|name| is_named(name)))
}

/// Returns the release of the compiler that an image's debug information names.
fn compiler_of(file: &object::File<'_>) -> Option<String> {
    let strings = file.section_by_name(".debug_str")?;
    let strings = strings.data().ok()?.split(|byte| *byte == 0);
    let mut strings = strings.filter_map(|text| str::from_utf8(text).ok());
    strings.find_map(|text| {
        let (_, version) = text.split_once("(rustc version ")?;
        let mut parts = version.split('.');
        Some(format!("{}.{}", parts.next()?, parts.next()?))
    })
}
