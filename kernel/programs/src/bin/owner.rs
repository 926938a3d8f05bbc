//! Owns the ports of the PC's clock and reads the seconds from it.
//!
//! Arguments make it another one:
//! - `thief` reads the ports without asking, and ends for that, even while
//!   another one owns them;
//! - `guest` owns them for a while, and ends without a word;
//! - `mortal` owns them for a while, and ends for touching the kernel's;
//! - `heir` waits until their owner has ended, and owns them then;
//! - `reach` claims as far as ports can be claimed.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::Error;
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

/// How often to check whether a second has passed.
const PERIOD_MS: u32 = 200;

/// How long a thief, or an heir, waits for the ports to be claimed.
const AMBUSH_MS: u32 = 500;

/// How long an owner that will end keeps the ports.
const TERM_MS: u32 = 4 * AMBUSH_MS;

/// The last port that has a bit in the one page of the kernel TSS.
const LAST_IN_REACH: u16 = 0x7cb7;

/// How often to say that the clock runs, in seconds.
const REPORT_EVERY: u32 = 30;

#[inline(never)]
fn main() {
    match kernel::arguments() {
        "thief" => steal(),
        "guest" => core::mem::forget(own_for_a_term()),
        "mortal" => {
            let _clock = own_for_a_term();
            log!("owner reads port {TIMER:#x}, which is the kernel's");
            let value = kernel::read_port(TIMER);
            log!("owner read {value}, where a fault was due");
        }
        "heir" => watch(&inherit()),
        "reach" => reach(),
        _ => watch(&own()),
    }
}

/// Claims the ports, which must be unclaimed.
fn own() -> Ports {
    let refused = Ports::claim(TIMER, 1).err();
    assert_eq!(refused, Some(Error::Busy), "the timer is the kernel's");
    let clock = Ports::claim(CLOCK, CLOCK_PORTS).expect("the clock is free");
    log!("owner has ports {CLOCK:#x} and {:#x}", CLOCK + 1);
    clock
}

/// Claims the ports and keeps them for a while.
fn own_for_a_term() -> Ports {
    let clock = own();
    kernel::sleep(TERM_MS);
    clock
}

/// Claims the ports as soon as their owner has ended.
#[inline(never)]
fn inherit() -> Ports {
    kernel::sleep(AMBUSH_MS);
    let refused = Ports::claim(CLOCK, CLOCK_PORTS).err();
    assert_eq!(refused, Some(Error::Busy), "somebody owns the clock");
    log!("owner waits for ports {CLOCK:#x} and {:#x}", CLOCK + 1);
    loop {
        kernel::sleep(PERIOD_MS);
        match Ports::claim(CLOCK, CLOCK_PORTS) {
            Ok(clock) => {
                log!("owner inherits ports {CLOCK:#x} and {:#x}", CLOCK + 1);
                return clock;
            }
            Err(error) => assert_eq!(error, Error::Busy),
        }
    }
}

/// Reads the seconds repeatedly, without end.
#[inline(never)]
fn watch(clock: &Ports) {
    let mut second = seconds(clock);
    let mut passed = 0_u32;
    loop {
        kernel::sleep(PERIOD_MS);
        let now = seconds(clock);
        if now != second {
            second = now;
            passed = passed.wrapping_add(1);
            if passed.is_multiple_of(REPORT_EVERY) {
                log!("owner has seen {passed} seconds pass");
            }
        }
    }
}

/// Claims ports up to the last one in reach, and beyond it.
#[inline(never)]
fn reach() {
    let beyond = LAST_IN_REACH + 1;
    for (first, count) in [(beyond, 1), (LAST_IN_REACH, 2), (u16::MAX, 1)] {
        let refused = Ports::claim(first, count).err();
        assert_eq!(refused, Some(Error::PortOutOfReach), "{first:#x}");
    }
    let last = Ports::claim(LAST_IN_REACH, 1).expect("it is free");
    let value = last.read(0);
    log!("owner reads {value} from port {LAST_IN_REACH:#x}, the last one");
    log!("owner is refused port {beyond:#x} as out of reach");
    kernel::sleep(AMBUSH_MS);
    log!("owner reads port {beyond:#x} all the same");
    let value = kernel::read_port(beyond);
    log!("owner read {value}, where a fault was due");
}

/// Returns the seconds of the clock, as its chip writes them.
#[inline(never)]
fn seconds(clock: &Ports) -> u8 {
    clock.write(0, SECONDS);
    clock.read(1)
}

/// Reads a port that may belong to another process.
#[inline(never)]
fn steal() {
    kernel::sleep(AMBUSH_MS);
    log!("owner reads port {CLOCK:#x} without asking");
    let value = kernel::read_port(CLOCK);
    log!("owner read {value}, where a fault was due");
}
