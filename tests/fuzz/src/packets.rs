//! What a debugger or host-cli might say.

use crate::agent::{encoded, expression};
use crate::bytes::number;
use fake_machine::{KERNEL, LAST, SHARED, STUB_CODE};
use layout::VirtAddr;
use tests::host::random::Random;
use wire::query::{
    MAX_REQUEST_BYTES, Pattern, Query, Request, Space, encode_request,
};
use wire::rows::Table;

/// Returns an address, rather near an edge.
fn address(random: &mut Random) -> u32 {
    let base = *random.choose(&[
        KERNEL,
        KERNEL + 0x10,
        STUB_CODE,
        SHARED,
        SHARED + 0xFF0,
        LAST,
        LAST + 0xFFC,
        0,
        0x2000,
    ]);
    base.wrapping_add(random.bits() % 24)
}

/// Returns a length, rather odd.
fn length(random: &mut Random) -> u32 {
    match number(random, 8) {
        0 => *random.choose(&[
            0,
            0x1000,
            0x800,
            0x801,
            0x1_0000,
            u32::MAX,
            0x8000_0000,
        ]),
        _ => random.bits() % 40,
    }
}

fn thread(random: &mut Random) -> &'static str {
    random.choose::<&str>(&[
        "0", "-1", "1", "2", "3", "p1.1", "p1.2", "p1.-1", "p-1.-1", "p0.0",
        "ffffffff", "p2.7",
    ])
}

fn digits(random: &mut Random, bytes: u32) -> String {
    (0..bytes).map(|_| format!("{:02x}", random.bits() as u8)).collect()
}

/// Returns a packet of a debugger.
#[must_use]
pub fn packet(random: &mut Random) -> Vec<u8> {
    let at = address(random);
    let len = length(random);
    let few = len % 24;
    let id = thread(random);
    let text = match number(random, 30) {
        0 => "g".to_owned(),
        1 => "?".to_owned(),
        2 => format!("m{at:x},{len:x}"),
        3 => format!("x{at:x},{len:x}"),
        4 => format!("M{at:x},{few:x}:{}", digits(random, few)),
        5 => format!("M{at:x},{len:x}:{}", digits(random, few)),
        6 | 7 => {
            format!("Z{},{at:x},{:x}", number(random, 6), number(random, 5))
        }
        8 => format!("z{},{at:x},{:x}", number(random, 6), number(random, 5)),
        9 => format!("H{}{id}", random.choose(&['g', 'c', 'x'])),
        10 => format!("T{id}"),
        11 => format!("p{:x}", random.bits() % 80),
        12 => format!("P{:x}={}", random.bits() % 80, digits(random, few % 6)),
        13 => format!("G{}", digits(random, len % 400)),
        14 => format!("vCont;{}", action(random)),
        15 => format!("vCont;{}:{id};{}", action(random), action(random)),
        16 => format!("vCont;r{at:x},{:x}:{id}", at.wrapping_add(few)),
        17 => (*random
            .choose(&["c", "s", "C05", "S05", "C0b", "k", "D", "D;1"]))
        .to_owned(),
        18 => (*random.choose(&[
            "qfThreadInfo",
            "qsThreadInfo",
            "qC",
            "vCont?",
            "vMustReplyEmpty",
            "qAttached:1",
            "QStartNoAckMode",
            "qTStatus",
            "qOffsets",
            "qSymbol::",
            "vKill;1",
            "qHostInfo",
            "qProcessInfo",
            "!",
            "bs",
        ]))
        .to_owned(),
        19 => format!("qThreadExtraInfo,{id}"),
        20 => format!(
            "qXfer:{}:read:{}:{:x},{len:x}",
            random.choose(&["features", "osdata", "memory-map", "threads"]),
            random.choose(&[
                "target.xml",
                "",
                "processes",
                "messages",
                "regions",
                "log",
            ]),
            number(random, 2) as u32 * random.bits() % 6000,
        ),
        21 => {
            let words = *random.choose(&[
                "help",
                "link",
                "translate 0xd000000",
                "translate 0xd000000 3",
                "write-protect off",
                "write-protect on",
                "breakpoint 0x100000 all",
                "breakpoint 0xd000000 process 2",
                "reset",
                "log",
                "messages",
                "processes",
                "regions 2",
                "h",
                "",
            ]);
            let words: String =
                words.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("qRcmd,{words}")
        }
        22 => format!("qCRC:{at:x},{len:x}"),
        23 => {
            let mut body =
                format!("qSearch:memory:{at:x};{len:x};").into_bytes();
            body.extend((0..few).map(|_| random.bits() as u8 | 0x40));
            return body;
        }
        24 => {
            let mut body = format!("X{at:x},{few:x}:").into_bytes();
            body.extend((0..few).map(|_| random.bits() as u8 | 0x40));
            return body;
        }
        25 | 26 => {
            let code = encoded(&expression(random));
            let list = if number(random, 3) == 0 { "cmds:1," } else { "" };
            format!("Z0,{at:x},1;{list}{code}")
        }
        27 => "qSupported:swbreak+".to_owned(),
        28 if number(random, 16) == 0 => "y".repeat(4090 + number(random, 12)),
        _ => {
            let length = number(random, 20);
            let letter = |_| *random.choose(b"cgmpsvqzHTXZ?0f,;:=.-");
            return (0..length).map(letter).collect();
        }
    };
    text.into_bytes()
}

fn action(random: &mut Random) -> &'static str {
    random.choose::<&str>(&["c", "s", "C05", "S0b", "C00", "t", "r1,2"])
}

/// Returns a query of host-cli as it stands in its frame.
#[must_use]
pub fn request(random: &mut Random) -> Vec<u8> {
    let id = *random.choose(&[0, 1, 2, u16::MAX]);
    let space = *random.choose(&[
        Space::Current,
        Space::Task(1),
        Space::Task(7),
        Space::Process(2),
        Space::Physical,
    ]);
    let address = address(random);
    let len_bytes = length(random);
    let query = match number(random, 10) {
        0 => Query::Hello,
        1 => Query::Translate { space, address: VirtAddr(address) },
        2 => Query::Regions { space, from: VirtAddr(address) },
        3 => {
            let table = *random.choose(&Table::ALL);
            Query::Rows { table, of: random.bits() % 12, from: length(random) }
        }
        4 => {
            let len_bytes = len_bytes as u16;
            Query::Read { space, address, len_bytes }
        }
        5 if random.bits().is_multiple_of(2) => {
            Query::FloatRegisters { task: Some(random.bits() % 4) }
        }
        5 => Query::Registers { task: Some(random.bits() % 4) },
        6 => Query::Checksum { space, address, len_bytes, crc: u32::MAX },
        7 => {
            let pattern = random.bits().to_le_bytes();
            let pattern = &pattern[..1 + number(random, 4)];
            let pattern = Pattern::new(pattern).expect("some bytes");
            Query::Search { space, address, len_bytes, pattern }
        }
        8 => Query::Probe,
        _ => Query::Heartbeat { every_ms: random.bits() as u16 % 3 },
    };
    let mut buffer = [0; MAX_REQUEST_BYTES];
    let request = Request { id, query };
    encode_request(&request, &mut buffer).expect("it fits").to_vec()
}
