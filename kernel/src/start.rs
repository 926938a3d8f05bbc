//! The kernel's start, from the boot loader to the first task.

mod entry;
mod report;

use crate::devices::console::{self, print_line};
use crate::devices::detected_port::DetectedPort;
use crate::devices::{clock, interrupts, log, serial, stop_request};
use crate::lifecycle::create;
use crate::machine::boot::{self, BootInformation};
use crate::machine::vectors::FIRST_VECTOR;
use crate::machine::{options, processor};
use crate::memory::address_space::mapped_bytes;
use crate::memory::{Label, bootstrap, global};
use crate::process::port;
use crate::records::image;
use crate::records::process::Process;
use crate::records::table::Slot;
use crate::{cpu, debugger, descriptors, programs, schedule};
use layout::PAGE_BYTES;
use structures::command_line::{CommandLine, Console};
use uart::FASTEST_BAUD;

/// Starts everything, in this order, and becomes the idle task.
#[rustfmt::skip]
pub(crate) fn main(from_loader: bool) -> ! {
    let information = boot::information();  // from the boot loader
    let words = options::read(information); // from the command line
    processor::initialise();                // its model and features
    let console = open_console(words);      // from here on, output is seen
    check_loader(from_loader);              // without it, no memory is known
    report::report(information, console);   // prints all of the above
    interrupts::initialise();               // both PICs; every IRQ masked
    build_directory(information);           // paging; frames, global memory
    keep_log();                             // moves to global memory
    load_descriptors(words);                // GDT, IDT, TSSes: exceptions
    clock::initialise();                    // ticks and microseconds
    image::record_kernel();                 // which file this is
    start_stub(words);                      // a debugger may attach
    clock::begin();                         // timer interrupts
    let kernel = kernel_process();          // its tasks: idle and keeper
    claim_ports(kernel, words);             // keeps them from programs
    run_tasks(kernel)                       // the idle task takes over
}

/// Returns the result, or stops for good if there was too little memory for it.
fn require<T, E>(result: Result<T, E>, what: &str) -> T {
    result.unwrap_or_else(|_| {
        print_line!("panic: too little memory for ", what);
        stop_request::panicked()
    })
}

/// Halts unless a boot loader has reported what memory there is.
fn check_loader(is_loader: bool) {
    if !is_loader {
        print_line!("panic: not started by a Multiboot loader");
        cpu::stop_forever();
    }
}

/// Opens the serial port that the command line names for the console; the
/// screen is used if it names none.
fn open_console(command_line: &CommandLine) -> Option<DetectedPort> {
    let number = number_of(command_line.console)?;
    if command_line.debug.is_some_and(|debug| debug.port == number) {
        // Console output must not be mixed with packets.
        print_line!("warning: no console: the debugger uses its port");
        return None;
    }
    match serial::open(number, FASTEST_BAUD) {
        Ok(port) => {
            let found = DetectedPort::at(number, &port);
            console::use_serial(port);
            Some(found)
        }
        Err(unusable) => {
            let number = u32::from(number);
            print_line!("warning: com", number, unusable.reason());
            None
        }
    }
}

/// Returns the serial port that a console is on.
const fn number_of(console: Console) -> Option<u8> {
    match console {
        Console::Vga => None,
        Console::Com1 => Some(1),
        Console::Com2 => Some(2),
    }
}

/// Turns paging on, in the kernel's own directory.
fn build_directory(information: &BootInformation) {
    require(bootstrap::initialise(information), "the kernel's own tables");
}

/// Allocates the log's memory.
fn keep_log() {
    let ring = require(global::allocate(log::PAGES, Label::Log), "the log");
    log::initialise(mapped_bytes(ring, log::PAGES * PAGE_BYTES));
}

/// Fills GDT, IDT and TSSes. The debugger's line has an exception task.
fn load_descriptors(command_line: &CommandLine) {
    let debug_vector = command_line
        .debug
        .map(|debug| FIRST_VECTOR + serial::irq_of(debug.port));
    descriptors::initialise(bootstrap::kernel_directory(), debug_vector);
}

/// Starts the stub on the debugger's line, if there is one.
fn start_stub(command_line: &CommandLine) {
    if let Some(debug) = command_line.debug
        && let Err(unusable) = debugger::initialise(debug, command_line)
    {
        let number = u32::from(debug.port);
        print_line!("warning: no stub: com", number, unusable.reason());
    }
}

/// Creates the kernel's own process, with its two tasks.
fn kernel_process() -> &'static Slot<Process> {
    let tasks: [(&str, fn() -> !); 2] =
        [("idle", schedule::idle), ("keeper", programs::keep)];
    require(create::kernel_process("kernel", &tasks), "the first task")
}

/// Reserves the serial ports that the kernel itself uses.
fn claim_ports(kernel: &Slot<Process>, command_line: &CommandLine) {
    let numbers =
        [command_line.debug.map(|d| d.port), number_of(command_line.console)];
    let ports = numbers.into_iter().flatten().map(serial::ports_of);
    let claimed = port::claim_for_kernel(kernel.id(), ports);
    require(claimed, "the kernel's ports");
}

/// Makes the keeper ready, and becomes the idle task.
fn run_tasks(kernel: &'static Slot<Process>) -> ! {
    let mut tasks = kernel.tasks();
    if let (Some(keeper), Some(idle)) = (tasks.next(), tasks.next()) {
        schedule::wake(keeper);
        schedule::begin(idle);
    }
    print_line!("panic: the kernel's tasks are gone");
    stop_request::panicked()
}
