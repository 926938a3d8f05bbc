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
    /// The flags register.
    Flags,
    /// An x87 number of 80 bits.
    Float,
    /// A control register, with names for its bits.
    Control(&'static [(&'static str, u8)]),
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
    /// Returns the size in bits: 32, or 80 for x87 numbers.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        match self.kind {
            Kind::Float => 80,
            _ => 32,
        }
    }
}

const fn register(name: &'static str, kind: Kind) -> Register {
    Register { name, kind }
}

/// The general registers in gdb's order: gdb's numbers 0 to 15.
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
    register("eflags", Kind::Flags),
    register("cs", Kind::Integer),
    register("ss", Kind::Integer),
    register("ds", Kind::Integer),
    register("es", Kind::Integer),
    register("fs", Kind::Integer),
    register("gs", Kind::Integer),
];

/// The x87 registers, which gdb demands: gdb's numbers 16 to 31.
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

/// The control and debug registers: gdb's numbers from [`SYSTEM_FIRST`].
pub const SYSTEM: [Register; 10] = [
    register("cr0", Kind::Control(&CR0_BITS)),
    register("cr2", Kind::Data),
    register("cr3", Kind::Integer),
    register("cr4", Kind::Control(&CR4_BITS)),
    register("dr0", Kind::Data),
    register("dr1", Kind::Data),
    register("dr2", Kind::Data),
    register("dr3", Kind::Data),
    register("dr6", Kind::Integer),
    register("dr7", Kind::Integer),
];

/// Who runs, for conditions such as `$tid == 4`: gdb's numbers from
/// [`TASK_FIRST`]. These are no registers of the processor.
pub const TASK: [Register; 2] =
    [register("pid", Kind::Integer), register("tid", Kind::Integer)];

/// gdb's number of the first register in [`TASK`].
pub const TASK_FIRST: usize = SYSTEM_FIRST + SYSTEM.len();

/// gdb's number of the first register in [`SYSTEM`]. The numbers below,
/// from 32, are those of SSE registers, which this target does not have.
pub const SYSTEM_FIRST: usize = 41;

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
const CR4_BITS: [(&str, u8); 9] = [
    ("VME", 0),
    ("PVI", 1),
    ("TSD", 2),
    ("DE", 3),
    ("PSE", 4),
    ("PAE", 5),
    ("MCE", 6),
    ("PGE", 7),
    ("PCE", 8),
];
/// The bits of eflags, by name.
pub const EFLAGS_BITS: [(&str, u8); 15] = [
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
    /// Where `eax` stands.
    pub const EAX: usize = 0;
    /// Where `ecx` stands.
    pub const ECX: usize = 1;
    /// Where `edx` stands.
    pub const EDX: usize = 2;
    /// Where `ebx` stands.
    pub const EBX: usize = 3;
    /// Where `esp` stands.
    pub const ESP: usize = 4;
    /// Where `ebp` stands.
    pub const EBP: usize = 5;
    /// Where `esi` stands.
    pub const ESI: usize = 6;
    /// Where `edi` stands.
    pub const EDI: usize = 7;
    /// Where `eip` stands.
    pub const EIP: usize = 8;
    /// Where `eflags` stands.
    pub const EFLAGS: usize = 9;
    /// Where `cs` stands.
    pub const CS: usize = 10;
    /// Where `ss` stands.
    pub const SS: usize = 11;
    /// Where `ds` stands.
    pub const DS: usize = 12;
    /// Where `es` stands.
    pub const ES: usize = 13;
    /// Where `fs` stands.
    pub const FS: usize = 14;
    /// Where `gs` stands.
    pub const GS: usize = 15;
}

/// Writes gdb's target description.
///
/// # Errors
///
/// Fails only if `out` does.
pub fn target_description(out: &mut dyn Write) -> fmt::Result {
    out.write_str(concat!(
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">",
        "<target><architecture>i386</architecture><osabi>none</osabi>",
        "<feature name=\"org.gnu.gdb.i386.core\">",
    ))?;
    bits(out, "eflags", &EFLAGS_BITS)?;
    for register in GENERAL.iter().chain(&FLOAT) {
        describe(out, register, "")?;
    }
    out.write_str("</feature><feature name=\"org.stormglass.system\">")?;
    bits(out, "cr0", &CR0_BITS)?;
    bits(out, "cr4", &CR4_BITS)?;
    apart(out, SYSTEM_FIRST, &SYSTEM)?;
    out.write_str("</feature><feature name=\"org.stormglass.task\">")?;
    apart(out, TASK_FIRST, &TASK)?;
    out.write_str("</feature></target>")
}

/// Describes registers that gdb is to fetch only when asked for them.
fn apart(
    out: &mut dyn Write,
    first: usize,
    registers: &[Register],
) -> fmt::Result {
    for (number, register) in (first..).zip(registers) {
        let mut place = Text::<64>::new();
        write!(
            place,
            " regnum=\"{number}\" group=\"system\" save-restore=\"no\"",
        )?;
        describe(out, register, place.as_str())?;
    }
    Ok(())
}

fn bits(out: &mut dyn Write, id: &str, bits: &[(&str, u8)]) -> fmt::Result {
    write!(out, "<flags id=\"{id}_bits\" size=\"4\">")?;
    for (name, bit) in bits {
        write!(out, "<field name=\"{name}\" start=\"{bit}\" end=\"{bit}\"/>")?;
    }
    out.write_str("</flags>")
}

fn describe(
    out: &mut dyn Write,
    register: &Register,
    place: &str,
) -> fmt::Result {
    let Register { name, kind } = register;
    write!(out, "<reg name=\"{name}\" bitsize=\"{}\"", register.bits())?;
    match kind {
        Kind::Integer => Ok(()),
        Kind::Code => out.write_str(" type=\"code_ptr\""),
        Kind::Data => out.write_str(" type=\"data_ptr\""),
        Kind::Float => out.write_str(" type=\"i387_ext\""),
        Kind::Flags | Kind::Control(_) => {
            write!(out, " type=\"{name}_bits\"")
        }
    }?;
    write!(out, "{place}/>")
}

/// Text of up to `N` bytes; what does not fit is an error.
struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or(&[]);
        core::str::from_utf8(bytes).unwrap_or("")
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len.saturating_add(text.len());
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::String;

    #[test]
    fn the_description_names_every_register_once() {
        let mut xml = String::new();
        target_description(&mut xml).expect("a string takes all");
        for register in GENERAL.iter().chain(&FLOAT).chain(&SYSTEM).chain(&TASK)
        {
            let name = std::format!("<reg name=\"{}\"", register.name);
            assert_eq!(xml.matches(&name).count(), 1, "{name}");
        }
        for number in ["41", "50", "51", "52"] {
            let place = std::format!("regnum=\"{number}\"");
            assert!(xml.contains(&place), "{xml}");
        }
        assert_eq!(GENERAL[general::EIP].name, "eip");
        assert_eq!(GENERAL[general::GS].name, "gs");
    }
}
