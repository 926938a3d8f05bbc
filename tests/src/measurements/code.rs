//! The kernel's machine code: who calls whom, where it may panic, and how
//! deep its stack gets. Read from the linked image, without the compiler.

use iced_x86::{
    Code, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind,
    Register,
};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};
use rustc_demangle::demangle;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A function of the image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name, without hashes.
    pub name: String,
    /// The size of its code.
    pub bytes: u32,
    /// How deep its own frame gets, with its return address.
    pub frame_bytes: u32,
    /// What it calls, jumps to, or takes the address of.
    uses: BTreeSet<u32>,
    /// The targets of its calls and jumps to other functions, one for each.
    calls: Vec<u32>,
}

/// All functions, by address.
#[derive(Clone, Debug)]
pub struct Program {
    functions: BTreeMap<u32, Function>,
}

/// Bytes of the image that are not code.
struct Data {
    start: u32,
    bytes: Vec<u8>,
}

impl Data {
    fn word(&self, at: u32) -> Option<u32> {
        let offset = usize::try_from(at.checked_sub(self.start)?).ok()?;
        let word = self.bytes.get(offset..offset.checked_add(4)?)?;
        Some(u32::from_le_bytes(word.try_into().ok()?))
    }
}

/// Functions that panic whatever their arguments.
const PANICS: [&str; 8] = [
    "core::panicking::",
    "core::slice::index::",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::option::",
    "core::result::unwrap_failed",
    "core::cell::panic",
    "core::str::slice_error_fail",
    "core::array::",
];

impl Program {
    /// Reads the image at `path`.
    ///
    /// # Panics
    ///
    /// Panics if it is not an image.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        let bytes = fs::read(path).expect("the image can be read");
        let file = object::File::parse(&*bytes).expect("it is an image");
        let section = |name| file.section_by_name(name);
        let text = section(".text").expect("it has code");
        let code = Data {
            start: u32::try_from(text.address()).expect("32 bits"),
            bytes: text.data().expect("it is in the file").to_vec(),
        };
        let data = [".rodata", ".data"].into_iter().filter_map(section);
        let data: Vec<_> = data
            .map(|section| Data {
                start: u32::try_from(section.address()).expect("32 bits"),
                bytes: section.data().expect("it is there").to_vec(),
            })
            .collect();
        let mut starts = BTreeMap::new();
        for symbol in file.symbols() {
            let (Ok(name), Ok(at)) =
                (symbol.name(), u32::try_from(symbol.address()))
            else {
                continue;
            };
            if symbol.kind() == SymbolKind::Text && symbol.size() > 0 {
                let bytes = u32::try_from(symbol.size()).expect("32 bits");
                let name = name.split('.').next().unwrap_or(name);
                starts.insert(at, (format!("{:#}", demangle(name)), bytes));
            }
        }
        let known: BTreeSet<u32> = starts.keys().copied().collect();
        let functions = starts
            .into_iter()
            .filter_map(|(at, (name, bytes))| {
                let function = read(name, at, bytes, &code, &data, &known)?;
                Some((at, function))
            })
            .collect();
        Self { functions }
    }

    /// Returns all functions.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.values()
    }

    /// Returns the name of the function at `address`, if there is one.
    #[must_use]
    pub fn name(&self, address: u32) -> &str {
        self.functions.get(&address).map_or("", |function| &function.name)
    }

    /// Returns the addresses of the functions that `name` may reach, by
    /// calls and by the addresses that it takes, except for those that only
    /// report a panic.
    ///
    /// # Panics
    ///
    /// Panics if there is no function of this name.
    #[must_use]
    pub fn reachable(&self, name: &str) -> BTreeSet<u32> {
        let start = self.functions.iter().find(|(_, f)| f.name == name);
        let (&start, _) = start.unwrap_or_else(|| panic!("there is no {name}"));
        let mut found = BTreeSet::from([start]);
        let mut rest = vec![start];
        while let Some(at) = rest.pop() {
            for &target in &self.functions[&at].uses {
                if !self.panics(target) && found.insert(target) {
                    rest.push(target);
                }
            }
        }
        found
    }

    /// Returns, for each of these functions that can panic, how often it
    /// calls which panicking function.
    #[must_use]
    pub fn panic_sites(
        &self,
        among: &BTreeSet<u32>,
    ) -> BTreeMap<String, BTreeMap<String, u32>> {
        let mut sites: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for at in among {
            let function = &self.functions[at];
            for target in &function.calls {
                if self.panics(*target) {
                    let why = self.functions[target].name.clone();
                    let whys = sites.entry(function.name.clone()).or_default();
                    *whys.entry(why).or_default() += 1;
                }
            }
        }
        sites
    }

    /// Returns the deepest stack that a call of `name` needs by direct
    /// calls, and the functions on the way there.
    #[must_use]
    pub fn deepest(&self, name: &str) -> (u32, Vec<String>) {
        let start = self.functions.iter().find(|(_, f)| f.name == name);
        let Some((&start, _)) = start else { return (0, Vec::new()) };
        let (bytes, path) =
            self.depth(start, &mut BTreeMap::new(), &mut BTreeSet::new());
        let names = path.iter().map(|at| self.functions[at].name.clone());
        (bytes, names.collect())
    }

    fn depth(
        &self,
        at: u32,
        known: &mut BTreeMap<u32, (u32, Vec<u32>)>,
        open: &mut BTreeSet<u32>,
    ) -> (u32, Vec<u32>) {
        if let Some(depth) = known.get(&at) {
            return depth.clone();
        }
        // A recursive function is counted once.
        let Some(function) = self.functions.get(&at) else {
            return (0, Vec::new());
        };
        if !open.insert(at) {
            return (0, Vec::new());
        }
        let mut deepest = (0, Vec::new());
        for &target in &function.uses {
            if self.panics(target) {
                continue;
            }
            let below = self.depth(target, known, open);
            if below.0 > deepest.0 {
                deepest = below;
            }
        }
        open.remove(&at);
        let (bytes, mut path) = deepest;
        path.insert(0, at);
        let depth = (bytes + function.frame_bytes, path);
        known.insert(at, depth.clone());
        depth
    }

    fn panics(&self, at: u32) -> bool {
        self.functions.get(&at).is_some_and(|function| {
            let name = &function.name;
            let fails = name.contains("fail") || name.contains("panic");
            fails && PANICS.iter().any(|start| name.starts_with(start))
        })
    }
}

/// Reads one function.
fn read(
    name: String,
    at: u32,
    bytes: u32,
    code: &Data,
    data: &[Data],
    known: &BTreeSet<u32>,
) -> Option<Function> {
    let offset = usize::try_from(at.checked_sub(code.start)?).ok()?;
    let body = code.bytes.get(offset..offset + bytes as usize)?;
    let within = at..at + bytes;
    let mut uses = BTreeSet::new();
    let mut calls = Vec::new();
    let (mut depth, mut body_depth, mut deepest) = (4_i32, 4_i32, 4_i32);
    let options = DecoderOptions::NONE;
    for instruction in Decoder::with_ip(32, body, at.into(), options) {
        if is_near_branch(&instruction) {
            let target = instruction.near_branch32();
            if !within.contains(&target) {
                uses.insert(target);
                calls.push(target);
            }
        }
        for value in constants(&instruction) {
            if known.contains(&value) && !within.contains(&value) {
                uses.insert(value);
            }
            uses.extend(virtual_table(value, data, known));
        }
        depth -= instruction.stack_pointer_increment();
        if changes_esp(&instruction) {
            let bytes = instruction.immediate32().cast_signed();
            let grows = instruction.mnemonic() == Mnemonic::Sub;
            depth += if grows { bytes } else { -bytes };
            if grows {
                body_depth = depth;
            }
        }
        deepest = deepest.max(depth);
        match instruction.flow_control() {
            // After a return the frame is what it was before.
            FlowControl::Return | FlowControl::UnconditionalBranch => {
                depth = body_depth;
            }
            _ => body_depth = body_depth.max(depth.min(body_depth)),
        }
    }
    let frame_bytes = u32::try_from(deepest).unwrap_or(0);
    Some(Function { name, bytes, frame_bytes, uses, calls })
}

fn is_near_branch(instruction: &Instruction) -> bool {
    instruction.op_count() > 0 && instruction.op0_kind() == OpKind::NearBranch32
}

/// Returns whether an instruction adds to ESP or subtracts from it.
fn changes_esp(instruction: &Instruction) -> bool {
    let code = [
        Code::Sub_rm32_imm32,
        Code::Sub_rm32_imm8,
        Code::Add_rm32_imm32,
        Code::Add_rm32_imm8,
    ];
    code.contains(&instruction.code())
        && instruction.op0_kind() == OpKind::Register
        && instruction.op0_register() == Register::ESP
}

/// Returns the operands of an instruction that may be addresses.
fn constants(instruction: &Instruction) -> impl Iterator<Item = u32> {
    let operands = 0..instruction.op_count();
    operands.filter_map(|index| match instruction.op_kind(index) {
        OpKind::Immediate32 => Some(instruction.immediate32()),
        OpKind::Memory => Some(instruction.memory_displacement32()),
        _ => None,
    })
}

/// Returns the functions of the table of methods at `at`, if it looks like
/// one: its drop function, its size, its alignment, and then functions.
fn virtual_table(at: u32, data: &[Data], known: &BTreeSet<u32>) -> Vec<u32> {
    let Some(data) = data.iter().find(|data| data.word(at).is_some()) else {
        return Vec::new();
    };
    let word = |index: u32| data.word(at.wrapping_add(4 * index));
    let is_function = |word: &u32| known.contains(word);
    let heads = (word(0), word(1), word(2));
    let (Some(drops), Some(size), Some(align)) = heads else {
        return Vec::new();
    };
    let looks = (drops == 0 || is_function(&drops))
        && size < 1 << 16
        && matches!(align, 1 | 2 | 4 | 8 | 16);
    if !looks {
        // Or a table of functions, as a `match` may be one.
        return word(0).into_iter().filter(is_function).collect();
    }
    let methods = (3..).map_while(word).take_while(is_function);
    methods.chain(is_function(&drops).then_some(drops)).collect()
}
