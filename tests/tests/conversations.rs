//! The conversations of Linux' kgdbts and of QEMU's own suite for stubs,
//! as far as they make sense for a kernel, held with our stub and then, as
//! a control, with QEMU's on the same machine. Where the two differ, the
//! row says why. Bochs has no stub of that kind, so ours is alone there.
//!
//! kgdbts' eighth, an NMI during a sleep without interrupts, needs someone to
//! press the button: see `hangs_and_panics.rs`. Its `G` is `P` here, with
//! which both stubs set one register alone.

use tests::artifacts;
use tests::artifacts::image::Image;
use tests::clients::host_cli;
use tests::clients::rsp::{EIP, Rsp, matches};
use tests::machine::{Machine, Setup};
use tests::scenes::goes_on_alone;
use tests::scenes::outside::Outside;
use tests::scenes::ticks;

/// Whose stub is at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    Ours,
    Qemus,
}

/// What a stub must answer.
enum Expected {
    Both(&'static str),
    /// Ours and QEMU's, and why they differ.
    Each(
        &'static str,
        &'static str,
        #[expect(dead_code, reason = "it is for the reader")] &'static str,
    ),
}
use Expected::{Both, Each};

/// A session with one of the stubs.
struct Talk {
    stub: Rsp,
    whose: Whose,
    /// A function of the kernel that is called again and again.
    function: u32,
}

impl Talk {
    /// Sends each packet, where `{at}` is [`Self::function`], and compares the
    /// reply with what is expected.
    fn hold(&mut self, rows: &[(&str, Expected)]) {
        for (packet, expected) in rows {
            let at = format!("{:x}", self.function);
            let reply = self.stub.ask(&packet.replace("{at}", &at));
            let expected = match (expected, self.whose) {
                (Both(reply), _) => reply,
                (Each(ours, _, _), Whose::Ours) => ours,
                (Each(_, qemus, _), Whose::Qemus) => qemus,
            };
            assert!(
                matches(expected, &reply),
                "{:?}: {packet} is to say {expected}, and says {reply}\n{}",
                self.whose,
                self.stub.transcript(),
            );
        }
    }

    fn eip(&mut self) -> u32 {
        self.stub.registers()[EIP]
    }

    fn assert_at_function(&mut self) {
        assert_eq!(self.eip(), self.function, "{}", self.stub.transcript());
    }
}

/// Holds a conversation with our stub, then with QEMU's; the system continues
/// after each.
fn with_both(conversation: fn(&mut Talk)) {
    let mut machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    with_ours(&mut machine, conversation);
    let stub = Outside::of(&mut machine).stub();
    hold_with(stub, Whose::Qemus, conversation);
    ticks::wait_for(&mut machine, 1);
    goes_on_alone(&machine, &[]);
}

fn with_ours(machine: &mut Machine, conversation: fn(&mut Talk)) {
    let mut stub = Rsp::connect(machine.endpoint());
    stub.ask("qSupported:swbreak+;hwbreak+");
    hold_with(stub, Whose::Ours, conversation);
    ticks::wait_for(machine, 1);
}

fn hold_with(stub: Rsp, whose: Whose, conversation: fn(&mut Talk)) {
    let image = Image::open(&artifacts::kernel());
    let function = image.address("kernel::system_call::dispatch");
    let mut talk = Talk { stub, whose, function };
    conversation(&mut talk);
    talk.hold(&[("D", Both("OK"))]);
}

const STOP: Expected = Both("T0*");
const HIT: Expected = Both("T05*");

fn what_was_planted_is_gone_after_a_detach(talk: &mut Talk) {
    let function = talk.function;
    let before = talk.stub.read(function, 16);
    talk.hold(&[("?", STOP), ("Z0,{at},1", Both("OK"))]);
    assert_eq!(talk.stub.read(function, 16), before, "it is hidden");
}

fn a_software_breakpoint_is_hit_where_it_was_planted(talk: &mut Talk) {
    talk.hold(&[("?", STOP), ("Z0,{at},1", Both("OK")), ("c", HIT)]);
    talk.assert_at_function();
    let eip = talk.eip();
    talk.stub.set_register(EIP, eip);
    talk.hold(&[("z0,{at},1", Both("OK"))]);
    // Only ours gets a second `D`: it then has no session, and waits for a
    // new one. QEMU's takes the packet's first byte for a request to stop,
    // and discards it.
    if talk.whose == Whose::Ours {
        talk.hold(&[
            ("D", Both("OK")),
            ("D", Both("")),
            ("qSupported", Both("PacketSize=*")),
        ]);
    }
}

fn a_bad_read_is_an_error_and_no_harm(talk: &mut Talk) {
    for len in 1..=8 {
        talk.hold(&[(&format!("m0,{len}"), Both("E*"))]);
    }
    talk.hold(&[("?", STOP)]);
}

/// From a breakpoint of this kind to its next hit, with a step in between.
fn step_over(talk: &mut Talk, kind: char) {
    let plant = format!("Z{kind},{{at}},1");
    let remove = format!("z{kind},{{at}},1");
    talk.hold(&[(&plant, Both("OK")), ("c", HIT)]);
    talk.assert_at_function();
    talk.hold(&[(&remove, Both("OK")), ("s", HIT)]);
    let mut moved = talk.eip();
    // QEMU ends a step before the instruction if one of its devices
    // interrupts its processor just then.
    for _ in 0..10 {
        if talk.whose == Whose::Qemus && moved == talk.function {
            talk.hold(&[("s", HIT)]);
            moved = talk.eip();
        }
    }
    let length = moved.wrapping_sub(talk.function);
    assert!((1..16).contains(&length), "{moved:#x}");
    talk.hold(&[(&plant, Both("OK")), ("c", HIT)]);
    talk.assert_at_function();
    talk.hold(&[(&remove, Both("OK"))]);
}

fn a_step_leaves_a_software_breakpoint_and_it_is_hit_again(talk: &mut Talk) {
    step_over(talk, '0');
}

fn a_step_leaves_a_hardware_breakpoint_and_it_is_hit_again(talk: &mut Talk) {
    step_over(talk, '1');
}

fn a_breakpoint_in_every_system_call_loses_none_of_them(talk: &mut Talk) {
    (0..25).for_each(|_| step_over(talk, '0'));
}

fn a_write_watch_stops_at_the_first_write(talk: &mut Talk) {
    let at = ticks::address();
    for _ in 0..3 {
        let before = talk.stub.word(at);
        let plant = format!("Z2,{at:x},4");
        talk.hold(&[(&plant, Both("OK"))]);
        let stop = talk.stub.ask("c");
        assert!(stop.contains(";watch:"), "{stop}");
        // What read it meanwhile has not stopped anything.
        assert_eq!(talk.stub.word(at), before + 1, "{stop}");
        talk.hold(&[(&format!("z2,{at:x},4"), Both("OK"))]);
    }
}

fn an_access_watch_stops_at_reads_too(talk: &mut Talk) {
    let at = ticks::address();
    talk.hold(&[(&format!("Z4,{at:x},4"), Both("OK"))]);
    let mut last = talk.stub.word(at);
    let mut reads = 0;
    for _ in 0..400 {
        let stop = talk.stub.ask("c");
        assert!(stop.contains(";awatch:"), "{stop}");
        let now = talk.stub.word(at);
        reads += u32::from(now == last);
        last = now;
        if reads == 2 {
            break;
        }
    }
    assert_eq!(reads, 2, "somebody looks at the clock");
    talk.hold(&[(&format!("z4,{at:x},4"), Both("OK"))]);
}

fn every_register_is_described_once_and_can_be_read(talk: &mut Talk) {
    let mut xml = String::new();
    let names = match talk.whose {
        Whose::Ours => vec!["target.xml"],
        Whose::Qemus => vec!["target.xml", "i386-32bit.xml"],
    };
    for name in names {
        loop {
            let at = xml.len();
            let ask = format!("qXfer:features:read:{name}:{at:x},3ff");
            let piece = talk.stub.ask(&ask);
            xml += &piece[1..];
            if piece.starts_with('l') {
                break;
            }
            assert!(piece.starts_with('m'), "{piece}");
        }
        if name == "target.xml" && talk.whose == Whose::Qemus {
            xml.clear();
        }
    }
    let names = xml.split("<reg name=\"").skip(1);
    let names: Vec<_> =
        names.filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() > 16, "{xml}");
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "{names:?}");
    let all = talk.stub.ask("g");
    for index in 0..16 {
        let one = talk.stub.ask(&format!("p{index:x}"));
        assert_eq!(all[index * 8..][..8], one, "{}", names[index]);
    }
    let eax = talk.stub.registers()[0];
    talk.stub.set_register(0, !eax);
    assert_eq!(talk.stub.registers()[0], !eax);
    talk.stub.set_register(0, eax);
}

fn breakpoints_on_both_sides_of_a_pages_edge_are_hidden(talk: &mut Talk) {
    let edge = (talk.function & !0xFFF) + 0x1000;
    let before = talk.stub.read(edge - 4, 8);
    for at in [edge - 1, edge] {
        talk.hold(&[(&format!("Z0,{at:x},1"), Both("OK"))]);
    }
    assert_eq!(talk.stub.read(edge - 4, 8), before);
    for at in [edge - 1, edge] {
        talk.hold(&[(&format!("z0,{at:x},1"), Both("OK"))]);
    }
}

fn a_read_over_the_edge_of_what_is_mapped_brings_what_there_is(
    talk: &mut Talk,
) {
    // The GDT and the IDT fill a page; the one after it is not mapped.
    talk.hold(&[
        ("mbffc,4", Both("*")),
        ("mc000,4", Both("E*")),
        ("mbffc,8", Each("00000000", "E*", "QEMU's reads all or nothing")),
    ]);
}

/// Makes a test of each conversation in QEMU, and one of all in Bochs.
macro_rules! hold {
    ($($name:ident,)*) => {
        mod in_qemu {
            $(
                #[test]
                fn $name() {
                    super::with_both(super::$name);
                }
            )*
        }

        #[test]
        fn each_is_the_same_in_bochs() {
            let machine = &mut Setup::demo().in_bochs().boot();
            let _tasks = host_cli::whole_demo(machine.endpoint());
            $(with_ours(machine, $name);)*
            goes_on_alone(machine, &[]);
        }
    };
}

hold! {
    what_was_planted_is_gone_after_a_detach,
    a_software_breakpoint_is_hit_where_it_was_planted,
    a_bad_read_is_an_error_and_no_harm,
    a_step_leaves_a_software_breakpoint_and_it_is_hit_again,
    a_step_leaves_a_hardware_breakpoint_and_it_is_hit_again,
    a_breakpoint_in_every_system_call_loses_none_of_them,
    a_write_watch_stops_at_the_first_write,
    an_access_watch_stops_at_reads_too,
    every_register_is_described_once_and_can_be_read,
    breakpoints_on_both_sides_of_a_pages_edge_are_hidden,
    a_read_over_the_edge_of_what_is_mapped_brings_what_there_is,
}
