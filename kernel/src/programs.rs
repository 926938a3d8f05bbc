//! The programs loaded as boot modules, and the kernel's keeper task, which
//! creates processes from them and frees the memory of what has ended.

mod modules;

use crate::devices::console::print_task_line;
use crate::devices::{debug_irq, preemption, stop_request};
use crate::lifecycle::create::{self, NotCreated, process_create};
use crate::lifecycle::{keeper, reap};
use crate::machine::boot;
use crate::machine::options::command_line;
use crate::schedule;
pub(crate) use modules::number_of;
use structures::change::Structure;
use structures::command_line::{Access, module_name};

/// The keeper task.
pub(crate) fn keep() -> ! {
    keeper::begin();
    modules::show_all();
    let line = command_line();
    if let (true, Some(debug)) = (line.wait, line.debug)
        && line.access == Access::Full
        && debug_irq::has_stub()
    {
        let number = u32::from(debug.port);
        print_task_line!("waiting for a debugger on com", number);
        stop_request::wait();
    }
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
    while reap::reap_zombie() || create::serve_request(modules::program) {
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
    let Some(program) = modules::program(name) else { return false };
    let (at, what) = match process_create(name, arguments, program) {
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
