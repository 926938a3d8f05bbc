//! GDT, IDT and the task-state segments, at the addresses of the table.
//!
//! Every exception but #NM goes through a task gate: the processor saves
//! the whole register file of whatever ran into the kernel TSS, whatever
//! state its stack is in. All of them run in the kernel's own directory,
//! each on a stack of its own.
//!
//! Spec: `virtual-memory.md`, rows "Exception TSS:es", "Kernel TSS" and
//! "GDT/IDT"; Intel SDM vol. 3A, "Task Management".

mod pristine;

use crate::eflags::EFLAGS_CLEAR;
use crate::selectors::{KERNEL_CODE, KERNEL_DATA, USER_CODE, USER_DATA};
use crate::{entry_points, vectors};
use core::ptr;
use layout::PhysAddr;
use layout::regions::{DESCRIPTORS, EXCEPTION_TSSES, KERNEL_STACK, KERNEL_TSS};
pub(crate) use pristine::{are_ruined, mend, mend_kernel_task};
use structures::port_bitmap;
use x86::Ring;
use x86::bits32::task::TaskStateSegment;
use x86::dtables::{self, DescriptorTablePointer};
use x86::segmentation::{
    self, BuildDescriptor, CodeSegmentType, DataSegmentType, Descriptor,
    DescriptorBuilder, GateDescriptorBuilder, SegmentDescriptorBuilder,
    SegmentSelector, TaskGateDescriptorBuilder,
};

const KERNEL_TASK: u16 = 5 << 3;
/// The first exception task's index in the GDT.
const FIRST_EXCEPTION: u16 = 6;
/// Exception tasks' own code and data: they run where those of the kernel
/// are ruined.
const EXCEPTION_CODE: u16 = 254 << 3;
const EXCEPTION_DATA: u16 = 255 << 3;

/// Descriptors in each of the two tables.
const ENTRIES: usize = 256;
type DescriptorTable = [Descriptor; ENTRIES];

const TSS_BYTES: u32 = size_of::<TaskStateSegment>() as u32;
const _: () = assert!(TSS_BYTES == port_bitmap::OFFSET);
const _: () = assert!(
    vectors::EXCEPTIONS.len() as u32 * TSS_BYTES <= EXCEPTION_TSSES.len_bytes
);
const _: () =
    assert!(2 * size_of::<DescriptorTable>() == DESCRIPTORS.len_bytes as usize);

/// Fills the tables and loads them. The kernel TSS becomes the current
/// task; `debug_line_vector` is that of the debug UART, if there is one.
pub(crate) fn initialise(directory: PhysAddr, debug_vector: Option<u8>) {
    let tss = kernel_tss();
    *tss = TaskStateSegment::new();
    tss.cr3 = directory.0;
    tss.esp0 = KERNEL_STACK.last().0 + 1;
    tss.ss0 = KERNEL_DATA;
    port_bitmap().fill(0xFF);
    for index in 0..vectors::EXCEPTIONS.len() {
        *exception_tss(index) = exception_task(index, directory);
    }
    fill_gdt(&mut table(DESCRIPTORS.start.0));
    fill_idt(&mut table(DESCRIPTORS.start.0 + IDT_OFFSET), debug_vector);
    load();
    pristine::remember();
}

const IDT_OFFSET: u32 = DESCRIPTORS.len_bytes / 2;

/// Returns the TSS that holds the registers of whatever an exception task
/// has interrupted.
pub(crate) fn kernel_tss() -> &'static mut TaskStateSegment {
    tss(KERNEL_TSS.start.0)
}

/// Returns whether the exception task `index` has interrupted the kernel
/// TSS, and not another exception task.
pub(crate) fn interrupted_kernel_task(index: usize) -> bool {
    exception_tss(index).link == KERNEL_TASK
}

/// Returns whether a segment is that of exception tasks' own code or data.
pub(crate) fn is_of_exceptions(selector: u16) -> bool {
    matches!(selector, EXCEPTION_CODE | EXCEPTION_DATA)
}

/// Returns which task a TSS is for: none inside for the kernel TSS, else
/// the exception task's number.
pub(crate) fn task_of(selector: u16) -> Option<Option<usize>> {
    if selector == KERNEL_TASK {
        return Some(None);
    }
    let number = (selector >> 3).checked_sub(FIRST_EXCEPTION)?;
    let number = usize::from(number);
    (number < vectors::EXCEPTIONS.len()).then_some(Some(number))
}

/// Returns the number of the exception task that the exception task `index`
/// has interrupted.
pub(crate) fn interrupted_exception(index: usize) -> Option<usize> {
    let link = exception_tss(index).link;
    let mut all = 0..vectors::EXCEPTIONS.len();
    all.find(|number| exception_selector(*number) == link)
}

/// Makes an exception task that another one has interrupted begin anew, on
/// an empty stack, as if its exception had just come with this error code.
pub(crate) fn restart(number: usize, code: u32) {
    /// EFLAGS.NT: the task returns to the one that its link names.
    const NESTED: u32 = 1 << 14;
    let tss = exception_tss(number);
    let (link, cr3) = (tss.link, PhysAddr(tss.cr3));
    *tss = exception_task(number, cr3);
    tss.link = link;
    tss.eflags |= NESTED;
    tss.eip = entry_points::again_address();
    tss.eax = code;
    tss.ebx = number as u32;
}

/// Returns whether an error code names the exception task of `vector`.
pub(crate) fn names_task_of(code: u32, vector: u8) -> bool {
    let is_it =
        |it: &vectors::Exception| it.vector == vectors::Vector::Fixed(vector);
    let number = vectors::EXCEPTIONS.iter().position(is_it);
    number.is_some_and(|it| u32::from(exception_selector(it)) == code & !7)
}

pub(crate) fn exception_tss(index: usize) -> &'static mut TaskStateSegment {
    tss(EXCEPTION_TSSES.start.0 + index as u32 * TSS_BYTES)
}

fn tss(address: u32) -> &'static mut TaskStateSegment {
    let tss = address as usize as *mut TaskStateSegment;
    // SAFETY: the callers name only the two TSS rows, which are memory of
    // their own, mapped in every directory and identical before paging.
    // Each reference lives for one statement, with interrupts off.
    unsafe { &mut *tss }
}

/// Returns the I/O bitmap, which fills the rest of the kernel TSS' page.
pub(crate) fn port_bitmap() -> &'static mut [u8; port_bitmap::BYTES] {
    let bitmap = KERNEL_TSS.start.0 + port_bitmap::OFFSET;
    let bytes = bitmap as usize as *mut [u8; port_bitmap::BYTES];
    // SAFETY: the bitmap is what is left of the TSS' own page; each
    // reference lives for one statement, with interrupts off.
    unsafe { &mut *bytes }
}

fn exception_task(index: usize, directory: PhysAddr) -> TaskStateSegment {
    let (eip, esp) = entry_points::exception_entry(index);
    let mut tss = TaskStateSegment::new();
    tss.cr3 = directory.0;
    tss.eip = eip;
    tss.esp = esp;
    tss.eflags = EFLAGS_CLEAR;
    tss.cs = EXCEPTION_CODE;
    tss.ss = EXCEPTION_DATA;
    tss.ds = EXCEPTION_DATA;
    tss.es = EXCEPTION_DATA;
    tss.fs = EXCEPTION_DATA;
    tss.gs = EXCEPTION_DATA;
    tss
}

fn table(address: u32) -> TableWriter {
    TableWriter(address as usize as *mut Descriptor)
}

/// Returns a descriptor's two words; those of the IDT follow the GDT's, and
/// then they begin again: exceptions come here, and must not panic.
fn words(index: usize) -> [u32; 2] {
    let place = DESCRIPTORS.start.0 as usize as *const [u32; 2];
    let place = place.wrapping_add(index % (2 * ENTRIES));
    // SAFETY: the page holds this many, any words are a descriptor, and
    // nobody changes one meanwhile.
    unsafe { ptr::read(place) }
}

/// Sets the words that [`words`] returns.
fn set_words(index: usize, [lower, upper]: [u32; 2]) {
    let tables = &mut table(DESCRIPTORS.start.0);
    tables.set(index, Descriptor { lower, upper });
}

/// One of the two descriptor tables.
struct TableWriter(*mut Descriptor);

impl TableWriter {
    fn set(&mut self, index: usize, descriptor: Descriptor) {
        assert!(index < 2 * ENTRIES, "a descriptor outside the tables");
        let place = self.0.wrapping_add(index);
        // SAFETY: the tables' page is memory of its own; a writer begins at
        // one half of it, and its callers stay within that.
        unsafe { ptr::write(place, descriptor) }
    }
}

fn fill_gdt(gdt: &mut TableWriter) {
    for index in 0..ENTRIES {
        gdt.set(index, Descriptor::NULL);
    }
    for (selector, ring) in [
        (KERNEL_CODE, Ring::Ring0),
        (EXCEPTION_CODE, Ring::Ring0),
        (USER_CODE, Ring::Ring3),
    ] {
        let kind = CodeSegmentType::ExecuteRead;
        gdt.set(
            index(selector),
            flat(DescriptorBuilder::code_descriptor(0, 0xFFFFF, kind), ring),
        );
    }
    for (selector, ring) in [
        (KERNEL_DATA, Ring::Ring0),
        (EXCEPTION_DATA, Ring::Ring0),
        (USER_DATA, Ring::Ring3),
    ] {
        let kind = DataSegmentType::ReadWrite;
        gdt.set(
            index(selector),
            flat(DescriptorBuilder::data_descriptor(0, 0xFFFFF, kind), ring),
        );
    }
    let kernel = task(KERNEL_TSS.start.0, KERNEL_TSS.len_bytes - 1);
    gdt.set(index(KERNEL_TASK), kernel);
    for number in 0..vectors::EXCEPTIONS.len() {
        let base = EXCEPTION_TSSES.start.0 + number as u32 * TSS_BYTES;
        let selector = exception_selector(number);
        gdt.set(index(selector), task(base, TSS_BYTES - 1));
    }
}

const fn index(selector: u16) -> usize {
    (selector >> 3) as usize
}

const fn exception_selector(number: usize) -> u16 {
    (FIRST_EXCEPTION + number as u16) << 3
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

fn fill_idt(idt: &mut TableWriter, debug_vector: Option<u8>) {
    for vector in 0..ENTRIES {
        idt.set(vector, Descriptor::NULL);
    }
    for (number, exception) in vectors::EXCEPTIONS.iter().enumerate() {
        let vector = match exception.vector {
            vectors::Vector::Fixed(vector) => Some(vector),
            vectors::Vector::DebugLine => debug_vector,
        };
        if let Some(vector) = vector {
            let selector =
                SegmentSelector::from_raw(exception_selector(number));
            let gate = DescriptorBuilder::task_gate_descriptor(selector);
            let ring =
                if exception.open_to_ring3 { Ring::Ring3 } else { Ring::Ring0 };
            idt.set(usize::from(vector), gate.present().dpl(ring).finish());
        }
    }
    for entry in entry_points::interrupt_entries() {
        if Some(entry.vector) == debug_vector {
            continue;
        }
        let selector = SegmentSelector::from_raw(KERNEL_CODE);
        let gate = <DescriptorBuilder as GateDescriptorBuilder<u32>>::
            interrupt_descriptor(selector, entry.eip);
        let ring = if entry.open_to_ring3 { Ring::Ring3 } else { Ring::Ring0 };
        idt.set(usize::from(entry.vector), gate.present().dpl(ring).finish());
    }
}

fn load() {
    let limit = (DESCRIPTORS.len_bytes / 2 - 1) as u16;
    let gdt = DescriptorTablePointer::<Descriptor> {
        limit,
        base: DESCRIPTORS.start.0 as usize as *const Descriptor,
    };
    let idt = DescriptorTablePointer::<Descriptor> {
        limit,
        base: (DESCRIPTORS.start.0 + IDT_OFFSET) as usize as *const Descriptor,
    };
    // SAFETY: the GDT has been filled just now, and stays where it is.
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
