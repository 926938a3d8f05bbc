//! The stub on one line of one machine: the calls that a kernel makes.
//!
//! Each submodule adds one part of [`Session`]'s methods. They call each
//! other's methods, which no import shows.

mod hits;
mod recovery;
mod running;
mod sending;
mod stopped;

use crate::answers::{About, Outcome};
use crate::built_in::LIVE;
use crate::client::{Client, Exchange, Packet};
use crate::embed::{Access, Machine, OnLoss, Resume, SerialLine, Stop};
use crate::link::{Console, Link, Presence};
use crate::live::{Job, Live};
use crate::protocol::Refused;
use crate::requests::debug_registers::Point;
use crate::requests::plan::Plan;
use crate::storage::Surviving;
use crate::target::Debuggee;
use layout::{PhysAddr, VirtAddr};
use wire::query::Query;

/// How many bytes one interrupt receives before the system continues. The rest
/// raises the next interrupt.
const RECEIVE_BYTES: usize = 64;

/// The stub: serves gdb and host-cli on one line.
///
/// It is large: keep it in a static, and don't move it.
#[derive(Debug)]
pub struct Session<M, L> {
    pub(crate) debuggee: Debuggee<M>,
    pub(crate) link: Link<L>,
    pub(crate) live: Live,
    presence: Presence,
    access: Access,
    on_loss: OnLoss,
    pub(crate) client: Client,
    pub(crate) console: Console,
    /// What arrived during a step over a breakpoint.
    pending: Option<PendingStop>,
    /// Whether a packet is being answered, or a stop reported.
    answering: Surviving,
}

/// A reason to stop that arrived while the system was running.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PendingStop {
    /// A debugger's request to stop.
    Interrupt,
    /// A debugger's first packet, not yet answered.
    Debugger(Packet),
}

/// How a stop begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// The processor trapped, perhaps by a debug register.
    Trapped(Stop, Option<Point>),
    /// Something arrived while the system was running.
    Arrived(PendingStop),
}

impl<M, L> Session<M, L> {
    /// Returns a stub for `machine` on `line`, with no debugger yet.
    pub const fn new(machine: M, line: L) -> Self {
        Self {
            debuggee: Debuggee::new(machine),
            link: Link::new(line),
            live: Live::new(),
            client: Client::new(),
            presence: Presence::begin(0),
            access: Access::Full,
            on_loss: OnLoss::Stop,
            console: Console::new(),
            pending: None,
            answering: Surviving::new(),
        }
    }

    /// Sets what debuggers may do, and what happens when one vanishes. By
    /// default they may do everything, and the system stays stopped.
    pub const fn set_policy(&mut self, access: Access, on_loss: OnLoss) {
        self.access = access;
        self.on_loss = on_loss;
    }

    /// Returns whether a debugger is connected.
    pub const fn is_open(&self) -> bool {
        self.client.is_open
    }

    /// Returns the machine.
    pub const fn machine(&mut self) -> &mut M {
        &mut self.debuggee.machine
    }

    /// Forgets the breakpoint at `address` for good; returns the int3's
    /// location and the original byte to restore there.
    ///
    /// Call it from an exception that interrupted the stub, if the stub may
    /// have run into one of its own breakpoints.
    #[inline(never)]
    pub fn lift(&mut self, address: VirtAddr) -> Option<(PhysAddr, u8)> {
        self.debuggee.breakpoints.lift(address)
    }

    /// Returns the line.
    pub const fn line(&mut self) -> &mut L {
        &mut self.link.intake.line
    }
}

impl<M: Machine, L: SerialLine> Session<M, L> {
    /// Serves an interrupt from the line while the system runs.
    ///
    /// Reads what has arrived, answers, and gives the transmitter at most one
    /// burst. If the bytes ask for a stop, it returns only when the debugger
    /// resumes the system, and says how to resume. Call it with interrupts off.
    #[inline(never)]
    pub fn on_interrupt(&mut self) -> Option<Resume> {
        let now = self.debuggee.now_us();
        self.link.query.spent.begin(self.debuggee.told(now));
        for _ in 0..RECEIVE_BYTES {
            let Some(arrival) = self.link.next(now) else { break };
            if let Some(pending) = self.while_running(arrival) {
                return Some(self.serve(Entry::Arrived(pending)));
            }
        }
        self.answer_query();
        self.debuggee.machine.close_window();
        let now = self.debuggee.now_us();
        self.console.offer_next(&mut self.link, now);
        self.link.burst(now);
        self.listen();
        let busy = self.live.has_query()
            || self.link.query.is_due()
            || self.link.is_receiving();
        let now = self.debuggee.now_us();
        self.link.query.spent.end(now, busy);
        None
    }

    /// Serves a stop: reports it to the debugger, if there is one, and answers
    /// it and host-cli until the debugger resumes the system. Call it with
    /// interrupts off.
    #[inline(never)]
    pub fn stopped(&mut self, reason: Stop) -> Resume {
        self.link.query.spent.stop();
        if let Some(pending) = self.pending.take() {
            return self.serve(Entry::Arrived(pending));
        }
        let hit = self.hit(reason);
        let resume = match (reason, hit) {
            (Stop::DebugRegister { .. }, None) => Some(self.pass_over()),
            (_, None) => self.keep_stepping(reason),
            (_, Some(_)) => None,
        };
        resume.unwrap_or_else(|| self.serve(Entry::Trapped(reason, hit)))
    }

    /// Returns which debug register hit, or would have hit during a step.
    fn hit(&mut self, reason: Stop) -> Option<Point> {
        if let Some(hit) = self.debuggee.watch_hit.take() {
            return Some(hit);
        }
        match reason {
            Stop::DebugRegister { hits } => self.debuggee.hit(hits),
            Stop::Step => {
                let task = self.debuggee.plan.step?;
                self.debuggee.after_step(task)
            }
            _ => None,
        }
    }

    /// Continues as before: a debug register hit in a task that the request is
    /// not for.
    fn pass_over(&mut self) -> Resume {
        self.debuggee.set_resume_flag();
        self.debuggee.machine.close_window();
        let Plan { step, only, .. } = self.debuggee.plan;
        Resume { step, only, deliver_fault: false }
    }

    /// Keeps stepping if a step ended inside the debugger's range.
    fn keep_stepping(&mut self, reason: Stop) -> Option<Resume> {
        let task = self.debuggee.plan.step?;
        if reason != Stop::Step || self.debuggee.machine.current_task() != task
        {
            return None;
        }
        let at = self.debuggee.eip(task).0;
        let now = self.debuggee.now_us();
        // Any arrival might be a request to stop.
        if !self.debuggee.plan.range.contains(&at)
            || self.link.has_arrivals(now)
        {
            return None;
        }
        self.debuggee.before_step(task);
        // `popf` and `iret` have loaded TF.
        self.debuggee.machine.set_single_step(task, true);
        self.debuggee.machine.close_window();
        Some(Resume { step: Some(task), ..Resume::default() })
    }

    fn accept_query(&mut self) {
        if !LIVE {
            return;
        }
        let (body, reply) = self.link.request();
        let Some(job) = self.live.accept(body, reply) else {
            return self.link.count_damaged();
        };
        if let Job::Answer(_, Query::Heartbeat { every_ms }) = job {
            self.presence.promise(every_ms);
        }
        self.heard();
    }

    fn refuse_long(&mut self) {
        self.link.forget_packet();
        self.link.reply.set_error(Refused::Full);
        self.link.post();
    }

    /// Notes that the other end is alive.
    fn heard(&mut self) {
        self.presence.heard(self.debuggee.now_us());
    }

    /// Drops text printed for a debugger that has left: the next one would take
    /// it for a reply.
    fn clear_console(&mut self) {
        if !self.client.is_open {
            self.console.clear();
        }
    }

    /// Answers the packet that just arrived.
    fn answer(&mut self, packet: Packet) -> Outcome {
        let about = self.about();
        self.answering.begin(1);
        let (body, mut exchange) = self.exchange();
        let outcome = exchange.packet(packet, body, &about);
        self.answering.end();
        outcome
    }

    /// Returns the packet that just arrived, and the exchange that it is part
    /// of.
    fn exchange(&mut self) -> (&[u8], Exchange<'_, M>) {
        let Self { client, debuggee, link, .. } = self;
        let (body, reply) = link.packet();
        (body, Exchange { client, debuggee, reply })
    }

    /// Answers the waiting query of host-cli, if no reply is being sent.
    fn answer_query(&mut self) {
        let about = self.about();
        let Self { live, debuggee, link, .. } = self;
        live.work(debuggee, &about, &mut link.query);
    }

    fn about(&self) -> About {
        About {
            port: self.link.intake.line.port(),
            baud: self.link.intake.line.baud(),
            faults: self.link.faults(),
            stop: self.client.stop,
        }
    }
}
