//! GDT and IDT.

use crate::descriptors::tss::TSS_BYTES;
use crate::machine::selectors::{
    EXCEPTION_CODE, EXCEPTION_DATA, KERNEL_CODE, KERNEL_DATA, KERNEL_TASK,
    USER_CODE, USER_DATA, exception_task, index,
};
use crate::machine::{entry_points, vectors};
use core::ptr;
use layout::regions::{DESCRIPTORS, EXCEPTION_TSSES, KERNEL_TSS};
use x86::Ring;
use x86::dtables::{self, DescriptorTablePointer};
use x86::segmentation::{
    self, BuildDescriptor, CodeSegmentType, DataSegmentType, Descriptor,
    DescriptorBuilder, GateDescriptorBuilder, SegmentDescriptorBuilder,
    SegmentSelector, TaskGateDescriptorBuilder,
};

/// Descriptors in each of the two tables.
pub(super) const ENTRIES: usize = 256;
type DescriptorTable = [Descriptor; ENTRIES];

const _: () =
    assert!(2 * size_of::<DescriptorTable>() == DESCRIPTORS.len_bytes as usize);

/// Fills both; `debug_vector` is that of the debug UART, if there is one.
pub(super) fn fill(debug_vector: Option<u8>) {
    for index in 0..2 * ENTRIES {
        set(index, Descriptor::NULL);
    }
    fill_gdt();
    fill_idt(debug_vector);
}

/// Loads them, and makes the kernel TSS the current task.
pub(super) fn load() {
    let limit = (size_of::<DescriptorTable>() - 1) as u16;
    let [gdt, idt] = [0, ENTRIES]
        .map(|first| DescriptorTablePointer { limit, base: place(first) });
    // SAFETY: the GDT has just been filled, and stays where it is.
    unsafe { dtables::lgdt(&gdt) }
    // SAFETY: as the GDT.
    unsafe { dtables::lidt(&idt) }
    let data = SegmentSelector::from_raw(KERNEL_DATA);
    // SAFETY: the selector is that of the flat code segment.
    unsafe { segmentation::load_cs(SegmentSelector::from_raw(KERNEL_CODE)) }
    for load in [
        segmentation::load_ss,
        segmentation::load_ds,
        segmentation::load_es,
        segmentation::load_fs,
        segmentation::load_gs,
    ] {
        // SAFETY: the selector is that of the flat data segment.
        unsafe { load(data) }
    }
    // SAFETY: the descriptor is that of the kernel TSS, and not busy.
    unsafe { x86::task::load_tr(SegmentSelector::from_raw(KERNEL_TASK)) }
}

fn fill_gdt() {
    for (code, data, ring) in [
        (KERNEL_CODE, KERNEL_DATA, Ring::Ring0),
        (EXCEPTION_CODE, EXCEPTION_DATA, Ring::Ring0),
        (USER_CODE, USER_DATA, Ring::Ring3),
    ] {
        let kind = CodeSegmentType::ExecuteRead;
        let builder = DescriptorBuilder::code_descriptor(0, 0xFFFFF, kind);
        set(index(code), flat(builder, ring));
        let kind = DataSegmentType::ReadWrite;
        let builder = DescriptorBuilder::data_descriptor(0, 0xFFFFF, kind);
        set(index(data), flat(builder, ring));
    }
    let kernel = task(KERNEL_TSS.start.0, KERNEL_TSS.len_bytes - 1);
    set(index(KERNEL_TASK), kernel);
    for number in 0..vectors::EXCEPTIONS.len() {
        let base = EXCEPTION_TSSES.start.0 + number as u32 * TSS_BYTES;
        let selector = exception_task(number);
        set(index(selector), task(base, TSS_BYTES - 1));
    }
}

fn flat(builder: DescriptorBuilder, ring: Ring) -> Descriptor {
    builder.present().dpl(ring).limit_granularity_4kb().db().finish()
}

fn task(base: u32, limit: u32) -> Descriptor {
    let builder =
        <DescriptorBuilder as GateDescriptorBuilder<u32>>::tss_descriptor(
            u64::from(base),
            u64::from(limit),
            true,
        );
    builder.present().dpl(Ring::Ring0).finish()
}

fn fill_idt(debug_vector: Option<u8>) {
    let ring = |open| if open { Ring::Ring3 } else { Ring::Ring0 };
    for (number, exception) in vectors::EXCEPTIONS.iter().enumerate() {
        let vector = match exception.vector {
            vectors::Vector::Fixed(vector) => Some(vector),
            vectors::Vector::DebugIrq => debug_vector,
        };
        if let Some(vector) = vector {
            let selector = SegmentSelector::from_raw(exception_task(number));
            let gate = DescriptorBuilder::task_gate_descriptor(selector);
            let ring = ring(exception.open_to_ring3);
            set_gate(vector, gate.present().dpl(ring).finish());
        }
    }
    for entry in entry_points::interrupt_entries() {
        if Some(entry.vector) == debug_vector {
            continue;
        }
        let selector = SegmentSelector::from_raw(KERNEL_CODE);
        let gate = <DescriptorBuilder as GateDescriptorBuilder<u32>>::
            interrupt_descriptor(selector, entry.eip);
        let ring = ring(entry.open_to_ring3);
        set_gate(entry.vector, gate.present().dpl(ring).finish());
    }
}

fn set_gate(vector: u8, gate: Descriptor) {
    set(ENTRIES + usize::from(vector), gate);
}

/// Returns where a descriptor is; those of the IDT follow the GDT's. The index
/// wraps around, because exception tasks, which must not panic, come here.
const fn place(index: usize) -> *mut Descriptor {
    let first = DESCRIPTORS.start.0 as usize as *mut Descriptor;
    first.wrapping_add(index % (2 * ENTRIES))
}

/// Returns a descriptor's two words.
pub(super) fn words(index: usize) -> [u32; 2] {
    // SAFETY: the page holds this many, any words are a valid descriptor, and
    // nothing changes one meanwhile.
    let Descriptor { lower, upper } = unsafe { ptr::read(place(index)) };
    [lower, upper]
}

/// Sets the words that [`words`] returns.
pub(super) fn set_words(index: usize, [lower, upper]: [u32; 2]) {
    set(index, Descriptor { lower, upper });
}

fn set(index: usize, descriptor: Descriptor) {
    // SAFETY: the tables' page holds nothing but descriptors.
    unsafe { ptr::write(place(index), descriptor) }
}
