//! What a stub owes a debugger that asks for nonsense: an answer, and the
//! right one to the next packet.
//!
//! The same packets go to QEMU's stub on the same machine, unless they would
//! end the conversation: it does not answer packets that exceed its buffer,
//! and drops the reply that it was about to send.

use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::rsp::{Rsp, matches};
use tests::machine::{Machine, Setup};
use tests::scenes::outside::Outside;
use tests::scenes::ticks;

/// A page that is not mapped, as the table names it.
const UNMAPPED: &str = "5000";

/// The packet, what ours must reply, what QEMU's replies if it is asked, and
/// why they differ if they do. `{kernel}` is where a breakpoint can be.
#[rustfmt::skip]
const ROWS: [(&str, &str, Option<&str>, &str); 36] = [
    ("m5000,4", "E0e", Some("E14"), "hexadecimal here, decimal there"),
    ("m5000,100", "E0e", Some("E14"), "as above"),
    ("M5000,4:00000000", "E0e", Some("E14"), "as above"),
    ("X5000,1:0", "E*", None, "no packet of QEMU 7.2"),
    ("mbffc,8", "????????", Some("E14"), "the prefix that can be read"),
    ("mb000,0", "", Some(""), "no bytes, as gdbserver has it"),
    ("xb000,0", "b", Some(""), "no packet of QEMU 7.2"),
    ("mfffffffc,8", "E0e", Some("E14"), "the end of memory is an end"),
    ("m", "E16", Some("E22"), "hexadecimal here, decimal there"),
    ("mzz,4", "E16", Some(""), "no number is an error"),
    ("mb000,zz", "E16", Some(""), "no number is an error"),
    ("mb000", "E16", Some("E22"), "hexadecimal here, decimal there"),
    ("qNonsense", "", Some(""), ""),
    ("vNonsense", "", Some(""), ""),
    ("", "", Some(""), ""),
    ("y", "", Some(""), ""),
    ("pfff", "E*", Some("E14"), "as above"),
    ("Pfff=00000000", "E*", None, "QEMU says OK"),
    ("P0=zz", "E*", None, "QEMU says OK"),
    ("Mb000,1:zz", "E*", Some("OK"), "no digits are an error"),
    ("Mb000,4:00", "E*", Some("E22"), ""),
    ("Z0,5000,1", "E*", None, "QEMU says OK: it watches addresses"),
    ("z0,5000,1", "E*", Some("E22"), ""),
    ("z1,5000,1", "E*", Some("E22"), ""),
    ("Z0,{kernel},1", "OK", Some("OK"), ""),
    ("z0,{kernel},1", "OK", Some("E22"), "QEMU forgets all at `?`"),
    ("z0,{kernel},1", "E*", Some("E22"), "set no longer"),
    ("Z9,b000,1", "*", Some(""), "what is no kind is not known"),
    ("Hg4000", "E*", Some("E22"), ""),
    ("T4000", "E*", Some("E22"), ""),
    ("qXfer:features:read:target.xml:0,ffffffff", "?*", None, "both: a piece"),
    ("mb000,10000", "E16", Some("E22"), "hexadecimal here, decimal there"),
    ("mb000,ffffffff", "E0e", Some("E22"), "beyond the end of memory"),
    ("m0,ffffffff", "E16", Some("E22"), "hexadecimal here, decimal there"),
    ("xb000,10000", "E16", Some(""), "no packet of QEMU 7.2"),
    ("xb000,ffffffff", "E*", Some(""), "no packet of QEMU 7.2"),
];

/// Returns whether a reply is as expected; `?` stands for any one byte.
fn fits(expected: &str, reply: &str) -> bool {
    if expected.contains('?') && !expected.ends_with('*') {
        return expected.len() == reply.len();
    }
    matches(expected.trim_start_matches('?'), reply)
}

/// Boots a machine whose time passes with its instructions. So a packet
/// does not fall apart when the host gives its time to others: what the
/// stub takes for a gap is a gap in the machine's time.
fn boot() -> Machine {
    Setup::demo().counting_instructions().boot()
}

#[test]
fn nonsense_is_answered_and_so_is_what_follows() {
    let mut machine = boot();
    let kernel = Image::open(&artifacts::kernel());
    let place = format!("{:x}", kernel.address("switch_stacks"));
    let outside = Outside::of(&mut machine);
    let mut wrong = Vec::new();
    {
        let mut ours = Rsp::connect(machine.endpoint());
        ours.ask("qSupported:swbreak+;hwbreak+");
        assert!(ours.ask(&format!("m{UNMAPPED},1")).starts_with('E'));
        for (packet, expected, _, _) in ROWS {
            let packet = &packet.replace("{kernel}", &place);
            let reply = ours.ask(packet);
            if !fits(expected, &reply) {
                wrong.push(format!("ours to {packet}: {reply}"));
            }
            let stop = ours.ask("?");
            assert!(stop.starts_with("T02"), "after {packet}: {stop}");
        }
        for bytes in [4097, 8 << 10, 64 << 10] {
            assert_eq!(ours.ask(&"y".repeat(bytes)), "E1c", "{bytes} bytes");
            assert!(ours.ask("?").starts_with("T02"), "{bytes} bytes");
        }
        assert_eq!(ours.ask("D"), "OK");
    }
    {
        let mut qemus = outside.stub();
        for (packet, _, expected, why) in ROWS {
            let Some(expected) = expected else { continue };
            let packet = &packet.replace("{kernel}", &place);
            let reply = qemus.ask(packet);
            if !fits(expected, &reply) {
                wrong.push(format!("QEMU's to {packet} ({why}): {reply}"));
            }
            assert!(qemus.ask("?").starts_with('T'), "after {packet}");
        }
        assert_eq!(qemus.ask("D"), "OK");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ticks::wait_for(&mut machine, 1);
}
