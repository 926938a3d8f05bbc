//! The debugger at the other end: what its packets do.
//!
//! gdbstub answers what it answers well. What it does not know, or gives up
//! on, is answered here or put into words that it takes.

use crate::arch::RegisterId;
use crate::conditions::Conditions;
use crate::debuggee::{Debuggee, Refused};
use crate::embed::{Machine, Resume, Stop};
use crate::engine::{After, Engine};
use crate::features;
use crate::find::Scan;
use crate::hardware::Kind;
use crate::ids::ThreadId;
use crate::live::About;
use crate::memory::Place;
use crate::monitor::{self, Said};
use crate::osdata::{self, Reader};
use crate::reply::{PACKET_BYTES, Reply};
use crate::resume::Plan;
use crate::stop::{Stopped, signal};
use crate::tables::Document;
use crate::text::Text;
use core::fmt::Write;
use gdbstub::arch::RegId;
use layout::VirtAddr;
use wire::hex;
use wire::i386::general::{EAX, EBP, EFLAGS, EIP, ESP};

/// What gdbstub does not answer, or not well.
#[derive(Clone, Copy)]
enum Query {
    Features,
    MemoryMap,
    Search,
    Sum,
    Monitor,
    Tables,
    Describe,
}

/// How these packets begin.
const QUERIES: [(&[u8], Query); 7] = [
    (b"qXfer:features:read:", Query::Features),
    (b"qXfer:memory-map:read:", Query::MemoryMap),
    (b"qSearch:memory:", Query::Search),
    (b"qCRC:", Query::Sum),
    (b"qRcmd,", Query::Monitor),
    (b"qXfer:osdata:read:", Query::Tables),
    (b"qThreadExtraInfo,", Query::Describe),
];

/// A debugger, from its `qSupported` to its farewell.
#[derive(Debug)]
pub(crate) struct Client {
    engine: Engine,
    /// Whether it has come and not gone.
    pub(crate) is_open: bool,
    /// Why the system is stopped; none while it runs.
    pub(crate) stop: Option<Stopped>,
    knows_swbreak: bool,
    knows_hwbreak: bool,
    /// Whether it is gdb: nobody else relocates instructions.
    is_gdb: bool,
    /// Whether ids are `p1.2`. lldb's `kill` needs that. All that it would
    /// bring gdb is three bytes before each id, some in every packet of a
    /// step.
    has_processes: bool,
    /// Whether it takes the reason of an error for every packet.
    knows_messages: bool,
    step_thread: Option<u32>,
    last_listed: u32,
    /// The conditions and commands of breakpoints.
    pub(crate) conditions: Conditions,
    osdata: Option<Reader>,
    /// The table that is being printed on the console.
    printed: Option<Document>,
    /// The look through memory that is under way.
    scan: Option<Scan>,
}

/// What a packet has led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// There is a reply to send.
    Reply,
    /// The system is to go on, and the debugger waits for its next stop.
    Resume(Resume),
    /// The debugger has gone, after this reply.
    LeaveWithReply,
    /// The debugger has gone.
    Leave,
    /// The machine is to start anew, after `OK`.
    Reset,
    /// The reply is made bit by bit; see [`Client::work`].
    Later,
}

impl Client {
    /// Returns no debugger yet.
    pub(crate) const fn new() -> Self {
        Self {
            engine: Engine::new(),
            is_open: false,
            stop: None,
            knows_swbreak: false,
            knows_hwbreak: false,
            is_gdb: false,
            has_processes: false,
            knows_messages: false,
            step_thread: None,
            last_listed: 0,
            osdata: None,
            printed: None,
            scan: None,
            conditions: Conditions::new(),
        }
    }

    /// Does what the packet `body` asks for.
    pub(crate) fn packet<M: Machine>(
        &mut self,
        body: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Outcome {
        self.printed = None;
        self.scan = None;
        debuggee.refused = None;
        let result = if let Some(features) = hello(body) {
            self.open(features, debuggee, reply);
            Ok(After::Answered)
        } else if self.is_open {
            self.inside(body, about, debuggee, reply)
        } else {
            outside(body, reply)
        };
        let result = match (result, debuggee.refused) {
            (Ok(After::Answered), Some(refused)) => Err(refused),
            (result, _) => result,
        };
        match result {
            Ok(After::Answered) => Outcome::Reply,
            Ok(After::Later) => Outcome::Later,
            Ok(After::Resumed) => {
                // Its next piece would be of another moment.
                self.osdata = None;
                Outcome::Resume(self.resumption(debuggee))
            }
            Ok(After::Detached) => {
                self.close(debuggee);
                Outcome::LeaveWithReply
            }
            Ok(After::Reset) => {
                self.close(debuggee);
                Outcome::Reset
            }
            Ok(After::Killed) => {
                self.close(debuggee);
                if body != b"k" {
                    reply.set_ok();
                } else if self.is_gdb {
                    // It is off already.
                    return Outcome::Leave;
                } else {
                    // lldb waits for the end of what it has killed.
                    reply.clear();
                    reply.push_str("X09");
                }
                Outcome::LeaveWithReply
            }
            Err(refused) => {
                self.tell(body, refused, debuggee, reply);
                Outcome::Reply
            }
        }
    }

    /// Tells why `body` is refused, as far as the debugger takes it.
    fn tell<M: Machine>(
        &self,
        body: &[u8],
        refused: Refused,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
        debuggee.refused_last = Some(refused);
        if self.knows_messages || takes_text(body) {
            reply.clear();
            // A reply takes all.
            let _ = write!(reply, "E.{refused}");
        } else {
            reply.set_error(refused.code());
        }
    }

    /// Writes the stop into `reply`, for a debugger that waits for it.
    pub(crate) fn report<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        let stopped = self.stop.ok_or(Refused::Invalid)?;
        debuggee.selected = Some(stopped.task);
        reply.clear();
        reply.push(b'T');
        reply.push_hex(signal(stopped.reason).0);
        reply.push_str("thread:");
        // gdb has no thread 0.
        self.write_id(stopped.task.max(1), reply);
        reply.push(b';');
        self.write_reason(&stopped, reply);
        let values = debuggee.machine.general_registers(stopped.task);
        for index in EXPEDITED {
            let value = values.as_ref().and_then(|all| all.get(index));
            let Some(value) = value else { continue };
            reply.push_hex(index as u8);
            reply.push(b':');
            value.to_le_bytes().iter().for_each(|byte| reply.push_hex(*byte));
            reply.push(b';');
        }
        Ok(())
    }

    /// Adds which breakpoint or watchpoint it was, as far as the debugger
    /// takes it.
    fn write_reason(&self, stopped: &Stopped, reply: &mut Reply) {
        let kind = match stopped.hit.map(|hit| hit.kind) {
            Some(Kind::Write) => "watch",
            Some(Kind::Access) => "awatch",
            Some(Kind::Execute) if self.knows_hwbreak => "hwbreak",
            None if stopped.planted && self.knows_swbreak => "swbreak",
            _ => return,
        };
        reply.push_str(kind);
        reply.push(b':');
        if let Some(hit) = stopped.hit
            && hit.kind != Kind::Execute
        {
            reply.push_number(hit.address.0);
        }
        reply.push(b';');
    }

    /// A debugger has come, perhaps after one that went without a word.
    pub(crate) fn open<M: Machine>(
        &mut self,
        features: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
        self.forget(debuggee);
        debuggee.protects = true;
        debuggee.refused_last = None;
        self.osdata = None;
        let knows = |feature: &[u8]| {
            features.split(|byte| *byte == b';').any(|word| word == feature)
        };
        self.knows_swbreak = knows(b"swbreak+");
        self.knows_hwbreak = knows(b"hwbreak+");
        self.is_gdb = knows(b"qRelocInsn+");
        self.has_processes = !self.is_gdb && knows(b"multiprocess+");
        self.knows_messages = knows(b"error-message+");
        self.step_thread = None;
        self.is_open = true;
        reply.clear();
        reply.push_str("PacketSize=");
        reply.push_number(PACKET_BYTES as u32);
        reply.push_str(OFFERED);
        if self.knows_messages {
            reply.push_str(";error-message+");
        }
        if self.has_processes {
            reply.push_str(";multiprocess+");
        }
    }

    /// The debugger has gone, or seems to have.
    pub(crate) fn close<M: Machine>(&mut self, debuggee: &mut Debuggee<M>) {
        self.forget(debuggee);
        self.is_open = false;
    }

    fn forget<M: Machine>(&mut self, debuggee: &mut Debuggee<M>) {
        debuggee.forget_breakpoints();
        debuggee.forget_hardware();
        self.conditions.clear();
        debuggee.selected = None;
        debuggee.plan = Plan::new();
        debuggee.passed = None;
    }

    /// Answers within a session.
    pub(crate) fn inside<M: Machine>(
        &mut self,
        body: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        let answered = |()| After::Answered;
        match body {
            b"?" => self.report(debuggee, reply).map(answered),
            b"qC" => {
                reply.clear();
                reply.push_str("QC");
                let task = debuggee.machine.current_task();
                self.write_id(task, reply);
                Ok(After::Answered)
            }
            b"qfThreadInfo" => Ok(self.list(0, debuggee, reply)),
            b"qsThreadInfo" => Ok(self.list(self.last_listed, debuggee, reply)),
            b"c" | b"s" => self.plain_resume(body, debuggee, reply),
            [b'C' | b'S', ..] => self.plain_signal(body, debuggee, reply),
            b"g" | b"k" | b"D" => self.engine.answer(body, debuggee, reply),
            [b'D', b';', ..] => self.engine.answer(body, debuggee, reply),
            [b'c' | b's' | b'g' | b'k' | b'?' | b'D', ..] => Ok(unknown(reply)),
            [b'H', kind, id @ ..] => {
                self.select(*kind, id, debuggee, reply).map(answered)
            }
            [b'm', range @ ..] => self.read(range, debuggee, reply),
            [b'M', write @ ..] if is_short(write) => Err(Refused::Invalid),
            [b'p' | b'P', number @ ..] if !is_register(number) => {
                Err(Refused::Invalid)
            }
            [b'x', range @ ..] => {
                read_binary(range, debuggee, reply).map(answered)
            }
            // The processor has no watchpoint for reads alone. gdb takes
            // one for any access then, and sorts the hits.
            [b'Z' | b'z', b'3', ..] => Ok(unknown(reply)),
            [b'Z' | b'z', kind @ (b'0' | b'1'), b',', ..] => {
                self.breakpoint(*kind, body, debuggee, reply)
            }
            _ => self.query(body, about, debuggee, reply),
        }
    }

    fn query<M: Machine>(
        &mut self,
        body: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        let asked = QUERIES.iter().find_map(|(name, query)| {
            Some((*query, body.strip_prefix(*name)?))
        });
        let Some((query, rest)) = asked else {
            return self.engine.answer(body, debuggee, reply);
        };
        match query {
            Query::Features => features::answer(rest, self.is_gdb, reply)?,
            Query::MemoryMap => features::memory_map(rest, reply)?,
            Query::Search => {
                let buffer = self.engine.buffer();
                self.scan = Some(Scan::search(rest, debuggee, buffer)?);
                return Ok(After::Later);
            }
            Query::Sum => {
                self.scan = Some(Scan::sum(rest, debuggee)?);
                return Ok(After::Later);
            }
            Query::Monitor => {
                return self.monitor(rest, about, debuggee, reply);
            }
            Query::Tables => {
                osdata::answer(rest, &mut self.osdata, debuggee, reply)?;
            }
            Query::Describe => describe(rest, debuggee, reply)?,
        }
        Ok(After::Answered)
    }

    fn monitor<M: Machine>(
        &mut self,
        words: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        match monitor::answer(words, debuggee, about, reply)? {
            Said::Answered => Ok(After::Answered),
            Said::Reset => Ok(After::Reset),
            Said::Table(listing, task) => {
                let task = task.unwrap_or_else(|| debuggee.selected_task());
                let document = Document::lines(listing, task, debuggee);
                self.printed = Some(document);
                Ok(After::Later)
            }
        }
    }

    /// Returns whether there is work that [`Client::work`] goes on with.
    pub(crate) const fn has_work(&self) -> bool {
        self.printed.is_some() || self.scan.is_some()
    }

    /// Does a bit of what the last packet has asked for. Returns whether
    /// there is something to send: text for the console, or the reply.
    pub(crate) fn work<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> bool {
        if let Some(document) = &mut self.printed {
            if document.cursor.is_end() {
                self.printed = None;
                reply.set_ok();
            } else {
                reply.console();
                document.piece(usize::MAX, debuggee, reply);
            }
            return true;
        }
        let Some(scan) = &mut self.scan else { return false };
        let done = scan.work(debuggee, self.engine.buffer(), reply);
        let done = done.unwrap_or_else(|refused| {
            self.tell(b"", refused, debuggee, reply);
            true
        });
        if done {
            self.scan = None;
        }
        done
    }

    /// Ends the work, as the debugger wants. Returns whether there was any,
    /// and so a reply to send.
    pub(crate) fn interrupt(&mut self, reply: &mut Reply) -> bool {
        if self.printed.take().is_some() {
            reply.set_ok();
        } else if self.scan.take().is_some() {
            reply.set_error(Refused::TooMuch.code());
        } else {
            return false;
        }
        true
    }

    /// Forgets the work, on which the stub has faulted. Returns whether there
    /// was any.
    pub(crate) fn give_up(&mut self) -> bool {
        let is_printed = self.printed.take().is_some();
        self.scan.take().is_some() || is_printed
    }

    /// `c` and `s`: gdbstub takes them for one thread only.
    fn plain_resume<M: Machine>(
        &mut self,
        body: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        if body == b"c" {
            return self.engine.answer(b"vCont;c", debuggee, reply);
        }
        let task = match self.step_thread {
            Some(task) => task,
            None => debuggee.machine.current_task(),
        };
        let mut packet = Text::<32>::new();
        // An id has at most eight digits.
        let _ = write!(packet, "vCont;s:{task:x}");
        self.engine.answer(packet.as_bytes(), debuggee, reply)
    }

    /// `C` and `S`, which gdbstub does not know. The signal is for the
    /// task that stopped.
    fn plain_signal<M: Machine>(
        &mut self,
        body: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        let [kind, high, low] = *body else { return Ok(unknown(reply)) };
        let signal = hex::byte(high, low).ok_or(Refused::Invalid)?;
        let task = debuggee.machine.current_task();
        let mut packet = Text::<32>::new();
        let kind = char::from(kind);
        // Two digits and at most eight.
        let _ = write!(packet, "vCont;{kind}{signal:02x}:{task:x};c");
        self.engine.answer(packet.as_bytes(), debuggee, reply)
    }

    fn select<M: Machine>(
        &mut self,
        kind: u8,
        id: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        let task = match ThreadId::parse(id).ok_or(Refused::Invalid)? {
            ThreadId::Any => None,
            ThreadId::Task(id) => {
                debuggee.machine.task(id).ok_or(Refused::NoTask)?;
                Some(id)
            }
        };
        match kind {
            b'g' => debuggee.selected = task,
            b'c' => self.step_thread = task,
            _ => return Err(Refused::Invalid),
        }
        reply.set_ok();
        Ok(())
    }

    /// `m`, made safe for gdbstub: it fails on addresses of 64 bits, wraps
    /// around, and cuts long answers into pieces that do not join.
    fn read<M: Machine>(
        &mut self,
        range: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        let (address, len) = hex::range(range).ok_or(Refused::Invalid)?;
        let Some(behind) = len.checked_sub(1) else {
            return Ok(unknown(reply));
        };
        address.checked_add(behind).ok_or(Refused::NoMemory)?;
        if len > MOST_READ {
            return Err(Refused::Invalid);
        }
        let mut packet = Text::<32>::new();
        // Twice at most eight digits.
        let _ = write!(packet, "m{address:x},{len:x}");
        self.engine.answer(packet.as_bytes(), debuggee, reply)
    }

    /// `Z0`, `Z1` and their opposites: gdbstub knows nothing of conditions
    /// and commands.
    fn breakpoint<M: Machine>(
        &mut self,
        kind: u8,
        body: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        let end = body.iter().position(|byte| *byte == b';');
        let end = end.unwrap_or(body.len());
        let (packet, text) = body.split_at_checked(end).unwrap_or((body, &[]));
        let mut parts = packet.split(|byte| *byte == b',');
        let address = parts.nth(1).and_then(hex::number);
        let address = VirtAddr(address.ok_or(Refused::Invalid)?);
        let breakpoint = (kind == b'1', address);
        self.conditions.set(breakpoint, text)?;
        let result = self.engine.answer(packet, debuggee, reply);
        if reply.body() != b"OK" {
            self.conditions.remove(breakpoint);
        }
        result
    }

    /// Lists tasks in the order of their ids, as many as fit in a reply: so
    /// gdb, which counts what it is told, gives them the same numbers.
    fn list<M: Machine>(
        &mut self,
        after: u32,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> After {
        reply.clear();
        let mut last = after;
        while reply.room() > LONGEST_ID
            && let Some(id) = debuggee.task_after(last)
        {
            last = id;
            reply.push(if reply.body().is_empty() { b'm' } else { b',' });
            self.write_id(id, reply);
        }
        self.last_listed = last;
        if reply.body().is_empty() {
            reply.push(b'l');
        }
        After::Answered
    }

    fn write_id(&self, task: u32, reply: &mut Reply) {
        if self.has_processes {
            reply.push_str("p1.");
        }
        reply.push_number(task);
    }

    fn resumption<M: Machine>(&self, debuggee: &Debuggee<M>) -> Resume {
        let fault = self.stop.is_some_and(|stopped| {
            matches!(stopped.reason, Stop::Fault { .. })
        });
        let Plan { step, only, signalled, .. } = debuggee.plan;
        Resume { step, only, deliver_fault: fault && signalled }
    }
}

/// What is offered to everyone besides.
const OFFERED: &str = ";vContSupported+;swbreak+;hwbreak+;\
    qXfer:features:read+;qXfer:osdata:read+;qXfer:memory-map:read+;\
    binary-upload+;ConditionalBreakpoints+;BreakpointCommands+";

/// Returns whether gdb before 16 prints the text of an error that this
/// packet leads to. Where it does not it may take the text for data.
const fn takes_text(body: &[u8]) -> bool {
    matches!(body, [b'c' | b's' | b'C' | b'S' | b'P' | b'G', ..])
        || matches!(body, [b'v', b'C', ..])
}

/// The registers with which gdb can show where a task is, and `finish` its
/// value, without asking again.
const EXPEDITED: [usize; 5] = [EAX, ESP, EBP, EIP, EFLAGS];

/// The most that one `m` reads: two digits a byte fill a reply.
const MOST_READ: u32 = PACKET_BYTES as u32 / 2;

/// The longest `,p1.ffffffff`.
const LONGEST_ID: usize = 12;

/// Returns whether what follows `M` has another number of bytes than it
/// says: gdbstub writes those that there are.
fn is_short(write: &[u8]) -> bool {
    let mut parts = write.splitn(2, |byte| *byte == b':');
    let range = parts.next().and_then(hex::range);
    let digits = parts.next().map_or(0, <[u8]>::len);
    let len = match range {
        Some((_, len)) => usize::try_from(len).unwrap_or(usize::MAX),
        _ => return true,
    };
    len.saturating_mul(2) != digits
}

/// Returns whether `number` is a register's: gdbstub answers as if it did
/// not know the packet.
fn is_register(number: &[u8]) -> bool {
    let number = number.split(|byte| *byte == b'=').next();
    let number = number.and_then(hex::number);
    let number = number.and_then(|id| id.try_into().ok());
    number.is_some_and(|id| RegisterId::from_raw_id(id).is_some())
}

/// Returns the features that `qSupported` names, if `body` is that.
pub(crate) fn hello(body: &[u8]) -> Option<&[u8]> {
    match body.strip_prefix(b"qSupported")? {
        [] => Some(&[]),
        rest => rest.strip_prefix(b":"),
    }
}

/// Answers before a session: nothing is offered, nothing is stopped.
fn outside(body: &[u8], reply: &mut Reply) -> Result<After, Refused> {
    if body == b"?" {
        return Err(Refused::StubCode);
    }
    Ok(unknown(reply))
}

fn unknown(reply: &mut Reply) -> After {
    reply.clear();
    After::Answered
}

/// Bytes that are read at one go.
const CHUNK: usize = 64;

/// `x`: what `m` reads, at half the length. A client that probes it with
/// nothing is told that it is there.
fn read_binary<M: Machine>(
    range: &[u8],
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let (mut at, mut left) = hex::range(range).ok_or(Refused::Invalid)?;
    let behind = left.saturating_sub(1);
    at.checked_add(behind).ok_or(Refused::NoMemory)?;
    // A packet holds the most if nothing needs an escape.
    if left > PACKET_BYTES as u32 {
        return Err(Refused::Invalid);
    }
    let selected = debuggee.selected_task();
    let task = debuggee.machine.task(selected).ok_or(Refused::NoTask)?;
    reply.clear();
    reply.push(b'b');
    let mut chunk = [0; CHUNK];
    // Each byte may need an escape.
    while left > 0 && reply.room() >= 2 * CHUNK {
        let most = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let bytes = chunk.get_mut(..most).unwrap_or(&mut []);
        let place = Place::Linear(task.directory, VirtAddr(at));
        let (count, missing) = debuggee.read(place, bytes);
        for &byte in bytes.get(..count).unwrap_or(&[]) {
            reply.push_binary(byte);
        }
        if missing.is_some() {
            return match reply.body() {
                [_] => Err(Refused::NoMemory),
                _ => Ok(()),
            };
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        left = left.saturating_sub(count);
        at = at.wrapping_add(count);
    }
    Ok(())
}

fn describe<M: Machine>(
    id: &[u8],
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let Some(ThreadId::Task(id)) = ThreadId::parse(id) else {
        return Err(Refused::Invalid);
    };
    debuggee.machine.task(id).ok_or(Refused::NoTask)?;
    reply.clear();
    // What is too long for gdb's line is cut.
    let _ = debuggee.machine.describe_task(id, &mut Hex { left: 120, reply });
    Ok(())
}

/// Writes text as digits.
struct Hex<'r> {
    left: usize,
    reply: &'r mut Reply,
}

impl Write for Hex<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            self.left = self.left.checked_sub(1).ok_or(core::fmt::Error)?;
            self.reply.push_hex(byte);
        }
        Ok(())
    }
}

/// Returns where `debuggee`'s current task is.
pub(crate) fn eip<M: Machine>(
    debuggee: &mut Debuggee<M>,
    task: u32,
) -> VirtAddr {
    let all = debuggee.machine.general_registers(task);
    let eip = all.and_then(|all| all.get(EIP).copied());
    VirtAddr(eip.unwrap_or(0))
}
