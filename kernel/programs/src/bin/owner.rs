//! Owns the ports of the PC's clock and reads the seconds from it. With the
//! argument `thief` it reads them without asking, and ends for that, even
//! while another one owns them.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::{Error, Text};
use programs::kernel::Ports;
use programs::{kernel, log};

programs::program!(main);

/// The clock's index register; its data register is the next port.
const CLOCK: u16 = 0x70;
const CLOCK_PORTS: u16 = 2;
/// The index of the seconds.
const SECONDS: u8 = 0;

/// A port of the timer chip, which the kernel itself uses.
const TIMER: u16 = 0x40;

/// How often to look whether a second has passed.
const PERIOD_MS: u32 = 200;

/// How long a thief waits for somebody to own the ports.
const AMBUSH_MS: u32 = 500;

/// How often to say that the clock runs, in seconds.
const REPORT_EVERY: u32 = 30;

#[inline(never)]
fn main() {
    let arguments = kernel::process_data().arguments;
    if Text(&arguments).as_str() == "thief" {
        return steal();
    }
    let refused = Ports::claim(TIMER, 1).err();
    assert_eq!(refused, Some(Error::Busy), "the timer is the kernel's");
    let clock = Ports::claim(CLOCK, CLOCK_PORTS).expect("the clock is free");
    log!("owner has ports {CLOCK:#x} and {:#x}", CLOCK + 1);
    let mut second = seconds(&clock);
    let mut passed = 0_u32;
    loop {
        kernel::sleep(PERIOD_MS);
        let now = seconds(&clock);
        if now != second {
            second = now;
            passed = passed.wrapping_add(1);
            if passed.is_multiple_of(REPORT_EVERY) {
                log!("owner has seen {passed} seconds pass");
            }
        }
    }
}

/// Returns the seconds of the clock, as its chip writes them.
#[inline(never)]
fn seconds(clock: &Ports) -> u8 {
    clock.write(0, SECONDS);
    clock.read(1)
}

/// Reads a port that another may have.
#[inline(never)]
fn steal() {
    kernel::sleep(AMBUSH_MS);
    log!("owner reads port {CLOCK:#x} without asking");
    let value = kernel::read_port(CLOCK);
    log!("owner read {value}, where a fault was due");
}
