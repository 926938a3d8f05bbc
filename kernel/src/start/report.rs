//! What the kernel prints about itself and its machine when it starts.

use crate::devices::console::print_line;
use crate::devices::detected_port::DetectedPort;
use crate::machine::boot::BootInformation;
use crate::machine::{options, processor};
use structures::command_line::{self, Access, CommandLine};

/// Prints what was found, and warns of what is unusual.
pub(super) fn report(
    information: &BootInformation,
    console: Option<DetectedPort>,
) {
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
            print_line!("warning: ignoring unknown word: ", word);
        }
    });
    let line = options::command_line();
    if line.wait && line.access == Access::Inspect {
        print_line!(
            "warning: ignoring wait: debug-access=inspect cannot end it"
        );
    }
    let frames: u32 = information.ranges().iter().map(|r| r.frames).sum();
    print_line!("memory: ", frames, " frames, ", frames * 4, " KiB");
    if information.unused_kib > 0 {
        let mib = information.unused_kib / 1024;
        print_line!("warning: ", mib, " MiB above 2 GiB are not used");
    }
    if information.modules_left_out > 0 {
        let count = information.modules_left_out;
        print_line!("warning: too many boot modules: ", count, " ignored");
    }
}

/// Prints the processor's model and the features it lacks.
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
