//! Serves a stop, from its beginning until the system resumes.

use super::{Entry, PendingStop, Session};
use crate::answers::Outcome;
use crate::client::{Exchange, Handler, Packet, classify};
use crate::embed::{Access, Machine, OnLoss, Resume, SerialLine, Stop};
use crate::link::{Arrival, Link, Presence};
use crate::requests::debug_registers::Point;
use crate::target::Stopped;
use core::fmt::Write;
use layout::VirtAddr;
use wire::i386::general::EIP;

impl<M: Machine, L: SerialLine> Session<M, L> {
    /// Stops, and serves until the system is running again.
    pub(crate) fn serve(&mut self, mut entry: Entry) -> Resume {
        loop {
            match self.stop(entry) {
                Ok(resume) => return resume,
                Err(pending) => entry = Entry::Arrived(pending),
            }
        }
    }

    /// Serves the current stop until the system is running again.
    pub(crate) fn serve_on(&mut self) -> Resume {
        let resume = self.until_resumed();
        let resume = self.leave(resume);
        resume.unwrap_or_else(|stop| self.serve(Entry::Arrived(stop)))
    }

    /// Stops, and serves until the debugger resumes the system. Fails if
    /// something that arrived meanwhile stops it again at once.
    fn stop(&mut self, entry: Entry) -> Result<Resume, PendingStop> {
        let (reason, hit) = match entry {
            Entry::Trapped(reason, hit) => (reason, hit),
            Entry::Arrived(_) => (Stop::Interrupt, None),
        };
        // A debugger that resumed a single task and interrupts it expects that
        // task to stop.
        let awaited = match entry {
            Entry::Arrived(PendingStop::Interrupt) => {
                self.debuggee.plan.alone()
            }
            _ => None,
        };
        self.link.query.spent.stop();
        self.halt(reason, hit, awaited);
        let resume =
            if let Entry::Arrived(PendingStop::Debugger(packet)) = entry {
                self.packet(packet)
            } else {
                self.report();
                None
            };
        let resume = resume.unwrap_or_else(|| self.until_resumed());
        self.leave(resume)
    }

    /// Halts the system, and records why.
    fn halt(&mut self, reason: Stop, hit: Option<Point>, awaited: Option<u32>) {
        self.link.intake.line.set_interrupts(false, false);
        self.debuggee.end_plan(reason);
        let machine = &mut self.debuggee.machine;
        let awaited = awaited.filter(|id| machine.task(*id).is_some());
        let task = awaited.unwrap_or_else(|| machine.current_task());
        let mut at = self.debuggee.eip(task);
        let before = VirtAddr(at.0.wrapping_sub(1));
        let planted = reason == Stop::Breakpoint
            && self.debuggee.is_planted(before)
            && self.debuggee.set_general(task, EIP, before.0).is_ok();
        if planted {
            at = before;
        }
        self.debuggee.selected = None;
        self.client.pin.stopped(task);
        let stopped = Stopped { reason, planted, hit, task, eip: at };
        self.client.stop = Some(stopped);
        // Anything half sent dates from before the stop.
        self.flush();
    }

    /// Reports the stop to the debugger, if there is one.
    fn report(&mut self) {
        if !self.client.is_open {
            return;
        }
        // What was printed before the stop must be read before it.
        self.settle_console();
        self.answering.begin(1);
        if let Err(refused) = self.exchange().1.report() {
            self.link.reply.set_error(refused);
        }
        self.answering.end();
        self.link.post_stop(self.debuggee.now_us());
    }

    /// Serves packets and queries until the debugger resumes the system.
    fn until_resumed(&mut self) -> Resume {
        self.flush();
        loop {
            let now = self.debuggee.now_us();
            let Some(arrival) = self.link.next(now) else {
                if self.is_lost(now) {
                    return self.lose();
                }
                self.work();
                self.link.remind(now);
                if self.link.is_sending() {
                    self.flush();
                }
                core::hint::spin_loop();
                continue;
            };
            match arrival {
                Arrival::Quiet => {}
                Arrival::Interrupt => {
                    if self.exchange().1.interrupt() {
                        self.link.post();
                    }
                }
                Arrival::TooLong => self.refuse_long(),
                Arrival::Query => self.accept_query(),
                Arrival::Packet => {
                    let packet = classify(self.link.packet().0);
                    if let Some(resume) = self.packet(packet) {
                        return resume;
                    }
                }
            }
            self.flush();
        }
    }

    /// Returns whether the debugger has vanished and the policy is to continue
    /// without one.
    fn is_lost(&mut self, now: u32) -> bool {
        self.on_loss == OnLoss::Continue
            && self.client.is_open
            && self.presence.is_lost(self.link.intake.line.peer_signals(), now)
    }

    /// Resumes after the debugger vanished, as if there had been none.
    fn lose(&mut self) -> Resume {
        self.client.close(&mut self.debuggee);
        self.link.discard();
        let stop = self.client.stop.map(|stopped| stopped.reason);
        let deliver_fault = matches!(stop, Some(Stop::Fault { .. }));
        Resume { deliver_fault, ..Resume::default() }
    }

    /// Continues the last packet's unfinished work, once everything sent for it
    /// so far has arrived.
    fn work(&mut self) {
        if self.client.work.is_some() && self.link.is_settled() {
            let now = self.debuggee.now_us();
            let Self { client, debuggee, link, .. } = self;
            let Link { intake, reply, .. } = link;
            let poll_line = &mut || intake.drain(now);
            if (Exchange { client, debuggee, reply }).work(poll_line) {
                self.link.post();
            }
        }
    }

    /// Handles the packet that just arrived.
    fn packet(&mut self, packet: Packet) -> Option<Resume> {
        if self.access == Access::Inspect {
            self.inspect();
            return None;
        }
        self.heard();
        if packet.handler == Handler::Hello {
            self.presence =
                Presence::begin(self.link.intake.line.peer_signals());
            self.console.clear();
        }
        if self.link.is_repetition() {
            self.link.repeat();
            return None;
        }
        let outcome = self.answer(packet);
        match outcome {
            Outcome::Reply
            | Outcome::Pin(_)
            | Outcome::Leave { with_reply: true } => {
                self.link.post();
            }
            _ => self.link.discard(),
        }
        match outcome {
            Outcome::Reply | Outcome::Pin(_) => None,
            Outcome::Resume(resume) => Some(resume),
            Outcome::Leave { .. } => Some(Resume::default()),
            Outcome::Later(work) => {
                self.client.work = Some(work);
                None
            }
            Outcome::Reset => {
                // It fits.
                let _ = self.console.write_str("resetting the machine\n");
                self.settle_console();
                self.link.reply.set("OK");
                self.link.post();
                self.settle_console();
                self.debuggee.machine.close_window();
                self.debuggee.machine.reset();
                None
            }
        }
    }

    /// Resumes the system, unless something that arrived meanwhile stops it
    /// again at once.
    fn leave(&mut self, resume: Resume) -> Result<Resume, PendingStop> {
        self.flush();
        self.client.stop = None;
        if core::mem::take(&mut self.client.is_interrupting) {
            return Err(PendingStop::Interrupt);
        }
        if self.is_stop_pending()
            && let Some(pending) = self.pending.take()
        {
            return Err(pending);
        }
        match resume.step {
            Some(task) => self.debuggee.before_step(task),
            None => self.debuggee.set_resume_flag(),
        }
        while let Some(at) = self.debuggee.breakpoints.tell_lost() {
            // Excess output is dropped.
            let _ = writeln!(
                self.console,
                "the stub itself hit the breakpoint at {at}, which is gone"
            );
        }
        self.clear_console();
        let now = self.debuggee.now_us();
        self.console.offer(&mut self.link, now);
        self.debuggee.machine.close_window();
        self.listen();
        Ok(resume)
    }
}
