//! The programs that came as boot modules, and the kernel's keeper task,
//! which starts them and buries what has ended.

use crate::boot::{self, Module};
use crate::command_line::module_name;
use crate::console::print_line;
use crate::memory::{OutOfMemory, address_space, frames};
use crate::process::create::{NotCreated, process_create};
use crate::process::task::TASKS;
use crate::process::{exit, schedule, space};
use crate::start::command_line;
use crate::{cpu, debugger};
use layout::paging::Entry;
use layout::regions::PROCESS_SPACE;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};

/// The keeper task.
pub(crate) fn keep() -> ! {
    let line = command_line();
    if let (true, Some(debug)) = (line.wait, line.debug)
        && debugger::is_enabled()
    {
        let number = u32::from(debug.port.number());
        print_line!("waiting for a debugger on com", number);
        debugger::wait();
    }
    let mut started = 0;
    for module in boot::information().modules() {
        let (name, arguments) = module_name(module.text.as_str());
        if line.demos.starts(name) && start(module, name, arguments) {
            started += 1;
        }
        release(module);
        cpu::breathe();
    }
    let_all_run();
    print_line!("ready: ", started, " programs run");
    exit::reap()
}

/// Gives up the processor until every task has had it, those included that
/// the programs start as soon as they run.
fn let_all_run() {
    loop {
        let before = TASKS.changes();
        schedule::yield_now();
        if TASKS.changes() == before {
            return;
        }
    }
}

/// Starts the program in a module; returns whether that went well.
fn start(module: &Module, name: &str, arguments: &str) -> bool {
    let Ok(image) = ModuleView::open(module) else {
        print_line!("warning: module ", name, " is too large; ignored");
        return false;
    };
    match process_create(name, arguments, image.bytes()) {
        Ok(id) => {
            print_line!("started: process ", id, " (", name, ")");
            true
        }
        Err(NotCreated::OutOfMemory) => {
            print_line!("warning: no memory for ", name, "; ignored");
            false
        }
        Err(NotCreated::SharedPage) => {
            print_line!("warning: ", name, ": two segments share a page");
            false
        }
        Err(NotCreated::BadImage(error)) => {
            let (at, what) = error.parts();
            let at = at.unwrap_or_default();
            print_line!("warning: ", name, " ignored: ", what, ", at ", at);
            false
        }
    }
}

/// Gives a module's frames back: they were reserved as one run.
fn release(module: &Module) {
    if module.len_bytes > 0 {
        frames::free(module.start.page());
    }
}

/// A module, mapped where the kernel's own process has its process space.
struct ModuleView {
    pages: u32,
    len_bytes: u32,
}

/// More than this is not mapped.
const MAX_BYTES: u32 = 64 << 20;

impl ModuleView {
    fn open(module: &Module) -> Result<Self, OutOfMemory> {
        let len_bytes = module.len_bytes;
        if len_bytes > MAX_BYTES || module.start.offset() != 0 {
            return Err(OutOfMemory);
        }
        let mut view = Self { pages: 0, len_bytes };
        for index in 0..len_bytes.div_ceil(PAGE_BYTES) {
            let frame = PhysAddr(module.start.0 + index * PAGE_BYTES);
            space::map(Self::page(index), Entry::new(frame, 0))?;
            view.pages += 1;
        }
        Ok(view)
    }

    fn bytes(&self) -> &[u8] {
        address_space::mapped_bytes(PROCESS_SPACE.start, self.len_bytes)
    }

    const fn page(index: u32) -> VirtAddr {
        VirtAddr(PROCESS_SPACE.start.0 + index * PAGE_BYTES)
    }
}

impl Drop for ModuleView {
    fn drop(&mut self) {
        for index in 0..self.pages {
            address_space::set_table_entry(Self::page(index), Entry::ABSENT);
        }
    }
}
