//! The i386 registers, once: gdb's numbers and description, the names that
//! host-cli prints, and the order in which values cross the line.
//!
//! Spec: GDB manual, "i386 Features"; Intel SDM vol. 3A, "System
//! Architecture Overview".

use core::fmt::{self, Write};

/// How gdb shows a register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A number.
    Integer,
    /// An address of code.
    Code,
    /// An address of data.
    Data,
    /// An x87 number of 80 bits.
    Float,
    /// A vector of 128 bits.
    Vector,
    /// A number with names for its bits.
    Flags(&'static [(&'static str, u8)]),
}

/// One register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Register {
    /// Its name in Intel's manuals, in lower case.
    pub name: &'static str,
    /// How it is shown.
    pub kind: Kind,
}

impl Register {
    /// Returns the size in bits: 32, 80 for x87 numbers, or 128 for vectors.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        match self.kind {
            Kind::Float => 80,
            Kind::Vector => 128,
            _ => 32,
        }
    }
}

const fn register(name: &'static str, kind: Kind) -> Register {
    Register { name, kind }
}

/// The general-purpose, flags and segment registers in gdb's order: gdb's
/// numbers 0 to 15.
pub const GENERAL: [Register; 16] = [
    register("eax", Kind::Integer),
    register("ecx", Kind::Integer),
    register("edx", Kind::Integer),
    register("ebx", Kind::Integer),
    register("esp", Kind::Data),
    register("ebp", Kind::Data),
    register("esi", Kind::Integer),
    register("edi", Kind::Integer),
    register("eip", Kind::Code),
    register("eflags", Kind::Flags(&EFLAGS_BITS)),
    register("cs", Kind::Integer),
    register("ss", Kind::Integer),
    register("ds", Kind::Integer),
    register("es", Kind::Integer),
    register("fs", Kind::Integer),
    register("gs", Kind::Integer),
];

/// The x87 registers, which gdb requires: gdb's numbers 16 to 31.
pub const FLOAT: [Register; 16] = [
    register("st0", Kind::Float),
    register("st1", Kind::Float),
    register("st2", Kind::Float),
    register("st3", Kind::Float),
    register("st4", Kind::Float),
    register("st5", Kind::Float),
    register("st6", Kind::Float),
    register("st7", Kind::Float),
    register("fctrl", Kind::Integer),
    register("fstat", Kind::Integer),
    register("ftag", Kind::Integer),
    register("fiseg", Kind::Integer),
    register("fioff", Kind::Integer),
    register("foseg", Kind::Integer),
    register("fooff", Kind::Integer),
    register("fop", Kind::Integer),
];

/// The SSE registers, which not every processor has: gdb's numbers from
/// [`SSE_FIRST`].
pub const SSE: [Register; 9] = [
    register("xmm0", Kind::Vector),
    register("xmm1", Kind::Vector),
    register("xmm2", Kind::Vector),
    register("xmm3", Kind::Vector),
    register("xmm4", Kind::Vector),
    register("xmm5", Kind::Vector),
    register("xmm6", Kind::Vector),
    register("xmm7", Kind::Vector),
    register("mxcsr", Kind::Integer),
];

/// gdb's number of the first register in [`SSE`].
pub const SSE_FIRST: usize = GENERAL.len() + FLOAT.len();

/// The control and debug registers: gdb's numbers from [`SYSTEM_FIRST`].
pub const SYSTEM: [Register; 10] = [
    register("cr0", Kind::Flags(&CR0_BITS)),
    register("cr2", Kind::Data),
    register("cr3", Kind::Integer),
    register("cr4", Kind::Flags(&CR4_BITS)),
    register("dr0", Kind::Data),
    register("dr1", Kind::Data),
    register("dr2", Kind::Data),
    register("dr3", Kind::Data),
    register("dr6", Kind::Integer),
    register("dr7", Kind::Integer),
];

/// The current process and task, for conditions such as `$tid == 4`: gdb's
/// numbers from [`TASK_FIRST`]. The processor has no such registers.
pub const TASK: [Register; 2] =
    [register("pid", Kind::Integer), register("tid", Kind::Integer)];

/// gdb's number of the first register in [`TASK`].
pub const TASK_FIRST: usize = SYSTEM_FIRST + SYSTEM.len();

/// gdb's number of the first register in [`SYSTEM`].
pub const SYSTEM_FIRST: usize = SSE_FIRST + SSE.len();

const CR0_BITS: [(&str, u8); 11] = [
    ("PE", 0),
    ("MP", 1),
    ("EM", 2),
    ("TS", 3),
    ("ET", 4),
    ("NE", 5),
    ("WP", 16),
    ("AM", 18),
    ("NW", 29),
    ("CD", 30),
    ("PG", 31),
];
const CR4_BITS: [(&str, u8); 11] = [
    ("VME", 0),
    ("PVI", 1),
    ("TSD", 2),
    ("DE", 3),
    ("PSE", 4),
    ("PAE", 5),
    ("MCE", 6),
    ("PGE", 7),
    ("PCE", 8),
    ("OSFXSR", 9),
    ("OSXMMEXCPT", 10),
];
const EFLAGS_BITS: [(&str, u8); 15] = [
    ("CF", 0),
    ("PF", 2),
    ("AF", 4),
    ("ZF", 6),
    ("SF", 7),
    ("TF", 8),
    ("IF", 9),
    ("DF", 10),
    ("OF", 11),
    ("NT", 14),
    ("RF", 16),
    ("VM", 17),
    ("AC", 18),
    ("VIF", 19),
    ("VIP", 20),
];

/// Indexes into [`GENERAL`] that code names.
pub mod general {
    use super::{GENERAL, is_same};

    #[allow(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        reason = "the compiler runs it, over a table that has the name"
    )]
    const fn index_of(name: &str) -> usize {
        let mut index = 0;
        while !is_same(GENERAL[index].name, name) {
            index += 1;
        }
        index
    }

    /// The index of `eax`.
    pub const EAX: usize = index_of("eax");
    /// The index of `ecx`.
    pub const ECX: usize = index_of("ecx");
    /// The index of `ebx`.
    pub const EBX: usize = index_of("ebx");
    /// The index of `esp`.
    pub const ESP: usize = index_of("esp");
    /// The index of `ebp`.
    pub const EBP: usize = index_of("ebp");
    /// The index of `esi`.
    pub const ESI: usize = index_of("esi");
    /// The index of `edi`.
    pub const EDI: usize = index_of("edi");
    /// The index of `eip`.
    pub const EIP: usize = index_of("eip");
    /// The index of `eflags`.
    pub const EFLAGS: usize = index_of("eflags");
    /// The index of `cs`.
    pub const CS: usize = index_of("cs");
    /// The index of `ss`.
    pub const SS: usize = index_of("ss");
    /// The index of `gs`.
    pub const GS: usize = index_of("gs");
}

/// The bits of EFLAGS that code names.
pub mod eflags {
    use super::{EFLAGS_BITS, is_same};

    #[allow(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        reason = "the compiler runs it, over a table that has the name"
    )]
    const fn mask(name: &str) -> u32 {
        let mut index = 0;
        while !is_same(EFLAGS_BITS[index].0, name) {
            index += 1;
        }
        1 << EFLAGS_BITS[index].1
    }

    /// Carry.
    pub const CF: u32 = mask("CF");
    /// Parity of the lowest byte.
    pub const PF: u32 = mask("PF");
    /// Carry out of the lowest four bits.
    pub const AF: u32 = mask("AF");
    /// Zero.
    pub const ZF: u32 = mask("ZF");
    /// Sign.
    pub const SF: u32 = mask("SF");
    /// Trap after the next instruction.
    pub const TF: u32 = mask("TF");
    /// Let interrupts in.
    pub const IF: u32 = mask("IF");
    /// Overflow.
    pub const OF: u32 = mask("OF");
    /// Ignore instruction breakpoints at the next instruction.
    pub const RF: u32 = mask("RF");
    /// Virtual-8086 mode.
    pub const VM: u32 = mask("VM");
}

/// DR7 with no debug register enabled: one bit of it is always set.
pub const DR7_NONE: u32 = 1 << 10;

#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "the compiler runs it, within both names"
)]
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index]
    {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// Writes gdb's target description of a processor with or without SSE.
///
/// # Errors
///
/// Fails only if `out` does.
pub fn target_description(out: &mut dyn Write, has_sse: bool) -> fmt::Result {
    describe_all(out, has_sse, false)
}

/// Writes a short form for gdb, because every session starts with it, on a slow
/// line.
///
/// The document type declaration makes 32 bits the default size of a register,
/// and a register without a number gets that of the one before it plus one.
/// lldb 14 supports neither.
///
/// # Errors
///
/// Fails only if `out` does.
pub fn brief_target_description(
    out: &mut dyn Write,
    has_sse: bool,
) -> fmt::Result {
    out.write_str("<!DOCTYPE target[<!ATTLIST reg bitsize CDATA \"32\">]>")?;
    describe_all(out, has_sse, true)
}

fn describe_all(
    out: &mut dyn Write,
    has_sse: bool,
    is_brief: bool,
) -> fmt::Result {
    out.write_str(concat!(
        "<target><architecture>i386</architecture><osabi>none</osabi>",
        "<feature name=\"org.gnu.gdb.i386.core\">",
    ))?;
    for (number, register) in GENERAL.iter().chain(&FLOAT).enumerate() {
        describe(out, number, register, is_brief)?;
    }
    if has_sse {
        out.write_str(concat!(
            "</feature><feature name=\"org.gnu.gdb.i386.sse\">",
            "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>",
        ))?;
        for (number, register) in (SSE_FIRST..).zip(&SSE) {
            describe(out, number, register, is_brief)?;
        }
    }
    out.write_str("</feature><feature name=\"org.stormglass\">")?;
    for (number, register) in (SYSTEM_FIRST..).zip(SYSTEM.iter().chain(&TASK)) {
        describe(out, number, register, is_brief)?;
    }
    out.write_str("</feature></target>")
}

fn describe(
    out: &mut dyn Write,
    number: usize,
    register: &Register,
    is_brief: bool,
) -> fmt::Result {
    let Register { name, kind } = *register;
    if let Kind::Flags(bits) = kind {
        write!(out, "<flags id=\"{name}\" size=\"4\">")?;
        for (bit_name, bit) in bits {
            let range = format_args!("start=\"{bit}\" end=\"{bit}\"");
            write!(out, "<field name=\"{bit_name}\" {range}/>")?;
        }
        out.write_str("</flags>")?;
    }
    write!(out, "<reg name=\"{name}\"")?;
    if !is_brief || register.bits() != 32 {
        write!(out, " bitsize=\"{}\"", register.bits())?;
    }
    match kind {
        Kind::Integer => Ok(()),
        Kind::Code => out.write_str(" type=\"code_ptr\""),
        Kind::Data => out.write_str(" type=\"data_ptr\""),
        Kind::Float => out.write_str(" type=\"i387_ext\""),
        Kind::Vector => out.write_str(" type=\"v4f\""),
        Kind::Flags(_) => write!(out, " type=\"{name}\""),
    }?;
    if number == SYSTEM_FIRST || number > SYSTEM_FIRST && !is_brief {
        write!(out, " regnum=\"{number}\"")?;
    }
    // So that gdb fetches these only on request.
    if number >= SYSTEM_FIRST {
        out.write_str(" group=\"system\"")?;
    }
    out.write_str("/>")
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::String;

    #[test]
    fn both_descriptions_name_every_register_once() {
        let [mut whole, mut brief] = [String::new(), String::new()];
        target_description(&mut whole, true).expect("a string takes all");
        brief_target_description(&mut brief, true).expect("a string takes all");
        let plain = GENERAL.iter().chain(&FLOAT).chain(&SYSTEM).chain(&TASK);
        let all = plain.clone().chain(&SSE);
        for register in all.clone() {
            let name = std::format!("<reg name=\"{}\"", register.name);
            assert_eq!(brief.matches(&name).count(), 1, "{name}");
            let size = std::format!("{name} bitsize=\"{}\"", register.bits());
            assert_eq!(whole.matches(&size).count(), 1, "{size}");
        }
        for number in SYSTEM_FIRST..TASK_FIRST + TASK.len() {
            let place = std::format!("regnum=\"{number}\"");
            assert_eq!(whole.matches(&place).count(), 1, "{place}");
        }
        assert_eq!(brief.matches("regnum=\"41\"").count(), 1, "{brief}");
        let mut without = String::new();
        target_description(&mut without, false).expect("a string takes all");
        assert_eq!(without.matches("<reg ").count(), plain.count());
        assert!(!without.contains("sse"), "{without}");
        assert!(brief.len() < whole.len());
        assert_eq!(GENERAL[general::EIP].name, "eip");
        assert_eq!(GENERAL[general::GS].name, "gs");
    }
}
