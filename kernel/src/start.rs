//! The kernel's start, from the boot loader to the first task.

use crate::boot::{self, BootInformation};
use crate::command_line::{Access, CommandLine, Console};
use crate::console::print_line;
use crate::memory::bootstrap;
use crate::process::{create, port, schedule};
use crate::serial::{self, SerialPort};
use crate::{
    clock, console, cpu, debugger, descriptors, interrupts, log, programs,
};
use spin::Once;

static COMMAND_LINE: Once<CommandLine> = Once::new();

/// Returns what the command line says.
pub(crate) fn command_line() -> &'static CommandLine {
    COMMAND_LINE.get().expect("main has read it")
}

/// Starts everything, in this order, and becomes the idle task.
pub(crate) fn main(from_loader: bool) -> ! {
    let information = boot::information();
    let line = read_command_line(information);
    open_console(line);
    if !from_loader {
        give_up("not started by a Multiboot loader");
    }
    report(information);
    interrupts::initialise();
    if bootstrap::initialise(information).is_err() {
        give_up("too little memory for the kernel's own tables");
    }
    if log::initialise().is_err() {
        give_up("too little memory for the log");
    }
    let debug_line = line.debug.map(|debug| {
        interrupts::FIRST_VECTOR + serial::line_of(debug.port.number())
    });
    descriptors::initialise(bootstrap::kernel_directory(), debug_line);
    clock::initialise();
    if let Some(debug) = line.debug
        && debugger::initialise(debug, line).is_err()
    {
        print_line!("warning: no UART at the debug port; there is no stub");
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

fn read_command_line(information: &BootInformation) -> &'static CommandLine {
    let text = information.command_line.as_str();
    COMMAND_LINE.call_once(|| CommandLine::parse(text, |_| {}))
}

fn open_console(line: &CommandLine) {
    let Some(number) = number_of(line.console) else { return };
    if line.debug.is_some_and(|debug| debug.port.number() == number) {
        // The debugger's line carries nothing else: the screen has to do.
        return print_line!("warning: the console gives way to the debugger");
    }
    if let Ok(port) = SerialPort::open(number, CONSOLE_BAUD) {
        console::use_serial(port);
    }
}

const CONSOLE_BAUD: u32 = 115_200;

/// Returns the serial port that a console is on.
const fn number_of(console: Console) -> Option<u8> {
    match console {
        Console::Vga => None,
        Console::Com1 => Some(1),
        Console::Com2 => Some(2),
    }
}

fn report(information: &BootInformation) {
    print_line!("stormglass ", env!("CARGO_PKG_VERSION"));
    let text = information.command_line.as_str();
    CommandLine::parse(text, |word| {
        print_line!("warning: unknown word ignored: ", word);
    });
    let line = command_line();
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

fn give_up(reason: &str) -> ! {
    print_line!("panic: ", reason);
    cpu::stop_forever()
}
