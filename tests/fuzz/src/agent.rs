//! Input for the evaluator of gdb's expressions.

use crate::bytes::number;
use stub::agent::{Context, Stack, evaluate};
use tests::host::random::Random;

/// Registers and memory that are there half of the time.
struct World(Random);

impl Context for World {
    fn register(&mut self, _: u16) -> Option<u64> {
        let bits = self.0.bits();
        (bits & 3 != 0).then_some(bits.into())
    }

    fn read(&mut self, _: u32, into: &mut [u8]) -> bool {
        for byte in into.iter_mut() {
            *byte = self.0.bits() as u8;
        }
        self.0.bits() & 7 != 0
    }

    fn print(&mut self, _: u8) {}
}

/// Feeds one expression.
pub fn feed(random: &mut Random) {
    let code = expression(random);
    let mut world = World(random.clone());
    // Any failure is an answer; what must not happen is a panic, or no end.
    let _ = evaluate(&code, &mut Stack::new(), &mut world);
}

/// Returns bytecode that is mostly made of real operations.
#[must_use]
pub fn expression(random: &mut Random) -> Vec<u8> {
    let mut code = Vec::new();
    for _ in 0..number(random, 24) {
        match number(random, 8) {
            // const8, const16, const32, const64
            0 | 1 => {
                let size = number(random, 4);
                code.push(0x22 + size as u8);
                code.extend((0..1 << size).map(|_| random.bits() as u8));
            }
            // if_goto, goto
            2 => {
                code.push(0x20 + number(random, 2) as u8);
                code.extend([0, number(random, 64) as u8]);
            }
            // reg
            3 => code.extend([0x26, 0, number(random, 64) as u8]),
            // printf
            4 if number(random, 4) == 0 => {
                let format = b"%d %s%%%lx%c%p\0";
                let length = number(random, format.len() + 1);
                code.extend([0x34, number(random, 5) as u8, 0, length as u8]);
                code.extend(&format[..length]);
            }
            5 => code.push(random.bits() as u8),
            _ => code.push(1 + number(random, 0x34) as u8),
        }
    }
    if number(random, 8) != 0 {
        code.push(0x27);
    }
    code
}

/// Returns an expression as it stands in a packet.
#[must_use]
pub fn encoded(code: &[u8]) -> String {
    let digits: String = code.iter().map(|b| format!("{b:02x}")).collect();
    format!("X{:x},{digits}", code.len())
}
