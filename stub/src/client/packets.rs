//! What a debugger's packets do.
//!
//! gdbstub answers what it answers well. What it does not know, or gives up
//! on, is answered here or put into words that it takes.

use super::debugger::Client;
use super::greeting::hello;
use super::reads::read;
use super::refusals::unknown;
use super::tasks::existing;
use crate::answers::{About, After};
use crate::embed::{Machine, Resume, Stop};
use crate::link::Reply;
use crate::protocol::{Refused, RegisterId};
use crate::requests::plan::Plan;
use crate::target::Debuggee;
use gdbstub::arch::RegId;
use wire::hex;
use wire::parts::cut;

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
        let result = if let Some(features) = hello(body) {
            self.open(features, debuggee, reply);
            Ok(After::Answered)
        } else if self.is_open {
            self.inside(body, about, debuggee, reply)
        } else {
            outside(body, reply)
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
