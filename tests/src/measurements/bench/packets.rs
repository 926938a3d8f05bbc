//! Single packets of RSP: registers, steps, stops, breakpoints.

use super::sample::{Sample, median};
use super::subject::{Stub, Subject};
use super::tap::{Pace, Tap};
use crate::clients::rsp::{EIP, Rsp};

/// Enough for a median.
const TIMES: usize = 11;

/// The actions and what they cost.
pub type Rows = Vec<(String, Sample)>;

/// Measures every action over the line of this pace.
#[must_use]
pub fn measure(subject: &Subject, pace: Pace) -> Rows {
    let tap = subject.line(pace);
    let mut rsp = connect(tap);
    into_busy(&mut rsp, subject);
    let step = format!("vCont;s:{:x}", thread(subject));
    let round = subject.busy.round;
    let mut rows = Vec::new();
    let mut row = |name: &str, sample| rows.push((name.to_owned(), sample));

    let nothing = |_: &mut Rsp| ();
    let sample = median(tap, TIMES, &mut rsp, nothing, |rsp| {
        rsp.ask("g");
    });
    row("registers: g", sample);
    let sample = median(tap, TIMES, &mut rsp, nothing, |rsp| {
        rsp.ask(&step);
    });
    row("step", sample);
    let sample = median(tap, TIMES, &mut rsp, nothing, |rsp| {
        rsp.ask(&step);
        rsp.ask("g");
    });
    row("step, then g", sample);
    let sample = median(
        tap,
        TIMES,
        &mut rsp,
        |rsp| rsp.say("vCont;c"),
        |rsp| {
            rsp.interrupt();
            rsp.hear();
        },
    );
    row("0x03 to the stop", sample);
    into_busy(&mut rsp, subject);
    for (kind, name) in [(0, "Z0"), (1, "Z1")] {
        let [set, unset] =
            ['Z', 'z'].map(|letter| format!("{letter}{kind},{round:x},1"));
        let sample = median(
            tap,
            TIMES,
            &mut rsp,
            |rsp| {
                rsp.ask(&step);
                rsp.order(&set);
            },
            |rsp| {
                rsp.ask("vCont;c");
                rsp.order(&unset);
            },
        );
        row(&format!("c to a hit of {name}, z"), sample);
        let sample = median(tap, TIMES, &mut rsp, nothing, |rsp| {
            rsp.ask(&step);
            rsp.order(&set);
            rsp.ask("vCont;c");
            rsp.ask("g");
            rsp.order(&unset);
        });
        row(&format!("s, {name}, c to the hit, g, z"), sample);
    }
    leave(rsp);
    rows
}

/// Connects as gdb does.
///
/// # Panics
///
/// Panics if no stub answers.
#[must_use]
pub fn connect(tap: &Tap) -> Rsp {
    let mut rsp = Rsp::connect(&tap.near_end());
    rsp.ask("qSupported:swbreak+;hwbreak+;vContSupported+");
    rsp
}

/// Detaches; the system keeps running, and the line is free.
pub fn leave(mut rsp: Rsp) {
    rsp.order("D");
}

/// Returns how the stub calls the task of `busy`.
#[must_use]
pub const fn thread(subject: &Subject) -> u64 {
    match subject.stub {
        Stub::Ours => subject.busy.task,
        // It knows only processors.
        Stub::Qemus => 1,
    }
}

/// Lets the system run until it is in [`super::subject::Busy::round`].
///
/// # Panics
///
/// Panics if it does not stop there.
pub fn into_busy(rsp: &mut Rsp, subject: &Subject) {
    rsp.order(&format!("Hg{:x}", thread(subject)));
    let place = format!("0,{:x},1", subject.busy.round);
    for _ in 0..MOST_STRAYS {
        rsp.order(&format!("Z{place}"));
        let stop = rsp.ask("vCont;c");
        assert!(stop.starts_with('T'), "{rsp:?}");
        rsp.order(&format!("z{place}"));
        assert_eq!(rsp.registers()[EIP], subject.busy.round, "{rsp:?}");
        if u64::from(rsp.word(PROCESS_ID)) == subject.busy.process {
            return;
        }
        // QEMU's stub knows of no processes: another one has code there.
        let step = rsp.ask("s");
        assert!(step.starts_with('T'), "{rsp:?}");
    }
    panic!("other programs stop there, and not `busy`: {rsp:?}");
}

/// How often another program may be met.
const MOST_STRAYS: u32 = 100;

/// Where a process can read its id.
pub(super) const PROCESS_ID: u32 = 0x0240_0008;
