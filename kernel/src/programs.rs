//! The programs loaded as boot modules, and the kernel's keeper task, which
//! creates processes from them and frees the memory of what has ended.

use crate::devices::console::print_task_line;
use crate::devices::{debug_irq, preemption, stop_request};
use crate::lifecycle::create::{self, NotCreated, process_create};
use crate::lifecycle::{keeper, reap};
use crate::machine::boot::{self, MAX_MODULES, Module};
use crate::machine::options::command_line;
use crate::memory::{Label, OutOfMemory, address_space};
use crate::process::{process_tree, space};
use crate::schedule;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::paging::Entry;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use structures::change::Structure;
use structures::command_line::{Access, module_name};

/// The keeper task.
pub(crate) fn keep() -> ! {
    keeper::begin();
    let line = command_line();
    if let (true, Some(debug)) = (line.wait, line.debug)
        && line.access == Access::Full
        && debug_irq::has_stub()
    {
        let number = u32::from(debug.port);
        print_task_line!("waiting for a debugger on com", number);
        stop_request::wait();
    }
    show_modules();
    let mut started = 0;
    for module in boot::information().modules() {
        let (name, arguments) = module_name(module.text.as_str());
        if line.demos.starts(name) && start(name, arguments) {
            started += 1;
        }
        preemption::allow_interrupts();
    }
    let_all_run();
    print_task_line!("ready: ", started, " programs run");
    loop {
        work();
        keeper::wait_for_work();
    }
}

/// Does all work that is waiting. Ended tasks come first: freeing their memory
/// may be what a new process needs.
fn work() {
    while reap::reap_zombie() || create::serve_request(image_of) {
        preemption::allow_interrupts();
        schedule::preempt();
    }
}

/// How many times at most all tasks run before the system counts as started.
const FIRST_ROUNDS: u32 = 100;

/// Yields until every task has run, including those that the programs start as
/// soon as they run.
fn let_all_run() {
    for _ in 0..FIRST_ROUNDS {
        let before = Structure::Tasks.changes();
        schedule::yield_now();
        work();
        if Structure::Tasks.changes() == before {
            return;
        }
    }
}

/// Starts the program in a module; returns whether it succeeded.
fn start(name: &str, arguments: &str) -> bool {
    // A module that could not be mapped has already been reported.
    let Some(image) = image_of(name) else { return false };
    let (at, what) = match process_create(name, arguments, image) {
        Ok(id) => {
            print_task_line!("started: process ", id, " (", name, ")");
            return true;
        }
        Err(NotCreated::OutOfMemory) => {
            print_task_line!("warning: no memory for ", name, "; ignored");
            return false;
        }
        Err(NotCreated::SharedPage) => (None, "segments share a page"),
        Err(NotCreated::BadImage(error)) => error.parts(),
    };
    if let Some(at) = at {
        print_task_line!("warning: ", name, " ignored: ", what, ": ", at);
    } else {
        print_task_line!("warning: ", name, " ignored: ", what);
    }
    false
}

/// Where the modules are mapped, in the order of their numbers; 0 means not
/// mapped. They stay mapped in the process space of the kernel's own process:
/// only the keeper reads them, and ring 3 never can.
static SHOWN_AT: [AtomicU32; MAX_MODULES] =
    [const { AtomicU32::new(0) }; MAX_MODULES];

/// Maps every module where the keeper can read it.
fn show_modules() {
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

/// Returns the file of the program `name`; for the keeper only.
fn image_of(name: &str) -> Option<&'static [u8]> {
    let number = number_of(name)?;
    let module = boot::information().modules().get(number)?;
    match SHOWN_AT[number].load(Ordering::Relaxed) {
        0 => None,
        start => {
            let start = VirtAddr(start);
            Some(address_space::mapped_bytes(start, module.len_bytes))
        }
    }
}
