//! What the processor's tables and the kernel's TSSes hold is what host-cli
//! says: decoded here from memory as Intel's manual has it, by code that shares
//! nothing with the system.
//!
//! Spec: Intel SDM vol. 3A, "Segment Descriptors", "IDT Descriptors",
//! "Task-State Segment (TSS)"; `virtual-memory.md`, rows "Exception TSS:es",
//! "Kernel TSS" and "GDT/IDT".

use serde_json::{Value, json};
use std::sync::OnceLock;
use tests::clients::host_cli;
use tests::machine::Setup;
use tests::scenes::moment::Moment;

/// A register of the processor that names a table: its base and limit.
struct Table {
    base: u32,
    limit: u32,
}

/// A moment, and the descriptors that host-cli tells.
#[derive(Clone)]
struct Tables {
    moment: Moment,
    told: Vec<Value>,
}

impl Tables {
    /// Returns the words of the line that begins with a register's name.
    fn register(&self, name: &str) -> Vec<u32> {
        let starts = format!("{name}=");
        let line = self
            .moment
            .registers
            .lines()
            .find(|line| line.starts_with(&starts));
        let line =
            line.unwrap_or_else(|| panic!("{name}: {}", self.moment.registers));
        let words = line[starts.len()..].split_whitespace();
        words.map_while(|word| u32::from_str_radix(word, 16).ok()).collect()
    }

    fn table(&self, name: &str) -> Table {
        let words = self.register(name);
        Table { base: words[0], limit: words[1] }
    }

    fn word(&self, linear: u32) -> u32 {
        self.moment.word(self.moment.directory(), linear)
    }

    fn descriptor(&self, table: &Table, index: u32) -> [u32; 2] {
        let at = table.base + 8 * index;
        [self.word(at), self.word(at + 4)]
    }

    /// Returns the rows that the tables hold, without names.
    fn decoded(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for name in ["GDT", "IDT"] {
            let table = self.table(name);
            for index in 0..table.limit.div_ceil(8) {
                let raw = self.descriptor(&table, index);
                if raw != [0, 0] {
                    rows.push(self.row(name, index, raw));
                }
            }
        }
        rows
    }

    fn row(&self, table: &str, index: u32, [low, high]: [u32; 2]) -> Value {
        let (kind, is_gate) = match high >> 8 & 0x1f {
            0x18..=0x1f => ("code", false),
            0x10..=0x17 => ("data", false),
            0x09 | 0x0b => ("TSS", false),
            0x05 => ("task gate", true),
            0x0e => ("interrupt gate", true),
            0x0f => ("trap gate", true),
            other => panic!("{table} {index}: type {other:#x}"),
        };
        let ring = high >> 13 & 3;
        let base = high & 0xff00_0000 | (high & 0xff) << 16 | low >> 16;
        let pages = high >> 23 & 1 != 0;
        let limit = high & 0x000f_0000 | low & 0xffff;
        let limit = if pages { limit << 12 | 0xfff } else { limit };
        let offset = high & 0xffff_0000 | low & 0xffff;
        let selector = if is_gate { low >> 16 } else { (index * 8) | ring };
        let address = match kind {
            "task gate" => None,
            _ if is_gate => Some(offset),
            _ => Some(base),
        };
        let is_tss = kind == "TSS";
        let in_tss = |at: u32| is_tss.then(|| self.word(base + at));
        json!({
            "table": table,
            "index": index,
            "kind": kind,
            "present": high >> 15 & 1 != 0,
            "ring": ring,
            "selector": selector,
            "address": address.map(|at| format!("{at:#010x}")),
            "limit": (!is_gate).then_some(limit),
            "busy": is_tss.then_some(high >> 9 & 1 != 0),
            "link": in_tss(0).map(|word| word & 0xffff),
            "eip": in_tss(32).map(|at| format!("{at:#010x}")),
        })
    }

    /// Returns the rows that host-cli tells, without names.
    fn told(&self) -> Vec<Value> {
        let mut rows = self.told.clone();
        for row in &mut rows {
            row.as_object_mut().expect("a row").shift_remove("name");
        }
        rows
    }

    /// Returns the row of a TSS or gate, as told.
    fn find(&self, table: &str, what: impl Fn(&Value) -> bool) -> &Value {
        let rows = self.told.iter();
        let mut rows = rows.filter(|row| row["table"] == table);
        rows.find(|row| what(row)).expect("it is told")
    }
}

/// Returns the one moment that all tests look at.
fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut machine = Setup::demo().boot();
        let _tasks = host_cli::whole_demo(machine.endpoint());
        let moment = Moment::take(&mut machine, &[&["descriptors"]]);
        let told = moment.answers[0].rows("descriptors").to_vec();
        Tables { moment, told }
    })
}

#[test]
fn the_gdt_the_idt_and_all_tsses_are_told_as_they_are() {
    let tables = tables();
    // The specification's places, and the processor's own registers.
    let [gdt, idt] = ["GDT", "IDT"].map(|name| tables.table(name));
    assert_eq!((gdt.base, idt.limit), (0xb000, 0x7ff));
    assert!(idt.base > gdt.base && idt.base + idt.limit <= 0xbfff);
    let decoded = tables.decoded();
    assert!(decoded.len() > 40, "{}", decoded.len());
    for (decoded, told) in decoded.iter().zip(tables.told()) {
        assert_eq!(*decoded, told);
    }
    assert_eq!(decoded.len(), tables.told.len());
    // TR: the stub's task, which is busy and interrupted the one of all tasks.
    let task = tables.register("TR ")[0];
    let stub = tables.find("GDT", |row| row["selector"] == task);
    assert_eq!(stub["busy"], true);
    let all = tables.find("GDT", |row| row["selector"] == stub["link"]);
    assert_eq!(
        (&all["name"], &all["busy"]),
        (&json!("all tasks"), &json!(true))
    );
    assert_eq!(all["address"], "0x0000a000");
}

#[test]
fn a_vector_and_the_tss_that_serves_it_have_one_name() {
    let tables = tables();
    let mut gates = 0;
    for gate in &tables.told {
        // An interrupt is named by its line, its task by what that does.
        let is_exception = gate["index"].as_u64() < Some(32);
        if gate["kind"] == "task gate" && is_exception {
            let tss =
                tables.find("GDT", |row| row["selector"] == gate["selector"]);
            assert_eq!(
                (&tss["kind"], &tss["name"]),
                (&json!("TSS"), &gate["name"])
            );
            gates += 1;
        }
    }
    assert!(gates > 10, "{gates}");
    for (vector, name) in [
        (0, "divide error"),
        (6, "invalid opcode"),
        (8, "double fault"),
        (14, "page fault"),
    ] {
        let gate = tables.find("IDT", |row| row["index"] == vector);
        assert_eq!(gate["name"], name);
    }
}

#[test]
fn every_tss_can_be_switched_to() {
    let tables = tables();
    let selectors: Vec<_> = tables
        .told
        .iter()
        .filter(|row| row["table"] == "GDT")
        .map(|row| row["selector"].as_u64().expect("a number") as u32)
        .collect();
    let idle = tables.told.iter().filter(|row| row["kind"] == "TSS");
    for row in idle {
        let base = host_cli::address(&row["address"]);
        assert!((0x2000..0x3000).contains(&base) || base == 0xa000, "{row}");
        let word = |at| tables.word(base + at);
        // CS, SS, DS, ES of ring 0; interrupts are off; a directory.
        if row["busy"] == false {
            for at in [72, 76, 80, 84] {
                assert!(selectors.contains(&(word(at) & 0xffff)), "{row}");
            }
            assert_eq!(word(36) & 1 << 9, 0, "{row}");
            let mapping = tables.moment.memory.mapping(word(28), word(32));
            assert!(mapping.is_some(), "{row}: no code at its EIP");
            let stack = tables.moment.memory.mapping(word(28), word(56) - 4);
            assert!(stack.is_some_and(|it| it.writable), "{row}: no stack");
        }
    }
    // The stack on which ring 3 enters ring 0: the top of the kernel's.
    assert_eq!(tables.word(0xa004), 0xfc00_1000);
    assert_eq!(tables.word(0xa008) & 3, 0);
}

/// The comparison notices: each byte of what is told, changed in the dump.
#[test]
fn another_byte_in_a_table_is_another_row() {
    let mut tables = tables().clone();
    let told = tables.told();
    assert_eq!(tables.decoded(), told);
    let gdt = tables.table("GDT");
    let frame =
        tables.moment.memory.mapping(tables.moment.directory(), gdt.base);
    let frame = frame.expect("it is mapped").frame as usize;
    let tss = gdt.base as usize & 0xfff | frame;
    let of_all = 8 * 5;
    // Bytes of the limit, the base, the type, the rights.
    for byte in 0..8 {
        let at = tss + of_all + byte;
        let before = tables.moment.memory.0[at];
        // One bit that is part of the row; of the type, busy.
        tables.moment.memory.0[at] ^= if byte == 5 { 2 } else { 1 };
        let differs = std::panic::catch_unwind(|| tables.decoded() != told);
        assert!(differs.unwrap_or(true), "byte {byte}");
        tables.moment.memory.0[at] = before;
    }
}
