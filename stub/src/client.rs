//! The debugger at the other end: what its packets do.
//!
//! gdbstub answers what it answers well. What it does not know, or gives up
//! on, is answered here or put into words that it takes.

use crate::arch::RegisterId;
use crate::conditions::{Breakpoint, Conditions};
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
use core::fmt::Write;
use gdbstub::arch::RegId;
use layout::VirtAddr;
use wire::hex;
use wire::i386::general::{EAX, EBP, EFLAGS, EIP, ESP};
use wire::parts::cut;

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
    Resume,
    Actions,
    Current,
    First,
    Further,
}

/// How these packets begin.
static QUERIES: [(&[u8], Query); 12] = [
    (b"qXfer:features:read:", Query::Features),
    (b"qXfer:memory-map:read:", Query::MemoryMap),
    (b"qSearch:memory:", Query::Search),
    (b"qCRC:", Query::Sum),
    (b"qRcmd,", Query::Monitor),
    (b"qXfer:osdata:read:", Query::Tables),
    (b"qThreadExtraInfo,", Query::Describe),
    (b"vCont;", Query::Resume),
    (b"vCont?", Query::Actions),
    (b"qC", Query::Current),
    (b"qfThreadInfo", Query::First),
    (b"qsThreadInfo", Query::Further),
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
        let mut known = [false; KNOWN.len()];
        let mut rest = Some(features);
        while let Some(features) = rest {
            let (word, behind) = cut(features, b';');
            rest = behind;
            for (known, feature) in known.iter_mut().zip(&KNOWN) {
                *known |= word == *feature;
            }
        }
        let [swbreak, hwbreak, relocates, processes, messages] = known;
        self.knows_swbreak = swbreak;
        self.knows_hwbreak = hwbreak;
        self.is_gdb = relocates;
        self.has_processes = !relocates && processes;
        self.knows_messages = messages;
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
            [kind @ (b'c' | b's' | b'C' | b'S'), argument @ ..] => {
                self.resume(*kind, argument, debuggee)
            }
            b"g" | b"k" | b"D" => self.engine.answer(body, debuggee, reply),
            [b'D', b';', ..] => self.engine.answer(body, debuggee, reply),
            [b'g' | b'k' | b'?' | b'D', ..] => Ok(unknown(reply)),
            [b'H', kind, id @ ..] => {
                self.select(*kind, id, debuggee, reply).map(answered)
            }
            [b'T', id @ ..] => {
                existing(id, debuggee)?;
                reply.set_ok();
                Ok(After::Answered)
            }
            [b'm', range @ ..] => read(range, false, debuggee, reply),
            [b'M', write @ ..] if is_short(write) => Err(Refused::Invalid),
            [b'p' | b'P', number @ ..] if !is_register(number) => {
                Err(Refused::Invalid)
            }
            [b'x', range @ ..] => read(range, true, debuggee, reply),
            [b'Z', point @ ..] => self.set_point(point, debuggee, reply),
            [b'z', point @ ..] => self.clear_point(point, debuggee, reply),
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
            // These are the whole packet.
            Query::Actions | Query::Current | Query::First | Query::Further
                if !rest.is_empty() =>
            {
                reply.clear();
            }
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
            Query::Resume => {
                debuggee.go_on(rest)?;
                return Ok(After::Resumed);
            }
            Query::Actions => {
                reply.clear();
                reply.push_str("vCont;c;C;s;S;r");
            }
            Query::Current => {
                reply.clear();
                reply.push_str("QC");
                let task = debuggee.machine.current_task();
                self.write_id(task, reply);
            }
            Query::First => return Ok(self.list(0, debuggee, reply)),
            Query::Further => {
                return Ok(self.list(self.last_listed, debuggee, reply));
            }
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

    /// `c`, `s`, `C` and `S`.
    fn resume<M: Machine>(
        &self,
        kind: u8,
        argument: &[u8],
        debuggee: &mut Debuggee<M>,
    ) -> Result<After, Refused> {
        let stepped = match self.step_thread {
            Some(task) if kind == b's' => task,
            _ => debuggee.machine.current_task(),
        };
        debuggee.go_on_plainly(kind, argument, stepped)?;
        Ok(After::Resumed)
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

    /// `Z`: a breakpoint with its conditions and commands, or a watchpoint.
    fn set_point<M: Machine>(
        &mut self,
        point: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        let (point, text) = cut(point, b';');
        let Some(point) = Point::parse(point)? else {
            return Ok(unknown(reply));
        };
        let Point { kind, address, len_bytes } = point;
        if let Some(breakpoint) = point.breakpoint() {
            self.conditions.set(breakpoint, text)?;
        }
        let result = match kind {
            None => debuggee.set_breakpoint(address),
            Some(kind) => debuggee.set_hardware(kind, address, len_bytes),
        };
        if let (Err(_), Some(breakpoint)) = (result, point.breakpoint()) {
            self.conditions.remove(breakpoint);
        }
        reply.set_ok();
        result.map(|()| After::Answered)
    }

    /// `z`: takes out what `Z` has set.
    fn clear_point<M: Machine>(
        &mut self,
        point: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        let Some(point) = Point::parse(point)? else {
            return Ok(unknown(reply));
        };
        let Point { kind, address, len_bytes } = point;
        if let Some(breakpoint) = point.breakpoint() {
            self.conditions.remove(breakpoint);
        }
        let was_set = match kind {
            None => debuggee.clear_breakpoint(address),
            Some(kind) => debuggee.clear_hardware(kind, address, len_bytes),
        };
        reply.set_ok();
        was_set.then_some(After::Answered).ok_or(Refused::Invalid)
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

/// What a debugger may say of itself.
static KNOWN: [&[u8]; 5] = [
    b"swbreak+",
    b"hwbreak+",
    b"qRelocInsn+",
    b"multiprocess+",
    b"error-message+",
];

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
    let (range, digits) = cut(write, b':');
    let Some((_, len)) = hex::range(range) else { return true };
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    len.saturating_mul(2) != digits.map_or(0, <[u8]>::len)
}

/// Returns whether `number` is a register's: gdbstub answers as if it did
/// not know the packet.
fn is_register(number: &[u8]) -> bool {
    let number = hex::number(cut(number, b'=').0);
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

/// `m`, and `x`, which reads the same at half the length. A client that
/// probes `x` with nothing is told that it is there.
fn read<M: Machine>(
    range: &[u8],
    is_binary: bool,
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<After, Refused> {
    let (mut at, mut left) = hex::range(range).ok_or(Refused::Invalid)?;
    let behind = left.saturating_sub(1);
    at.checked_add(behind).ok_or(Refused::NoMemory)?;
    // A packet holds the most if nothing needs an escape.
    let most = if is_binary { PACKET_BYTES as u32 } else { MOST_READ };
    if left > most {
        return Err(Refused::Invalid);
    }
    let selected = debuggee.selected_task();
    let task = debuggee.machine.task(selected).ok_or(Refused::NoTask)?;
    reply.clear();
    if is_binary {
        reply.push(b'b');
    }
    let empty = reply.room();
    let mut chunk = [0; CHUNK];
    // Each byte may need an escape, or has two digits.
    while left > 0 && reply.room() >= 2 * CHUNK {
        let most = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let bytes = chunk.get_mut(..most).unwrap_or(&mut []);
        let place = Place::Linear(task.directory, VirtAddr(at));
        let (count, missing) = debuggee.read(place, bytes);
        for &byte in bytes.get(..count).unwrap_or(&[]) {
            if is_binary {
                reply.push_binary(byte);
            } else {
                reply.push_hex(byte);
            }
        }
        if missing.is_some() {
            if reply.room() == empty {
                return Err(Refused::NoMemory);
            }
            break;
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        left = left.saturating_sub(count);
        at = at.wrapping_add(count);
    }
    Ok(After::Answered)
}

/// What `Z` and `z` are about.
#[derive(Clone, Copy)]
struct Point {
    /// Which kind of debug register; none for a breakpoint in memory.
    kind: Option<Kind>,
    address: VirtAddr,
    len_bytes: u32,
}

impl Point {
    /// Reads the kind, the address and the length; none if there is no such
    /// kind.
    fn parse(text: &[u8]) -> Result<Option<Self>, Refused> {
        let (kind, range) = cut(text, b',');
        let kind = match kind {
            b"0" => None,
            b"1" => Some(Kind::Execute),
            b"2" => Some(Kind::Write),
            b"4" => Some(Kind::Access),
            // The processor has no watchpoint for reads alone. gdb takes
            // one for any access then, and sorts the hits.
            _ => return Ok(None),
        };
        let range = range.and_then(hex::range).ok_or(Refused::Invalid)?;
        let (address, mut len_bytes) = range;
        if kind == Some(Kind::Execute) {
            // A breakpoint's is what stands for `int3`.
            len_bytes = 1;
        }
        let address = VirtAddr(address);
        Ok(Some(Self { kind, address, len_bytes }))
    }

    /// Returns which breakpoint it is, if it is one.
    fn breakpoint(self) -> Option<Breakpoint> {
        let is_hardware = self.kind.is_some();
        let is_it = matches!(self.kind, None | Some(Kind::Execute));
        is_it.then_some((is_hardware, self.address))
    }
}

fn describe<M: Machine>(
    id: &[u8],
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let id = existing(id, debuggee)?;
    reply.clear();
    // What is too long for gdb's line is cut.
    let _ = debuggee.machine.describe_task(id, &mut Hex { left: 120, reply });
    Ok(())
}

/// Returns the id of the task that a packet names.
fn existing<M: Machine>(
    id: &[u8],
    debuggee: &mut Debuggee<M>,
) -> Result<u32, Refused> {
    let Some(ThreadId::Task(id)) = ThreadId::parse(id) else {
        return Err(Refused::Invalid);
    };
    debuggee.machine.task(id).map(|task| task.id).ok_or(Refused::NoTask)
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
    VirtAddr(debuggee.general(task, EIP).unwrap_or(0))
}
