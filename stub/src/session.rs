//! One line, one machine: what the kernel calls.
//!
//! Each room extends [`Session`] by one part of its work, and calls methods of
//! the others, which no import shows.

mod hits;
mod recovery;
mod running;
mod sending;
mod stopped;

use crate::answers::About;
use crate::built_in::LIVE;
use crate::client::{Client, Packet};
use crate::embed::{Access, Line, Machine, OnLoss, Resume, Stop};
use crate::link::{Console, Link, Presence};
use crate::live::{Accepted, Live};
use crate::protocol::Refused;
use crate::requests::debug_registers::Hit;
use crate::requests::plan::Plan;
use crate::storage::Surviving;
use crate::target::{Debuggee, eip};
use layout::{PhysAddr, VirtAddr};

/// How many bytes one interrupt takes in before the system goes on. The
/// rest raises the next interrupt.
const RECEIVE_BYTES: usize = 64;

/// The stub: serves gdb and host-cli on one line.
///
/// It is large, so it belongs in a static and is not to be moved.
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
    /// What has arrived while a breakpoint was passed.
    wanted: Option<Wanted>,
    /// Whether a packet is being answered, or a stop told.
    pub(crate) asked: Surviving,
}

/// What arrived while the system ran, and wants it stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// A debugger's request to stop.
    Interrupt,
    /// The first packet of a debugger, still to be answered.
    Debugger(Packet),
}

/// How a stop begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// The processor trapped, perhaps by a debug register.
    Trapped(Stop, Option<Hit>),
    /// Something arrived while the system ran.
    Arrived(Wanted),
}

impl<M, L> Session<M, L> {
    /// Returns a stub for `machine` at `line`, with no debugger yet.
    pub const fn new(machine: M, line: L) -> Self {
        Self {
            debuggee: Debuggee::new(machine),
            link: Link::new(line),
            live: Live::new(),
            client: Client::new(),
            presence: Presence::new(),
            access: Access::Full,
            on_loss: OnLoss::Stop,
            console: Console::new(),
            wanted: None,
            asked: Surviving::new(),
        }
    }

    /// Says what debuggers may do, and what happens when one vanishes.
    /// Without this, everything, and the system stays stopped.
    pub const fn set_policy(&mut self, access: Access, on_loss: OnLoss) {
        self.access = access;
        self.on_loss = on_loss;
    }

    /// Returns whether a debugger is there.
    pub const fn is_open(&self) -> bool {
        self.client.is_open
    }

    /// Returns the machine.
    pub const fn machine(&mut self) -> &mut M {
        &mut self.debuggee.machine
    }

    /// Forgets the breakpoint at `address` for good; returns where the int3
    /// is and what is to stand there again.
    ///
    /// To be called from an exception that has interrupted the stub, if it
    /// may have run into a breakpoint of its own.
    #[inline(never)]
    pub fn lift(&mut self, address: VirtAddr) -> Option<(PhysAddr, u8)> {
        self.debuggee.breakpoints.lift(address)
    }

    /// Returns the line.
    pub const fn line(&mut self) -> &mut L {
        &mut self.link.intake.line
    }
}

impl<M: Machine, L: Line> Session<M, L> {
    /// Serves an interrupt of the line while the system runs.
    ///
    /// Takes in what has arrived, answers, and gives the transmitter at
    /// most one burst. If the bytes ask for a stop, stays inside until the
    /// debugger lets the system go on, and returns how it is to go on. To be
    /// called with interrupts off.
    #[inline(never)]
    pub fn on_interrupt(&mut self) -> Option<Resume> {
        let now = self.debuggee.now_us();
        self.link.query.spent.begin(self.debuggee.told(now));
        for _ in 0..RECEIVE_BYTES {
            let Some(arrival) = self.link.next(now) else { break };
            if let Some(wanted) = self.while_running(arrival) {
                return Some(self.serve(Entry::Arrived(wanted)));
            }
        }
        let about = self.about();
        let Self { live, debuggee, link, .. } = self;
        live.work(debuggee, &about, &mut link.query);
        self.debuggee.machine.close_window();
        let now = self.debuggee.now_us();
        self.console.offer_next(&mut self.link, now);
        self.link.burst(now);
        self.listen();
        let busy = self.live.is_asked()
            || self.link.query.is_due()
            || self.link.is_receiving();
        let now = self.debuggee.now_us();
        self.link.query.spent.end(now, busy);
        None
    }

    /// Serves a stop: tells the debugger, if there is one, and answers it
    /// and host-cli until the debugger lets the system go on. To be called
    /// with interrupts off.
    #[inline(never)]
    pub fn stopped(&mut self, reason: Stop) -> Resume {
        self.link.query.spent.stop();
        if let Some(wanted) = self.wanted.take() {
            return self.serve(Entry::Arrived(wanted));
        }
        let hit = self.hit(reason);
        let resume = match (reason, hit) {
            (Stop::DebugRegister { .. }, None) => Some(self.pass_over()),
            (_, None) => self.keep_stepping(reason),
            (_, Some(_)) => None,
        };
        match resume {
            Some(resume) => resume,
            None => self.serve(Entry::Trapped(reason, hit)),
        }
    }

    /// Returns which debug register has hit, or would have during a step.
    fn hit(&mut self, reason: Stop) -> Option<Hit> {
        if let Some(hit) = self.debuggee.written.take() {
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

    /// Goes on as before: a debug register has hit for somebody who has
    /// nothing to do with it.
    fn pass_over(&mut self) -> Resume {
        self.debuggee.set_resume_flag();
        self.debuggee.machine.close_window();
        let Plan { step, only, .. } = self.debuggee.plan;
        Resume { step, only, deliver_fault: false }
    }

    /// Goes on if a step has ended where the debugger does not care.
    fn keep_stepping(&mut self, reason: Stop) -> Option<Resume> {
        let task = self.debuggee.plan.step?;
        if reason != Stop::Step || self.debuggee.machine.current_task() != task
        {
            return None;
        }
        let at = eip(&mut self.debuggee, task).0;
        let now = self.debuggee.now_us();
        // Whatever arrives might be a request to stop.
        if !self.debuggee.plan.range.contains(&at)
            || self.link.has_arrivals(now)
        {
            return None;
        }
        self.debuggee.before_step(task);
        self.debuggee.machine.close_window();
        Some(Resume { step: Some(task), ..Resume::default() })
    }

    fn accept_query(&mut self) {
        if !LIVE {
            return;
        }
        let (body, reply) = self.link.request();
        match self.live.accept(body, reply) {
            None => self.link.count_damaged(),
            Some(Accepted::Question) => self.heard(),
            Some(Accepted::Heartbeat { every_ms }) => {
                self.presence.promise(every_ms);
                self.heard();
            }
        }
    }

    fn refuse_long(&mut self) {
        self.link.forget_packet();
        self.link.reply.set_error(Refused::Full);
        self.link.post();
    }

    /// Remembers that the other end is there.
    fn heard(&mut self) {
        self.presence.heard(self.debuggee.now_us());
    }

    /// Forgets what was printed for a debugger that has left: the next one
    /// would take it for an answer.
    fn clear_console(&mut self) {
        if !self.client.is_open {
            self.console.clear();
        }
    }

    pub(crate) fn about(&self) -> About {
        About {
            port: self.link.intake.line.port(),
            baud: self.link.intake.line.baud(),
            faults: self.link.faults(),
            stop: self.client.stop,
        }
    }
}
