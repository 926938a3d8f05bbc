//! What arrives while the system runs: it is answered at interrupt time, or
//! stops the system.

use super::{Session, Wanted};
use crate::client::{Outcome, hello};
use crate::embed::{Access, Line, Machine};
use crate::link::Arrival;
use crate::requests::plan::Plan;

impl<M: Machine, L: Line> Session<M, L> {
    /// Takes in what was kept, and returns whether it asks for a stop. If
    /// so, [`Session::stopped`] is to be called, with whatever reason.
    pub(crate) fn is_wanted(&mut self) -> bool {
        let now = self.debuggee.machine.now_us();
        while self.link.has_kept() && self.wanted.is_none() {
            let Some(arrival) = self.link.next(now) else { break };
            self.wanted = self.while_running(arrival);
        }
        self.wanted.is_some()
    }

    /// Looks at an arrival while the system runs.
    pub(super) fn while_running(&mut self, arrival: Arrival) -> Option<Wanted> {
        match arrival {
            Arrival::Quiet => {}
            Arrival::Interrupt if self.client.is_open => {
                return Some(Wanted::Interrupt);
            }
            Arrival::Interrupt => self.link.count_noise(),
            Arrival::Query => self.accept_query(),
            // A reply that is partly sent would be spoiled, and one to a
            // debugger that waits be taken for a stop.
            Arrival::TooLong
                if self.client.is_open || self.link.is_replying() => {}
            Arrival::TooLong => self.refuse_long(),
            Arrival::Packet if self.access == Access::Inspect => {
                self.inspect();
            }
            Arrival::Packet => {
                self.heard();
                let (body, _) = self.link.packet();
                let is_open = self.client.is_open;
                // Who leaves amid a step must not leave the step behind, and
                // the other tasks held back.
                let Plan { step, only, .. } = self.debuggee.plan;
                let is_amid = step.is_some() || only.is_some();
                let stops = hello(body).is_some()
                    || is_open && is_farewell(body) && is_amid;
                if stops {
                    return Some(Wanted::Debugger);
                }
                // A debugger takes any reply for the stop it waits for.
                let is_resume = matches!(
                    body,
                    [b'c' | b's' | b'C' | b'S'] | [b'v', b'C', ..]
                );
                if !(is_open && is_resume) {
                    self.packet_while_running();
                }
            }
        }
        None
    }

    /// Answers a packet that stops nothing.
    fn packet_while_running(&mut self) {
        if self.link.is_replying() {
            self.flush();
        }
        if self.link.is_repetition() {
            self.link.repeat();
            return;
        }
        let about = self.about();
        let (body, reply) = self.link.packet();
        if self.client.is_open && !is_farewell(body) {
            reply.clear();
            self.link.post();
            return;
        }
        self.is_asked = true;
        let outcome =
            self.client.packet(body, &about, &mut self.debuggee, reply);
        self.is_asked = false;
        match outcome {
            Outcome::Reply | Outcome::LeaveWithReply => {
                // One that is still there waits, and would take an error
                // for the stop.
                if self.client.is_open {
                    reply.clear();
                }
                self.link.post();
            }
            Outcome::Leave
            | Outcome::Resume(_)
            | Outcome::Reset
            | Outcome::Later => self.link.discard(),
        }
        self.clear_console();
    }

    /// Answers a debugger that may only look.
    pub(super) fn inspect(&mut self) {
        // It does not wait for its replies, which RSP demands; and to wait
        // for the line would hold up the system.
        if self.link.is_replying() {
            return;
        }
        if self.link.is_repetition() {
            self.link.repeat();
            return;
        }
        let about = self.about();
        let (body, reply) = self.link.packet();
        self.client.inspect(body, &about, &mut self.debuggee, reply);
        self.link.post();
    }
}

/// Returns whether a debugger may leave by this packet.
const fn is_farewell(body: &[u8]) -> bool {
    matches!(body, b"k" | b"D" | [b'D', b';', ..] | [b'v', b'K', ..])
}
