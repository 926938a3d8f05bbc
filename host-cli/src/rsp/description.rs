//! A stub's target description: which registers there are, and where.
//!
//! Spec: GDB manual, appendix G, "Target Descriptions".

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

/// The largest number of a register that makes sense.
const LARGEST: usize = 4096;

/// The registers of a target.
#[derive(Clone, Default, Debug)]
pub(super) struct Description {
    /// What it says its architecture is.
    pub(super) architecture: Option<String>,
    /// By gdb's number.
    registers: BTreeMap<usize, Register>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Register {
    name: String,
    bytes: usize,
}

impl Description {
    /// Returns that of a stub that has none: gdb's own for i386, as far as it
    /// is needed.
    pub(super) fn of_i386() -> Self {
        let mut this = Self::default();
        for register in &wire::i386::GENERAL {
            this.add(None, register.name, register.bits());
        }
        this
    }

    /// Adds the registers of a document. Returns the names of the documents
    /// that it includes, in their order; none if it is not XML.
    pub(super) fn read(&mut self, text: &str) -> Option<Vec<String>> {
        let mut reader = Reader::from_str(text);
        let mut included = Vec::new();
        let mut is_architecture = false;
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) | Event::Empty(tag) => {
                    // QEMU does not declare the prefix of `xi:include`.
                    let name = tag.local_name();
                    is_architecture = name.as_ref() == b"architecture";
                    match name.as_ref() {
                        b"include" => included.extend(value(&tag, "href")),
                        b"reg" => self.read_register(&tag),
                        _ => {}
                    }
                }
                Event::Text(text) if is_architecture => {
                    let text = String::from_utf8_lossy(&text);
                    self.architecture = Some(text.trim().to_owned());
                }
                Event::End(_) => is_architecture = false,
                Event::Eof => return Some(included),
                _ => {}
            }
        }
    }

    fn read_register(&mut self, tag: &BytesStart<'_>) {
        let number = |name| value(tag, name)?.parse::<u32>().ok();
        let (Some(name), Some(bits)) = (value(tag, "name"), number("bitsize"))
        else {
            return;
        };
        self.add(number("regnum").map(|n| n as usize), &name, bits);
    }

    /// Adds a register under its number, or the one after the last.
    fn add(&mut self, number: Option<usize>, name: &str, bits: u32) {
        let last = self.registers.last_key_value();
        let number = number.unwrap_or_else(|| last.map_or(0, |(n, _)| n + 1));
        let bytes = (bits / 8) as usize;
        if number <= LARGEST && (1..=64).contains(&bytes) {
            let name = name.to_owned();
            self.registers.insert(number, Register { name, bytes });
        }
    }

    /// Returns the number of the register with this name.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        let found = self.registers.iter().find(|(_, it)| it.name == name);
        found.map(|(number, _)| *number)
    }

    /// Returns which bytes of the answer to `g` are the register with this
    /// number, by the sizes of those before it.
    pub(super) fn place(&self, number: usize) -> Option<(usize, usize)> {
        let bytes = self.registers.get(&number)?.bytes;
        let before = self.registers.range(..number);
        Some((before.map(|(_, it)| it.bytes).sum(), bytes))
    }
}

/// Returns the value of an attribute.
fn value(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok()??;
    String::from_utf8(attribute.value.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOCUMENT: &str = r#"<?xml version="1.0"?>
        <!DOCTYPE target SYSTEM "gdb-target.dtd">
        <target><architecture>i386</architecture>
        <xi:include href="more.xml"/>
        <feature name="core"><reg name="eax" bitsize="32" regnum="0"/>
        <reg name="st0" bitsize="80"/><reg name="cr3" bitsize="64"/>
        </feature></target>"#;

    #[test]
    fn registers_follow_each_other() {
        let mut description = Description::default();
        let included = description.read(DOCUMENT);
        assert_eq!(included, Some(vec!["more.xml".to_owned()]));
        assert_eq!(description.architecture.as_deref(), Some("i386"));
        let cr3 = description.number("cr3").expect("it is there");
        assert_eq!(description.place(cr3), Some((14, 8)));
        assert_eq!(description.number("xmm0"), None);
    }

    proptest! {
        #[test]
        fn any_document_is_survived(text in ".*", at in 0_usize..400) {
            let mut description = Description::default();
            let _ = description.read(&text);
            let cut = DOCUMENT.get(..at).unwrap_or(DOCUMENT);
            let _ = description.read(&format!("{cut}{text}"));
        }
    }
}
