//! The boot modules: where they are mapped, and which images they are.

use crate::devices::console::print_task_line;
use crate::devices::preemption;
use crate::lifecycle::create::Program;
use crate::machine::boot::{self, MAX_MODULES, Module};
use crate::memory::{Label, OutOfMemory, address_space};
use crate::process::{process_tree, space};
use crate::records::image;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::paging::Entry;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use structures::command_line::module_name;
use structures::elf_image::Image;

/// Where the modules are mapped, in the order of their numbers; 0 means not
/// mapped. They stay mapped in the process space of the kernel's own process:
/// only the keeper reads them, and ring 3 never can.
static SHOWN_AT: [AtomicU32; MAX_MODULES] =
    [const { AtomicU32::new(0) }; MAX_MODULES];

/// The image in each module; 0 if it is none.
static IMAGES: [AtomicU32; MAX_MODULES] =
    [const { AtomicU32::new(0) }; MAX_MODULES];

/// Maps every module where the keeper can read it, and records its image: a
/// debugger should know all programs before the first one runs.
pub(super) fn show_all() {
    for (module, shown_at) in
        boot::information().modules().iter().zip(&SHOWN_AT)
    {
        match show(module) {
            Ok(start) => shown_at.store(start.0, Ordering::Relaxed),
            Err(reason) => {
                let (name, _) = module_name(module.text.as_str());
                let what = reason.text();
                print_task_line!("warning: ", name, " ignored: ", what);
            }
        }
    }
    record_images();
}

/// Why a module cannot be mapped.
enum NotShown {
    Empty,
    Misaligned,
    OutOfMemory,
}

impl NotShown {
    const fn text(&self) -> &'static str {
        match self {
            Self::Empty => "the module is empty",
            Self::Misaligned => "the module is not on a page boundary",
            Self::OutOfMemory => "no memory to show the module",
        }
    }
}

impl From<OutOfMemory> for NotShown {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

fn show(module: &Module) -> Result<VirtAddr, NotShown> {
    let pages = module.len_bytes.div_ceil(PAGE_BYTES);
    if pages == 0 {
        return Err(NotShown::Empty);
    }
    if module.start.offset() != 0 {
        return Err(NotShown::Misaligned);
    }
    let start = process_tree::allocate(pages, Label::BootModule)?;
    for index in 0..pages {
        let frame = PhysAddr(module.start.0 + index * PAGE_BYTES);
        let page = VirtAddr(start.0 + index * PAGE_BYTES);
        space::map(page, Entry::new(frame, 0))?;
        if index % MAPPED_IN_ONE_GO == 0 {
            preemption::allow_interrupts();
        }
    }
    Ok(start)
}

/// Pages that are mapped between two preemption points.
const MAPPED_IN_ONE_GO: u32 = 64;

/// Returns the number of the module that is the program `name`.
pub(crate) fn number_of(name: &str) -> Option<usize> {
    let mut modules = boot::information().modules().iter();
    modules.position(|module| module_name(module.text.as_str()).0 == name)
}

/// Returns the program with this name; for the keeper only.
pub(super) fn program(name: &str) -> Option<Program> {
    let number = number_of(name)?;
    let image = IMAGES[number].load(Ordering::Relaxed);
    Some(Program { image, file: file(number)? })
}

/// Returns the file in a module; for the keeper only.
fn file(number: usize) -> Option<&'static [u8]> {
    let module = boot::information().modules().get(number)?;
    match SHOWN_AT[number].load(Ordering::Relaxed) {
        0 => None,
        start => {
            let start = VirtAddr(start);
            Some(address_space::mapped_bytes(start, module.len_bytes))
        }
    }
}

/// Records the image in each module that has one.
fn record_images() {
    for (number, module) in boot::information().modules().iter().enumerate() {
        let (name, _) = module_name(module.text.as_str());
        let Some(bytes) = file(number) else { continue };
        let Ok(parsed) = Image::parse(bytes) else { continue };
        let is_same = |id| {
            let mut before = IMAGES[..number].iter();
            let other = before
                .position(|image| image.load(Ordering::Relaxed) == id)
                .and_then(file);
            other == Some(bytes)
        };
        let id = image::record_module(name, module, &parsed, is_same);
        IMAGES[number].store(id, Ordering::Relaxed);
        preemption::allow_interrupts();
    }
}
