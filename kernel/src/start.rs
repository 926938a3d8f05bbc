//! The kernel's start, from the boot loader to the first task.

mod entry;

use crate::devices::console::{self, print_line};
use crate::devices::found_port::Found;
use crate::devices::{clock, interrupts, log, serial};
use crate::lifecycle::create;
use crate::machine::boot::{self, BootInformation};
use crate::machine::vectors::FIRST_VECTOR;
use crate::machine::{options, processor};
use crate::memory::address_space::mapped_bytes;
use crate::memory::{Label, bootstrap, global};
use crate::process::port;
use crate::{cpu, debugger, descriptors, programs, schedule};
use layout::PAGE_BYTES;
use structures::command_line::{self, Access, CommandLine, Console};
use uart::FASTEST_BAUD;

/// Starts everything, in this order, and becomes the idle task.
pub(crate) fn main(from_loader: bool) -> ! {
    let information = boot::information();
    let line = options::read(information);
    processor::initialise();
    let console = open_console(line);
    if !from_loader {
        give_up("not started by a Multiboot loader");
    }
    report(information, console);
    interrupts::initialise();
    if bootstrap::initialise(information).is_err() {
        give_up("too little memory for the kernel's own tables");
    }
    let Ok(ring) = global::allocate(log::PAGES, Label::Log) else {
        give_up("too little memory for the log");
    };
    log::initialise(mapped_bytes(ring, log::PAGES * PAGE_BYTES));
    let debug_line = line
        .debug
        .map(|debug| FIRST_VECTOR + serial::line_of(debug.port.number()));
    descriptors::initialise(bootstrap::kernel_directory(), debug_line);
    clock::initialise();
    if let Some(debug) = line.debug
        && let Err(unusable) = debugger::initialise(debug, line)
    {
        let number = u32::from(debug.port.number());
        let reason = unusable.reason();
        print_line!("warning: no stub: com", number, reason);
    }
    clock::begin();
    let tasks: [(&str, fn() -> !); 2] =
        [("idle", schedule::idle), ("keeper", programs::keep)];
    let Ok(kernel) = create::kernel_process("kernel", &tasks) else {
        give_up("too little memory for the first task");
    };
    let lines = [line.debug.map(|d| d.port.number()), number_of(line.console)];
    let lines = lines.into_iter().flatten().map(serial::ports_of);
    if port::claim_for_kernel(kernel.id(), lines).is_err() {
        give_up("too little memory to note the kernel's ports");
    }
    let mut tasks = kernel.tasks();
    if let (Some(keeper), Some(idle)) = (tasks.next(), tasks.next()) {
        schedule::wake(keeper);
        schedule::begin(idle);
    }
    give_up("the kernel's tasks are gone");
}

/// Prints to the serial port that the command line names, if there is one;
/// else the screen has to do.
fn open_console(line: &CommandLine) -> Option<Found> {
    let number = number_of(line.console)?;
    if line.debug.is_some_and(|debug| debug.port.number() == number) {
        // The debugger's line carries nothing else.
        print_line!("warning: the console gives way to the debugger");
        return None;
    }
    match serial::open(number, FASTEST_BAUD) {
        Ok(port) => {
            let found = Found::at(number, &port);
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

fn report(information: &BootInformation, console: Option<Found>) {
    print_line!("stormglass ", env!("CARGO_PKG_VERSION"));
    if let Some(found) = console {
        found.report("console");
    }
    report_processor();
    let text = information.command_line.as_str();
    CommandLine::parse(text, |word| {
        if command_line::is_impossible_rate(word) {
            print_line!("warning: no UART makes this rate: ", word);
            print_line!("  try 9600, 19200, 38400, 57600 or 115200");
        } else {
            print_line!("warning: unknown word ignored: ", word);
        }
    });
    let line = options::command_line();
    if line.wait && line.access == Access::Inspect {
        print_line!(
            "warning: no wait: with debug-access=inspect nobody ends it"
        );
    }
    let frames: u32 = information.ranges().iter().map(|r| r.frames).sum();
    print_line!("memory: ", frames, " frames, ", frames * 4, " KiB");
    if information.unused_kib > 0 {
        let mib = information.unused_kib / 1024;
        print_line!("warning: ", mib, " MiB above 2 GiB are left unused");
    }
    if information.modules_left_out > 0 {
        let count = information.modules_left_out;
        print_line!("warning: too many boot modules: ", count, " left out");
    }
}

/// Says on the console what it is, and what it lacks.
fn report_processor() {
    let found = processor::current();
    print_line!("processor: family ", found.family());
    if !found.has_cycle_counter() {
        print_line!("  no cycle counter: the timer chip is the clock");
    }
    if !found.has_control_register_4() {
        print_line!("  no CR4: debuggers see 0");
    }
    if !found.has_x87() {
        print_line!("  no x87: a program that uses it is killed");
    }
}

fn give_up(reason: &str) -> ! {
    print_line!("panic: ", reason);
    cpu::stop_forever()
}
