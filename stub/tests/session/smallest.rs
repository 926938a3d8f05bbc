//! The smallest machine, and the smallest stub: memory and registers are
//! enough for a debugger.

use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use fake_machine::size::{Size, Smallest};
use fake_machine::{FakeMachine, KERNEL};
use stub::embed::{Access, Machine, OnLoss, Resume, Stop};
use wire::i386::general::EFLAGS;

const TRAP: u32 = 1 << 8;

/// Attaches, and takes the stop that this is; returns what is offered, too.
pub(crate) fn attached<S: Size>() -> (Kernel<S>, String)
where
    FakeMachine<S>: Machine,
{
    let kernel = Kernel::sized(Access::Full, OnLoss::Stop);
    let features = kernel.debugger.ask(GDB);
    (kernel, features)
}

/// What every machine can do, in one session.
pub(crate) fn does_what_every_machine_can<S: Size>() -> (Kernel<S>, String)
where
    FakeMachine<S>: Machine,
{
    let (kernel, features) = attached::<S>();
    let gdb = &kernel.debugger;
    assert!(features.contains(";swbreak+"), "{features}");
    assert!(gdb.ask("?").starts_with("T02thread:1;"));
    assert_eq!(gdb.ask("qC"), "QC1");

    assert_eq!(gdb.ask(format!("M{KERNEL:x},4:90c39055")), "OK");
    assert_eq!(gdb.ask(format!("m{KERNEL:x},4")), "90c39055");
    assert_eq!(gdb.ask("m7ffffffe,4"), "E0e");

    assert_eq!(gdb.ask("P0=78563412"), "OK");
    assert_eq!(gdb.ask("p0"), "78563412");
    assert!(gdb.ask("g").starts_with("78563412"));

    assert_eq!(gdb.ask(format!("Z0,{KERNEL:x},1")), "OK");
    assert_eq!(gdb.ask(format!("m{KERNEL:x},1")), "90", "it never shows");
    gdb.say("vCont;c");
    assert_eq!(kernel.resumed(), GO_ON);
    kernel.trap_at(KERNEL + 1, Stop::Breakpoint);
    let stop = gdb.hear();
    assert!(stop.starts_with("T05thread:1;swbreak:;"), "{stop}");

    gdb.say("vCont;s:1;c");
    assert_eq!(kernel.resumed(), Resume { step: Some(1), ..GO_ON });
    kernel.trap(Stop::Step);
    assert!(gdb.hear().starts_with("T05thread:1;"));
    assert_eq!(gdb.ask(format!("z0,{KERNEL:x},1")), "OK");
    (kernel, features)
}

#[test]
fn a_debugger_attaches_looks_changes_and_steps() {
    let (kernel, _) = does_what_every_machine_can::<Smallest>();
    let gdb = &kernel.debugger;
    assert_eq!(gdb.ask("p1a"), "xxxxxxxx", "cr0 is not available");
    assert_eq!(gdb.ask("qfThreadInfo"), "m1");
    assert_eq!(gdb.ask("qXfer:libraries:read::0,ffb"), "", "no images");
    assert_eq!(gdb.ask("D"), "OK");
    assert_eq!(kernel.resumed(), GO_ON);
}

#[test]
fn a_step_is_a_flag_unless_the_kernel_knows_better() {
    let (kernel, _) = attached::<Smallest>();
    let gdb = &kernel.debugger;
    let traps = || {
        let state = kernel.machine.state();
        state.tasks[&1].registers[EFLAGS] & TRAP != 0
    };
    gdb.say("vCont;s:1");
    kernel.resumed();
    assert!(traps());
    kernel.trap(Stop::Step);
    gdb.hear();
    assert!(!traps());
}

/// What a kernel leaves out of the stub.
#[cfg(not(feature = "default"))]
#[test]
fn what_is_left_out_is_an_unknown_packet() {
    use fake_machine::size::Everything;
    let (kernel, features) = does_what_every_machine_can::<Everything>();
    let gdb = &kernel.debugger;
    let left_out = [
        (cfg!(feature = "conditions"), "ConditionalBreakpoints+", None),
        (cfg!(feature = "hardware"), "hwbreak+", Some("Z1,100000,1")),
        (
            cfg!(feature = "tables"),
            "qXfer:osdata:read+",
            Some("qXfer:osdata:read::0,10"),
        ),
        (cfg!(feature = "monitor"), "", Some("qRcmd,68656c70")),
        (cfg!(feature = "search"), "", Some("qCRC:100000,10")),
    ];
    for (is_built_in, feature, packet) in left_out {
        let offered = features.contains(feature);
        assert!(feature.is_empty() || offered == is_built_in, "{features}");
        if let Some(packet) = packet {
            assert_eq!(!gdb.ask(packet).is_empty(), is_built_in, "{packet}");
        }
    }
    if !cfg!(feature = "conditions") {
        let conditional = "Z0,100000,1;X1,00";
        assert_eq!(gdb.ask(conditional), "E5f", "it would always stop");
    }
}
