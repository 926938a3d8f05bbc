//! What happens to a stub: packets and queries one by one, and scenes that
//! lead somewhere, such as to a breakpoint whose condition is judged.

use crate::agent::{encoded, expression};
use crate::bytes::{damage, frame, number, receive};
use crate::line::Item;
use crate::packets::{packet, request};
use crate::processor::{CODE, SLOT};
use fake_machine::{KERNEL, LONE, SHARED, STACK};
use layout::VirtAddr;
use stub::embed::{Received, Stop};
use tests::host::random::Random;
use wire::frame::query_frame;

/// Around the limits of the stub's patience.
const PAUSES: [u32; 5] = [10, 299_000, 301_000, 1_100_000, 6_100_000];

/// Returns a few things that happen.
#[must_use]
pub fn happenings(random: &mut Random) -> Vec<Item> {
    let mut items = Vec::new();
    if number(random, 8) == 0 {
        items.push(Item::Signals(3));
    }
    if number(random, 4) != 0 {
        receive(&mut items, &frame(hello(random)));
        receive(&mut items, b"+");
    }
    if number(random, 3) == 0 {
        breakpoint(&mut items, random);
    }
    for _ in 0..1 + number(random, 6) {
        happening(&mut items, random);
    }
    items
}

fn hello(random: &mut Random) -> &'static [u8] {
    random.choose::<&[u8]>(&[
        &b"qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+"[..],
        b"qSupported:swbreak+;error-message+",
        b"qSupported",
    ])
}

fn happening(items: &mut Vec<Item>, random: &mut Random) {
    match number(random, 24) {
        0 => noise(items, random),
        1 => receive(items, b"\x03"),
        2 => items.push(Item::Received(Received::Break)),
        3 => items.push(Item::Received(Received::Damaged)),
        4 => items.push(Item::Pause(*random.choose(&PAUSES))),
        5 => items.push(Item::Trap(trap(random))),
        6 => items.push(Item::Amid(number(random, 2) == 0)),
        7 => items.push(Item::Slow(*random.choose(&[0, 3, 90, 700]))),
        8 => items.push(Item::Signals(*random.choose(&[0, 1, 3]))),
        9..12 => {
            let mut bytes: Vec<u8> = query_frame(&request(random));
            perhaps_damage(&mut bytes, random);
            receive(items, &bytes);
        }
        _ => {
            let mut body = packet(random);
            if number(random, 8) == 0 {
                damage(&mut body, random);
            }
            say(items, &body, random);
        }
    }
}

/// Adds a packet, and what a debugger makes of its answer.
fn say(items: &mut Vec<Item>, body: &[u8], random: &mut Random) {
    let mut bytes = frame(body);
    perhaps_damage(&mut bytes, random);
    receive(items, &bytes);
    if number(random, 8) == 0 {
        receive(items, &bytes);
    }
    match number(random, 8) {
        0 => receive(items, b"-"),
        1 => {}
        _ => receive(items, b"+"),
    }
}

/// Adds breakpoints, and that tasks come to them.
fn breakpoint(items: &mut Vec<Item>, random: &mut Random) {
    let places: [u32; 3] = std::array::from_fn(|_| place(random));
    for at in &places[..1 + number(random, 3)] {
        let kind = number(random, 4) / 3;
        let text = format!("Z{kind},{at:x},1{}", decided(random));
        receive(items, &frame(text.as_bytes()));
        receive(items, b"+");
    }
    if number(random, 3) == 0 {
        happening(items, random);
    }
    let how = *random.choose(&["vCont;c", "c", "vCont;s:1;c", "vCont;c:p1.2"]);
    receive(items, &frame(how.as_bytes()));
    for _ in 0..1 + number(random, 8) {
        let task = 1 + random.bits() % 3;
        items.push(Item::Reach(task, *random.choose(&places)));
        match number(random, 4) {
            0 | 1 => {
                items.push(Item::Quiet);
                receive(items, b"+");
            }
            2 => happening(items, random),
            _ => {}
        }
    }
}

fn place(random: &mut Random) -> u32 {
    match number(random, 8) {
        0 => SHARED + random.bits() % 64,
        1 => SHARED + 0xFF0 + random.bits() % 16,
        2 => LONE + random.bits() % 4,
        3 => STACK + 0x800,
        _ => KERNEL + SLOT * number(random, CODE.len()) as u32,
    }
}

/// Returns conditions and commands of a breakpoint.
fn decided(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..number(random, 3) {
        let code = match number(random, 4) {
            0 => expression(random),
            // False, true, and whether it is task 2.
            1 => b"\x22\x01\x27".to_vec(),
            2 => b"\x26\0\x34\x22\x02\x13\x27".to_vec(),
            _ => b"\x22\0\x27".to_vec(),
        };
        text += &format!(";{}", encoded(&code));
    }
    if number(random, 3) == 0 {
        text += ";cmds:0,";
        for _ in 0..1 + number(random, 2) {
            let code = match number(random, 16) {
                0..4 => expression(random),
                4 => printing(&"much ".repeat(number(random, 90))),
                _ => printing("%%some\\n"),
            };
            text += &encoded(&code);
        }
    }
    text
}

/// Returns an expression that prints `format`.
fn printing(format: &str) -> Vec<u8> {
    let mut code = b"\x22\0\x22\0\x34\0".to_vec();
    code.extend((format.len() as u16 + 1).to_be_bytes());
    code.extend(format.bytes());
    code.extend(b"\0\x27");
    code
}

fn noise(items: &mut Vec<Item>, random: &mut Random) {
    for _ in 0..number(random, 40) {
        receive(items, &[random.bits() as u8]);
    }
}

fn perhaps_damage(bytes: &mut Vec<u8>, random: &mut Random) {
    if number(random, 8) == 0 {
        damage(bytes, random);
    }
}

fn trap(random: &mut Random) -> Stop {
    *random.choose(&[
        Stop::Breakpoint,
        Stop::Step,
        Stop::DebugRegister { hits: 1 },
        Stop::DebugRegister { hits: 15 },
        Stop::Fault { vector: 14, code: 2, address: VirtAddr(0) },
        Stop::Fault { vector: 8, code: 0, address: VirtAddr(0) },
        Stop::Panic,
        Stop::Wait,
    ])
}
