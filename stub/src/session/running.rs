//! Handles what arrives while the system runs: it is answered at interrupt
//! time, or stops the system.

use super::{PendingStop, Session};
use crate::answers::Outcome;
use crate::client::{Handler, Packet, classify};
use crate::embed::{Access, Machine, SerialLine};
use crate::link::Arrival;
use crate::requests::plan::Plan;

impl<M: Machine, L: SerialLine> Session<M, L> {
    /// Processes what was received and kept; returns whether it asks for a
    /// stop. If so, call [`Session::stopped`], with any reason.
    pub(crate) fn is_stop_pending(&mut self) -> bool {
        let now = self.debuggee.now_us();
        while self.link.has_kept() && self.pending.is_none() {
            let Some(arrival) = self.link.next(now) else { break };
            self.pending = self.while_running(arrival);
        }
        self.pending.is_some()
    }

    /// Handles an arrival while the system runs.
    pub(super) fn while_running(
        &mut self,
        arrival: Arrival,
    ) -> Option<PendingStop> {
        match arrival {
            Arrival::Quiet => {}
            Arrival::Interrupt if self.client.is_open => {
                return Some(PendingStop::Interrupt);
            }
            Arrival::Interrupt => self.link.count_noise(),
            Arrival::Query => self.accept_query(),
            // An error would spoil a half-sent reply, and a debugger that is
            // waiting would take it for a stop.
            Arrival::TooLong
                if self.client.is_open || self.link.is_replying() => {}
            Arrival::TooLong => self.refuse_long(),
            Arrival::Packet if self.access == Access::Inspect => {
                self.inspect();
            }
            Arrival::Packet => {
                self.heard();
                let packet = classify(self.link.packet().0);
                let is_open = self.client.is_open;
                // A debugger that leaves in the middle of a step must not leave
                // the task stepping and the other tasks held back.
                let Plan { step, only, .. } = self.debuggee.plan;
                let is_amid = step.is_some() || only.is_some();
                let handler = packet.handler;
                let stops = handler == Handler::Hello
                    || is_open && handler.leaves() && is_amid;
                if stops {
                    return Some(PendingStop::Debugger(packet));
                }
                // The debugger would take any reply for the stop it is waiting
                // for.
                if !(is_open && handler.resumes()) {
                    self.packet_while_running(packet);
                }
            }
        }
        None
    }

    /// Answers a packet without stopping the system.
    fn packet_while_running(&mut self, packet: Packet) {
        if self.link.is_replying() {
            self.flush();
        }
        if self.link.is_repetition() {
            self.link.repeat();
            return;
        }
        if self.client.is_open && !packet.handler.leaves() {
            self.link.reply.clear();
            self.link.post();
            return;
        }
        match self.answer(packet) {
            Outcome::Reply | Outcome::Leave { with_reply: true } => {
                // If the debugger is still connected it is waiting, and would
                // take an error for the stop.
                if self.client.is_open {
                    self.link.reply.clear();
                }
                self.link.post();
            }
            Outcome::Leave { with_reply: false }
            | Outcome::Resume(_)
            | Outcome::Reset
            | Outcome::Pin(_)
            | Outcome::Later(_) => self.link.discard(),
        }
        self.clear_console();
    }

    /// Answers a debugger that may only look.
    pub(super) fn inspect(&mut self) {
        // The debugger isn't waiting for its replies, as RSP requires, and
        // waiting for the line would hold up the system.
        if self.link.is_replying() {
            return;
        }
        if self.link.is_repetition() {
            self.link.repeat();
            return;
        }
        let about = self.about();
        let (body, mut exchange) = self.exchange();
        exchange.inspect(classify(body), body, &about);
        self.link.post();
    }
}
