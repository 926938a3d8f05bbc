//! Handles a debugger's packets.
//!
//! gdbstub answers those that it handles well. Those that it doesn't know, or
//! gives up on, are answered here or rewritten into ones that it accepts.

use super::checks::check;
use super::classify::{Handler, Packet};
use super::debugger::Client;
use super::reads::read;
use super::tasks::exists;
use crate::answers::{About, Outcome, Scan, Work, features, osdata};
use crate::built_in::{MONITOR, SEARCH, TABLES};
use crate::embed::{Machine, Resume, Stop};
use crate::link::Reply;
use crate::monitor;
use crate::protocol::Refused;
use crate::requests::plan::Plan;
use crate::target::Debuggee;

impl Client {
    /// Handles the packet `body`.
    pub(crate) fn packet<M: Machine>(
        &mut self,
        packet: Packet,
        body: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Outcome {
        self.work = None;
        let result = match packet.handler {
            Handler::Hello => {
                self.open(packet.rest(body), debuggee, reply);
                Ok(Outcome::Reply)
            }
            _ if self.is_open => {
                self.inside(packet, body, about, debuggee, reply)
            }
            // Before a session there is no stop to report.
            Handler::Report => Err(Refused::StubCode),
            _ => {
                reply.clear();
                Ok(Outcome::Reply)
            }
        };
        result.unwrap_or_else(|refused| {
            self.tell(packet.handler, refused, debuggee, reply);
            Outcome::Reply
        })
    }

    /// Answers a packet within a session.
    pub(super) fn inside<M: Machine>(
        &mut self,
        packet: Packet,
        body: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<Outcome, Refused> {
        let rest = packet.rest(body);
        match packet.handler {
            Handler::Report => self.report(debuggee, reply)?,
            Handler::Resume(kind) => {
                self.go_on_plainly(kind, rest, debuggee, reply)?;
                return Ok(self.resumed(debuggee));
            }
            Handler::Continue => {
                self.go_on(rest, body, debuggee, reply)?;
                return Ok(self.resumed(debuggee));
            }
            Handler::Select => self.select(rest, debuggee, reply)?,
            Handler::Read => read(rest, false, debuggee, reply)?,
            Handler::ReadBinary => read(rest, true, debuggee, reply)?,
            Handler::SetPoint(place) => {
                self.set_point(place, rest, body, debuggee, reply)?;
            }
            Handler::ClearPoint(place) => {
                self.clear_point(place, rest, body, debuggee, reply)?;
            }
            Handler::Features => features::answer(rest, self.is_gdb, reply)?,
            Handler::MemoryMap => {
                let regions = debuggee.machine.regions();
                features::memory_map(rest, regions, reply)?;
            }
            Handler::Table if TABLES => {
                let reader = self.osdata.as_ref();
                if let Some(asked) = osdata::asked(rest, reader, debuggee)? {
                    return Ok(Outcome::Later(Work::Piece(asked)));
                }
                // This tells gdb that there is no such table.
                reply.clear();
                reply.push(b'l');
            }
            Handler::Search if SEARCH => {
                let buffer = self.engine.buffer();
                let scan = Scan::search(rest, debuggee, buffer)?;
                return Ok(Outcome::Later(Work::Scan(scan)));
            }
            Handler::Sum if SEARCH => {
                let scan = Scan::sum(rest, debuggee)?;
                return Ok(Outcome::Later(Work::Scan(scan)));
            }
            Handler::Monitor if MONITOR => {
                let outcome = monitor::answer(rest, debuggee, about, reply)?;
                if matches!(outcome, Outcome::Reset) {
                    self.close(debuggee);
                }
                return Ok(outcome);
            }
            Handler::Current => self.current(debuggee, reply),
            Handler::First => self.list(0, debuggee, reply),
            Handler::Further => self.list(self.last_listed, debuggee, reply),
            Handler::Describe => {
                exists(rest, debuggee)?;
                self.engine.answer(body, debuggee, reply)?;
            }
            Handler::Write
            | Handler::WriteBinary
            | Handler::Register
            | Handler::SetRegister
            | Handler::SetRegisters => {
                check(packet.handler, rest)?;
                self.engine.answer(body, debuggee, reply)?;
            }
            Handler::Actions | Handler::Gdbstub => {
                self.engine.answer(body, debuggee, reply)?;
            }
            Handler::Kill | Handler::KillProcess | Handler::Detach => {
                let leaves = self.engine.answer(body, debuggee, reply)?;
                if leaves.is_some() {
                    return Ok(self.leave(packet.handler, debuggee, reply));
                }
            }
            // The first was answered earlier; the others are not built in.
            Handler::Hello
            | Handler::Table
            | Handler::Search
            | Handler::Sum
            | Handler::Monitor
            | Handler::Unknown => reply.clear(),
        }
        Ok(Outcome::Reply)
    }

    /// Resumes the system as planned.
    fn resumed<M: Machine>(&mut self, debuggee: &mut Debuggee<M>) -> Outcome {
        // The next piece of a table would be from another moment.
        self.osdata = None;
        debuggee.forget_deleted();
        let fault = self.stop.is_some_and(|stopped| {
            matches!(stopped.reason, Stop::Fault { .. })
        });
        let Plan { step, only, signalled, .. } = debuggee.plan;
        let deliver_fault = fault && signalled;
        Outcome::Resume(Resume { step, only, deliver_fault })
    }

    /// Closes the session because the debugger leaves.
    fn leave<M: Machine>(
        &mut self,
        handler: Handler,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Outcome {
        self.close(debuggee);
        let is_kill = handler == Handler::Kill;
        if is_kill && !self.is_gdb {
            // lldb waits for the killed process to end.
            reply.clear();
            reply.push_str("X09");
        } else {
            reply.set_ok();
        }
        // gdb has gone already.
        Outcome::Leave { with_reply: !(is_kill && self.is_gdb) }
    }
}
