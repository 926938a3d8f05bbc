//! The debugger at the other end: what its packets do.
//!
//! gdbstub answers what it answers well. What it does not know, or gives up
//! on, is answered here or put into words that it takes.

mod greeting;
mod later;
mod points;
mod queries;
mod reads;
mod stops;
mod tasks;

pub(crate) use greeting::hello;

use crate::arch::RegisterId;
use crate::conditions::Conditions;
use crate::debuggee::Debuggee;
use crate::embed::{Machine, Resume, Stop};
use crate::engine::{After, Engine};
use crate::find::Scan;
use crate::live::About;
use crate::osdata::{Asked, Reader};
use crate::plan::Plan;
use crate::refused::Refused;
use crate::reply::Reply;
use crate::stop::Stopped;
use crate::tables::Document;
use core::fmt::Write;
use gdbstub::arch::RegId;
use reads::read;
use tasks::existing;
use wire::hex;
use wire::parts::cut;

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
    /// The piece of it that is asked for.
    asked: Option<Asked>,
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
            asked: None,
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
        self.asked = None;
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
                debuggee.forget_deleted();
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

    fn resumption<M: Machine>(&self, debuggee: &Debuggee<M>) -> Resume {
        let fault = self.stop.is_some_and(|stopped| {
            matches!(stopped.reason, Stop::Fault { .. })
        });
        let Plan { step, only, signalled, .. } = debuggee.plan;
        Resume { step, only, deliver_fault: fault && signalled }
    }
}

/// Returns whether gdb before 16 prints the text of an error that this
/// packet leads to. Where it does not it may take the text for data.
const fn takes_text(body: &[u8]) -> bool {
    matches!(body, [b'c' | b's' | b'C' | b'S' | b'P' | b'G', ..])
        || matches!(body, [b'v', b'C', ..])
}

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
