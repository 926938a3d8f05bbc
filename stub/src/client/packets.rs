//! Handles a debugger's packets.
//!
//! gdbstub answers those that it handles well. Those that it doesn't know, or
//! gives up on, are answered here or rewritten into ones that it accepts.

use super::checks::check;
use super::classify::{Handler, Inspect, Packet};
use super::exchange::Exchange;
use crate::answers::libraries;
use crate::answers::{
    About, Outcome, Scan, Work, features, memory_region, osdata,
};
use crate::built_in::{MONITOR, SEARCH, TABLES};
use crate::embed::{Machine, Resume, Stop};
use crate::monitor;
use crate::protocol::Refused;
use crate::requests::plan::Plan;
use wire::hex;

/// The reply to a debugger that may only look and asks for more.
const REFUSAL: &str = "E.debug-access=inspect: only host-cli may look here";

impl<M: Machine> Exchange<'_, M> {
    /// Handles the packet `body`.
    pub(crate) fn packet(
        &mut self,
        packet: Packet,
        body: &[u8],
        about: &About,
    ) -> Outcome {
        self.client.work = None;
        let result = match packet.handler {
            Handler::Hello => {
                self.open(packet.rest(body));
                Ok(Outcome::Reply)
            }
            _ if self.client.is_open => self.inside(packet, body, about),
            // Before a session there is no stop to report.
            Handler::Report => Err(Refused::StubCode),
            Handler::Run => Err(Refused::Unsupported),
            Handler::Attached => self.gdbstub(body).map(|_| Outcome::Reply),
            _ => {
                self.reply.clear();
                Ok(Outcome::Reply)
            }
        };
        result.unwrap_or_else(|refused| {
            self.refuse(packet.handler, refused);
            Outcome::Reply
        })
    }

    /// Answers a packet of a debugger that may only look. It is answered while
    /// the system runs, and can't stop it.
    pub(crate) fn inspect(
        &mut self,
        packet: Packet,
        body: &[u8],
        about: &About,
    ) {
        let result = match (packet.handler, packet.inspect) {
            (Handler::Hello, _) => {
                self.open(packet.rest(body));
                self.client.is_open = false;
                return;
            }
            (Handler::Detach, _) => return self.reply.set("OK"),
            (_, Inspect::Answer) => self.inside(packet, body, about),
            (_, Inspect::Refuse) => return self.reply.set(REFUSAL),
            (_, Inspect::Ignore) => return self.reply.clear(),
        };
        match result {
            Ok(Outcome::Reply) => {}
            // Nothing here would continue work that needs more than one slice.
            Ok(_) => self.reply.set_error(Refused::Unsupported),
            Err(refused) => self.reply.set_error(refused),
        }
    }

    /// Answers a packet within a session.
    fn inside(
        &mut self,
        packet: Packet,
        body: &[u8],
        about: &About,
    ) -> Result<Outcome, Refused> {
        self.apply_pin();
        let body = match packet.handler.is_of_memory() {
            Some(is_of_memory) => self.cut_thread(body, is_of_memory)?,
            None => body,
        };
        let rest = packet.rest(body);
        let Self { client, debuggee, reply } = self;
        match packet.handler {
            Handler::Report => self.report()?,
            Handler::Resume(_) | Handler::Continue => {
                return self.resume(packet.handler, rest, body);
            }
            Handler::Select => self.select(rest)?,
            Handler::Read => self.read(rest, false)?,
            Handler::ReadBinary => self.read(rest, true)?,
            Handler::SetPoint(place) => self.set_point(place, rest, body)?,
            Handler::ClearPoint(place) => {
                self.clear_point(place, rest, body)?
            }
            Handler::Features => {
                let id = debuggee.selected_task();
                let has_sse = debuggee.machine.sse_registers(id).is_some();
                features::answer(rest, client.is_gdb, has_sse, reply)?;
            }
            Handler::MemoryMap => {
                features::memory_map(rest, debuggee.machine.regions(), reply)?;
            }
            Handler::Libraries if TABLES => {
                libraries::answer(rest, client.is_gdb, debuggee, reply)?;
            }
            Handler::Table if TABLES => {
                let reader = client.osdata.as_ref();
                if let Some(request) = osdata::parse(rest, reader, debuggee)? {
                    return Ok(Outcome::Later(Work::Piece(request)));
                }
                // This tells gdb that there is no such table.
                reply.set("l");
            }
            Handler::Search if SEARCH => {
                let buffer = client.engine.buffer();
                let scan = Scan::search(rest, debuggee, buffer)?;
                return Ok(Outcome::Later(Work::Scan(scan)));
            }
            Handler::Sum if SEARCH => {
                let scan = Scan::sum(rest, debuggee)?;
                return Ok(Outcome::Later(Work::Scan(scan)));
            }
            Handler::Monitor if MONITOR => {
                // lldb shows a reply's digits as they are.
                let prefix = if client.pin.is_needed { "O" } else { "" };
                reply.set(prefix);
                let outcome = monitor::answer(rest, debuggee, about, reply)?;
                match outcome {
                    Outcome::Reset => client.close(debuggee),
                    Outcome::Pin(task) => client.pin.next = Some(task),
                    Outcome::Reply => {}
                    _ => return Ok(outcome),
                }
                if client.pin.is_needed {
                    client.work = Some(Work::Done);
                }
                return Ok(outcome);
            }
            Handler::Current => self.current(),
            Handler::First => self.list(0),
            Handler::Further => self.list(self.client.last_listed),
            Handler::Describe => {
                self.check_exists(rest)?;
                self.gdbstub(body)?;
            }
            // gdb asks by a write of nothing whether it may write binary data.
            // Without an answer it writes hex digits, which arrive.
            Handler::WriteBinary
                if reply.avoids_flow_control()
                    && rest.last_chunk() == Some(b",0:") =>
            {
                reply.clear();
            }
            Handler::Run => return Err(Refused::Unsupported),
            Handler::Qemu if MONITOR => match rest {
                b"Supported" => reply.set("PhyMemMode"),
                b"PhyMemMode" => {
                    let is_physical = debuggee.is_physical;
                    reply.set(if is_physical { "1" } else { "0" });
                }
                _ => reply.clear(),
            },
            Handler::SetPhysical if MONITOR => {
                let mode = hex::number(rest).ok_or(Refused::Invalid)?;
                debuggee.is_physical = mode != 0;
                reply.set("OK");
            }
            Handler::Suffixes => self.pin(),
            Handler::ErrorStrings => {
                client.knows_strings = true;
                reply.set("OK");
            }
            Handler::ThreadsInfo => self.threads_info(),
            Handler::MemoryRegion if TABLES => {
                memory_region::answer(rest, debuggee, reply)?;
            }
            Handler::Registers if !rest.is_empty() => reply.clear(),
            Handler::Write
            | Handler::WriteBinary
            | Handler::Registers
            | Handler::Register
            | Handler::SetRegister
            | Handler::SetRegisters
            | Handler::Actions
            | Handler::Attached
            | Handler::Gdbstub => {
                let has_x87 = || {
                    let id = debuggee.selected_task();
                    debuggee.machine.x87_registers(id).is_some()
                };
                check(packet.handler, rest, has_x87)?;
                self.gdbstub(body)?;
            }
            Handler::Kill | Handler::KillProcess | Handler::Detach => {
                if self.gdbstub(body)? {
                    return Ok(self.leave(packet.handler));
                }
            }
            // The first was answered earlier; the others are not built in.
            Handler::Hello
            | Handler::MemoryRegion
            | Handler::Qemu
            | Handler::SetPhysical
            | Handler::Table
            | Handler::Search
            | Handler::Libraries
            | Handler::Sum
            | Handler::Monitor
            | Handler::Unknown => reply.clear(),
        }
        Ok(Outcome::Reply)
    }

    /// Resumes the system, or shows another task instead.
    fn resume(
        &mut self,
        handler: Handler,
        rest: &[u8],
        body: &[u8],
    ) -> Result<Outcome, Refused> {
        if self.show_chosen(handler, rest)? {
            return Ok(Outcome::Reply);
        }
        match handler {
            Handler::Resume(kind) => self.go_on_plainly(kind, rest)?,
            _ => self.go_on(rest, body)?,
        }
        Ok(self.resumed())
    }

    /// Resumes the system as planned.
    fn resumed(&mut self) -> Outcome {
        // The next piece of a table would be from another moment.
        self.client.osdata = None;
        self.debuggee.forget_deleted();
        let fault = self.client.stop.is_some_and(|stopped| {
            matches!(stopped.reason, Stop::Fault { .. })
        });
        let Plan { step, only, signalled, .. } = self.debuggee.plan;
        let deliver_fault = fault && signalled;
        Outcome::Resume(Resume { step, only, deliver_fault })
    }

    /// Closes the session because the debugger leaves.
    fn leave(&mut self, handler: Handler) -> Outcome {
        self.client.close(self.debuggee);
        let is_kill = handler == Handler::Kill;
        let is_gdb = self.client.is_gdb;
        // lldb waits for the killed process to end.
        self.reply.set(if is_kill && !is_gdb { "X09" } else { "OK" });
        // gdb has gone already.
        Outcome::Leave { with_reply: !(is_kill && is_gdb) }
    }
}
