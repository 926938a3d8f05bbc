//! Which program has which range of addresses.

use layout::VirtAddr;
use layout::images;

/// The ring-3 programs of this build, in the order of their ranges. A program
/// without a line here, or two with one name, stop the build.
pub const PROGRAMS: [&str; 25] = [
    "source",
    "relay",
    "sink",
    "producer",
    "consumer",
    "sleeper",
    "workers",
    "owner",
    "null",
    "deadlock",
    "overflow",
    "wild",
    "full",
    "busy",
    "chorus",
    "crowd",
    "crowd-window",
    "cycler",
    "fuzzer",
    "guardian",
    "sharer",
    "stepped",
    "switcher",
    "floats",
    "lanes",
];

/// Returns the linear address at which the image of a program begins; none if
/// there is no such program.
#[must_use]
pub fn image_start(program: &str) -> Option<VirtAddr> {
    let mut all = (0..).zip(&PROGRAMS);
    let (number, _) = all.find(|(_, name)| **name == program)?;
    images::start_of(number)
}

const _: () = {
    assert!(PROGRAMS.len() <= images::MOST as usize);
    let mut rest = PROGRAMS.as_slice();
    while let [first, others @ ..] = rest {
        let mut behind = others;
        while let [other, further @ ..] = behind {
            assert!(!is_same(first, other), "two programs have one name");
            behind = further;
        }
        rest = others;
    }
};

const fn is_same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    loop {
        match (one, other) {
            ([], []) => return true,
            ([a, one_rest @ ..], [b, other_rest @ ..]) if *a == *b => {
                one = one_rest;
                other = other_rest;
            }
            _ => return false,
        }
    }
}
