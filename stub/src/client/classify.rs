//! Classifies every packet, once, by how it begins.

/// What answers a packet, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Handler {
    /// `qSupported`, which a debugger sends first.
    Hello,
    /// `?`: why the system is stopped.
    Report,
    /// `c`, `s`, `C` or `S`: which of them.
    Resume(u8),
    /// `vCont;`.
    Continue,
    /// `vCont?`: which actions `vCont;` takes.
    Actions,
    /// `k`, to which gdb expects no reply.
    Kill,
    /// `vKill`.
    KillProcess,
    /// `D`.
    Detach,
    /// `H`: which task later packets refer to.
    Select,
    /// `m`.
    Read,
    /// `x`.
    ReadBinary,
    /// `M`.
    Write,
    /// `X`.
    WriteBinary,
    /// `p`.
    Register,
    /// `g`.
    Registers,
    /// `P`.
    SetRegister,
    /// `G`.
    SetRegisters,
    /// `Z`: whether it is a breakpoint in a debug register; none if it is a
    /// watchpoint.
    SetPoint(Option<bool>),
    /// `z`, with the same meaning.
    ClearPoint(Option<bool>),
    /// `qXfer:features:read`.
    Features,
    /// `qXfer:memory-map:read`.
    MemoryMap,
    /// `qXfer:libraries:read`.
    Libraries,
    /// `qXfer:osdata:read`.
    Table,
    /// `qSearch:memory`.
    Search,
    /// `qCRC`.
    Sum,
    /// `qRcmd`.
    Monitor,
    /// `qThreadExtraInfo`.
    Describe,
    /// `qC`: which task has the processor.
    Current,
    /// `qfThreadInfo`: the first tasks.
    First,
    /// `qsThreadInfo`: the tasks after those listed last.
    Further,
    /// `QThreadSuffixSupported`: packets may name a task at their end.
    Suffixes,
    /// `QEnableErrorStrings`: a message may follow an error number.
    ErrorStrings,
    /// `jThreadsInfo`: all tasks, with their names.
    ThreadsInfo,
    /// `qMemoryRegionInfo`: what is mapped at an address.
    MemoryRegion,
    /// `qAttached`: whether the program was there before the debugger. gdb
    /// insists on an answer after a session, too, if it had one before.
    Attached,
    /// `vRun`: there is no program that could be started.
    Run,
    /// `qqemu.`: what QEMU's stub has besides gdb's packets.
    Qemu,
    /// `Qqemu.PhyMemMode`: whether memory packets mean physical memory.
    SetPhysical,
    /// Whatever gdbstub answers without our help.
    Gdbstub,
    /// Nothing: the reply is empty, as RSP requires.
    Unknown,
}

/// How a debugger that may only look is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Inspect {
    /// With the answer: it needs no stop and changes nothing. Tables are not
    /// among these: their pieces would be from different moments.
    Answer,
    /// With a refusal: the packet would stop the system, change it, or report a
    /// stop. Among these is gdb's first request after `qSupported`: gdb prints
    /// that refusal and quits, but if `?` is refused it waits for a stop
    /// forever.
    Refuse,
    /// Not at all.
    Ignore,
}

/// A kind of packet, known by its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Packet {
    start: &'static [u8],
    /// Whether `start` is all of it. Then anything longer is unknown.
    is_whole: bool,
    pub(crate) handler: Handler,
    pub(crate) inspect: Inspect,
}

const fn starts(
    start: &'static [u8],
    handler: Handler,
    inspect: Inspect,
) -> Packet {
    Packet { start, is_whole: false, handler, inspect }
}

const fn whole(
    start: &'static [u8],
    handler: Handler,
    inspect: Inspect,
) -> Packet {
    Packet { start, is_whole: true, handler, inspect }
}

use Handler::*;
use Inspect::{Answer, Ignore, Refuse};

/// Every packet. The first row that matches wins.
#[rustfmt::skip]
static PACKETS: [Packet; 56] = [
    starts(b"m", Read, Answer),
    starts(b"x", ReadBinary, Answer),
    starts(b"vCont;", Continue, Refuse),
    starts(b"H", Select, Answer),
    starts(b"T", Gdbstub, Ignore),
    starts(b"p", Register, Refuse),
    starts(b"P", SetRegister, Refuse),
    starts(b"g", Registers, Refuse),
    starts(b"G", SetRegisters, Refuse),
    starts(b"M", Write, Refuse),
    starts(b"X", WriteBinary, Refuse),
    starts(b"Z0,", SetPoint(Some(false)), Refuse),
    starts(b"Z1,", SetPoint(Some(true)), Refuse),
    starts(b"Z2,", SetPoint(None), Refuse),
    starts(b"Z4,", SetPoint(None), Refuse),
    starts(b"z0,", ClearPoint(Some(false)), Refuse),
    starts(b"z1,", ClearPoint(Some(true)), Refuse),
    starts(b"z2,", ClearPoint(None), Refuse),
    starts(b"z4,", ClearPoint(None), Refuse),
    // The processor has no watchpoint for reads alone. gdb then sets one for
    // any access, and filters the hits.
    starts(b"Z", Unknown, Refuse),
    starts(b"z", Unknown, Refuse),
    starts(b"c", Resume(b'c'), Refuse),
    starts(b"s", Resume(b's'), Refuse),
    starts(b"C", Resume(b'C'), Refuse),
    starts(b"S", Resume(b'S'), Refuse),
    whole(b"?", Report, Refuse),
    starts(b"qSupported:", Hello, Answer),
    whole(b"qSupported", Hello, Answer),
    starts(b"qXfer:features:read:", Features, Answer),
    starts(b"qXfer:memory-map:read:", MemoryMap, Ignore),
    starts(b"qXfer:libraries:read:", Libraries, Ignore),
    starts(b"qXfer:osdata:read:", Table, Ignore),
    starts(b"qThreadExtraInfo,", Describe, Answer),
    whole(b"qfThreadInfo", First, Answer),
    whole(b"qsThreadInfo", Further, Answer),
    starts(b"qSearch:memory:", Search, Ignore),
    starts(b"qCRC:", Sum, Answer),
    whole(b"qC", Current, Answer),
    starts(b"qRcmd,", Monitor, Refuse),
    starts(b"qAttached", Attached, Answer),
    whole(b"vCont?", Actions, Ignore),
    // gdbstub takes anything that begins like this for a request to resume.
    starts(b"vCont", Unknown, Ignore),
    starts(b"qqemu.", Qemu, Ignore),
    starts(b"Qqemu.PhyMemMode:", SetPhysical, Refuse),
    whole(b"QThreadSuffixSupported", Suffixes, Ignore),
    whole(b"QEnableErrorStrings", ErrorStrings, Ignore),
    whole(b"jThreadsInfo", ThreadsInfo, Ignore),
    starts(b"qMemoryRegionInfo:", MemoryRegion, Ignore),
    starts(b"vMustReplyEmpty", Gdbstub, Refuse),
    starts(b"vRun", Run, Refuse),
    starts(b"R", Gdbstub, Refuse),
    starts(b"vKill", KillProcess, Refuse),
    whole(b"k", Kill, Refuse),
    starts(b"D;", Detach, Ignore),
    whole(b"D", Detach, Ignore),
    starts(b"", Gdbstub, Ignore),
];

/// Looks up the packet `body`.
pub(crate) fn classify(body: &[u8]) -> Packet {
    let mut all = PACKETS.iter();
    let unknown = whole(b"", Unknown, Ignore);
    // The last row matches everything.
    let row = all.find(|row| body.starts_with(row.start));
    let row = row.copied().unwrap_or(unknown);
    let is_longer = row.is_whole && row.start != body;
    if is_longer { Packet { handler: Unknown, ..row } } else { row }
}

impl Packet {
    /// Returns the rest of `body`, a packet of this kind, after its beginning.
    pub(super) fn rest(self, body: &[u8]) -> &[u8] {
        body.get(self.start.len()..).unwrap_or(&[])
    }
}

impl Handler {
    /// Returns whether a debugger waits for a stop after this packet.
    pub(crate) const fn resumes(self) -> bool {
        matches!(self, Resume(_) | Continue | Actions)
    }

    /// Returns whether this packet may name a task at its end; if so, whether
    /// it is about memory. `X` may not: its data could look like that.
    pub(super) const fn is_of_memory(self) -> Option<bool> {
        match self {
            Registers | Register | SetRegister | SetRegisters => Some(false),
            Read | ReadBinary | Write | SetPoint(_) | ClearPoint(_) => {
                Some(true)
            }
            _ => None,
        }
    }

    /// Returns whether a debugger may leave by this packet.
    pub(crate) const fn leaves(self) -> bool {
        matches!(self, Kill | KillProcess | Detach)
    }
}

#[cfg(test)]
mod tests;
