//! Makes system calls of all kinds with any arguments, and accesses memory that
//! is not its own. It does so in children, because these do not live long; the
//! kernel must clean up after them.
//!
//! Arguments: a seed (1), and how many system calls (10000) to make in all. A
//! child that does not finish does not count.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::{ARGUMENT_REGISTERS, Call, SYSTEM_CALLS};
use core::ptr;
use programs::log::Line;
use programs::random::Random;
use programs::{counts, kernel, log};

programs::program!(main);

/// System calls that one child makes.
const CALLS: u32 = 500;
/// The status of a child that has made all its calls.
const FINISHED: u32 = 200;
/// A child that waits for something that never comes is killed after this time.
const PATIENCE_MS: u32 = 3000;
const STACK_BYTES: usize = 4096;

#[inline(never)]
fn main() {
    let arguments = kernel::arguments();
    match arguments.strip_prefix("child ") {
        Some(seed) => misbehave(seed.parse().unwrap_or(1)),
        None => run(counts::from_arguments(arguments, [1, 10_000])),
    }
}

fn run([seed, calls]: [u32; 2]) {
    let (mut made, mut children, mut finished) = (0, 0, 0);
    log!("seed {seed}, {calls} calls");
    while made < calls {
        let child_seed = seed.wrapping_mul(0x0100_0193) ^ children;
        let text = Line::of(format_args!("child {child_seed}"));
        children += 1;
        // Memory is short until the kernel has freed that of other tasks; let
        // it run.
        let Ok(child) = kernel::process_create("fuzzer", text.as_str()) else {
            kernel::sleep(20);
            continue;
        };
        let status = match kernel::process_wait(child, PATIENCE_MS) {
            Ok(status) => status,
            Err(_) => {
                // It may have ended just now.
                let _gone = kernel::process_kill(child);
                kernel::process_wait(child, PATIENCE_MS).unwrap_or(0)
            }
        };
        if status == FINISHED {
            finished += 1;
            made += CALLS;
        }
    }
    log!("done: {made} calls, {finished} of {children} children finished");
    kernel::rest()
}

fn misbehave(seed: u32) {
    let mut random = Random::new(seed);
    let mut memory = [0_u8; STACK_BYTES];
    for _ in 0..CALLS {
        any_call(&mut random, &mut memory);
    }
    // Half of them end by an invalid memory access.
    if random.below(2) == 0 {
        kernel::exit(FINISHED);
    }
    kernel::exit(match touch(&mut random) {
        0 => FINISHED,
        _ => FINISHED + 1,
    })
}

/// Makes one system call, with any arguments that do not damage this task's own
/// stack: results go to `memory`, or to where the kernel must refuse to write.
fn any_call(random: &mut Random, memory: &mut [u8; STACK_BYTES]) {
    let number = random.below(SYSTEM_CALLS.len() as u32 + 4);
    let mut arguments = [0; ARGUMENT_REGISTERS.len()];
    let start = memory.as_mut_ptr().addr() as u32;
    for argument in &mut arguments {
        *argument = any_argument(random, start);
    }
    match Call::from_number(number) {
        // These would end it, or one of its threads, at once.
        Some(Call::Exit | Call::ThreadCreate) if random.below(2000) > 0 => {
            return;
        }
        Some(Call::ProcessKill) if arguments[0] == own_process() => return,
        Some(Call::Sleep | Call::ProcessWait | Call::TaskWait) => {
            // Most of the time would be spent here.
            if random.below(30) > 0 {
                return;
            }
            arguments = arguments.map(|argument| argument % 4);
        }
        // Bit 0: do not wait. A short wait now and then.
        Some(Call::MailboxSend | Call::MailboxReceive) => {
            let waits = random.below(60) == 0;
            arguments[4] = if waits { 4 } else { 1 };
        }
        // Not all of memory.
        Some(Call::MemoryAllocate | Call::WindowCreate) => {
            arguments[0] = random.one_of(&[0, 1, 7, 300, u32::MAX]);
        }
        Some(Call::MailboxCreate) => {
            arguments[0] = random.one_of(&[0, 27, 28, 5000, u32::MAX]);
        }
        _ => {}
    }
    // SAFETY: what the kernel may write is in `memory`; all other addresses do
    // not belong to this process.
    unsafe { kernel::any_call(number, &arguments) };
}

fn own_process() -> u32 {
    kernel::process_data().process
}

fn any_argument(random: &mut Random, memory: u32) -> u32 {
    const ODD: [u32; 16] = [
        0,
        1,
        0x0000_1000,
        0x0000_A068,
        0x0010_0000,
        0x0030_0000,
        0x0040_0000,
        0x0200_8020,
        0x0280_0000,
        0x0540_0000,
        0x0CFF_FFFF,
        0x0D00_0000,
        0xFBFF_F000,
        0xFC00_0FFC,
        0xFC00_1000,
        0xFFFF_FFFF,
    ];
    match random.below(8) {
        0 => random.number(),
        1 => random.one_of(&ODD),
        2 => random.one_of(&ODD).wrapping_sub(random.below(64)),
        3 => random.below(16),
        4 => random.below(300),
        // Whatever the length, the range stays below the stack's end or extends
        // beyond it.
        _ => memory + random.below(STACK_BYTES as u32 / 2),
    }
}

/// Reads or writes a random address, which is usually fatal.
#[inline(never)]
fn touch(random: &mut Random) -> u8 {
    let mut at = any_argument(random, 0x4000_0000);
    if random.below(4) == 0 {
        at = random.number();
    }
    let byte = at as usize as *mut u8;
    // SAFETY: none. The kernel kills this process if the access is invalid; if
    // it is valid, only the process itself is harmed, and then it exits.
    let old = unsafe { ptr::read_volatile(byte) };
    // SAFETY: as above.
    unsafe { ptr::write_volatile(byte, old) };
    old & 1
}
