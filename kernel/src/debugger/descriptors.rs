//! The collector of descriptors: the GDT and IDT in memory, and the contents of
//! the TSSes.

use crate::debugger::collector::{Asked, Collector};
use crate::debugger::slice::Slice;
use crate::machine::selectors::{
    self, KERNEL_CODE, KERNEL_DATA, USER_CODE, USER_DATA,
};
use crate::machine::vectors::{self, EXCEPTIONS, FIRST_VECTOR, IRQS};
use crate::memory::physical::PhysicalWindow;
use abi::SYSTEM_CALL_VECTOR;
use layout::descriptor::{Descriptor, Kind};
use layout::regions::{DESCRIPTORS, EXCEPTION_TSSES, KERNEL_TSS};
use layout::{PhysAddr, VirtAddr};
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::rows;

/// Descriptors in each table; those of the IDT follow the GDT's.
const ENTRIES: u32 = DESCRIPTORS.len_bytes / 16;

/// The offsets in a TSS of the link to the interrupted task, and of EIP.
const LINK: u32 = 0;
const EIP: u32 = 32;

impl Collector for rows::Descriptor<'_> {
    const SOURCES: &'static [Structure] = &[];

    /// Pushes the descriptors that are in use, from number `from` on; those of
    /// the IDT are numbered after the GDT's.
    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let slice = Slice::begin();
        let window = asked.window;
        for number in asked.from..2 * ENTRIES {
            // Both tables are mapped where they are.
            let at = DESCRIPTORS.start.0 + 8 * number;
            let [Some(lower), Some(upper)] =
                [at, at + 4].map(|at| word(window, at))
            else {
                break;
            };
            let descriptor = Descriptor([lower, upper]);
            if !descriptor.is_used() {
                continue;
            }
            let row = row(window, number, descriptor);
            if !sink.push(number, &row) {
                break;
            }
            if slice.is_over(sink) {
                sink.stop(number + 1);
                break;
            }
        }
        Ok(())
    }
}

fn row(
    window: &mut PhysicalWindow,
    number: u32,
    descriptor: Descriptor,
) -> rows::Descriptor<'static> {
    let kind = descriptor.kind();
    let (table, index) = match number.checked_sub(ENTRIES) {
        None => ("GDT", number),
        Some(vector) => ("IDT", vector),
    };
    let own = (index as u16) << 3 | u16::from(descriptor.ring());
    let is_gate = kind.is_gate();
    let address = match kind {
        Kind::TaskGate => None,
        kind if kind.is_gate() => Some(descriptor.offset()),
        _ => Some(descriptor.base()),
    };
    let (busy, state) = match kind {
        Kind::Tss { busy } => (Some(busy), tss(window, descriptor.base())),
        _ => (None, None),
    };
    rows::Descriptor {
        table,
        index,
        kind: kind.name(),
        name: if table == "GDT" { segment(own) } else { gate(index as u8) },
        present: descriptor.is_present(),
        ring: descriptor.ring(),
        selector: if is_gate { descriptor.selector() } else { own },
        address,
        limit: (!is_gate).then(|| descriptor.limit()),
        busy,
        link: state.map(|(link, _)| link),
        eip: state.map(|(_, eip)| eip),
    }
}

/// Returns the link and EIP in a TSS, if it is one of the kernel's.
fn tss(window: &mut PhysicalWindow, base: VirtAddr) -> Option<(u16, VirtAddr)> {
    let is_ours = [KERNEL_TSS, EXCEPTION_TSSES]
        .iter()
        .any(|row| row.contains(base) && base.left_in_page() > EIP + 4);
    let mut word = |offset| word(window, base.0 + offset);
    let (link, eip) = is_ours.then(|| word(LINK).zip(word(EIP)))??;
    Some((link as u16, VirtAddr(eip)))
}

fn word(window: &mut PhysicalWindow, at: u32) -> Option<u32> {
    let mut bytes = [0; 4];
    window.read(PhysAddr(at), &mut bytes).ok()?;
    Some(u32::from_le_bytes(bytes))
}

/// Returns what a segment is for.
fn segment(selector: u16) -> &'static str {
    match selector {
        KERNEL_CODE | KERNEL_DATA => "kernel",
        USER_CODE | USER_DATA => "programs",
        _ if selectors::is_of_exceptions(selector) => "exception tasks",
        _ => match selectors::task_of(selector) {
            None => "",
            Some(None) => "all tasks",
            Some(Some(index)) => EXCEPTIONS.get(index).map_or("", |it| it.name),
        },
    }
}

/// Returns what a vector is for.
fn gate(vector: u8) -> &'static str {
    const FIRST_DEVICE: u8 = FIRST_VECTOR + 1;
    const END: u8 = FIRST_VECTOR + IRQS;
    match vector {
        SYSTEM_CALL_VECTOR => "system call",
        0..FIRST_VECTOR => vectors::name(vector),
        FIRST_VECTOR => "timer",
        FIRST_DEVICE..END => "interrupt line",
        _ => "",
    }
}
