//! One line, one machine: what the kernel calls.

use crate::client::{Client, Outcome, eip, hello};
use crate::console::Console;
use crate::debuggee::Debuggee;
use crate::embed::{Access, Line, Machine, OnLoss, Resume, Stop};
use crate::hardware::Hit;
use crate::link::{Arrival, Heard, Link};
use crate::live::{About, Accepted, Live};
use crate::presence::Presence;
use crate::resume::Plan;
use crate::stop::Stopped;
use core::fmt::Write;
use layout::{PhysAddr, VirtAddr};

/// How many bytes one interrupt takes in before the system goes on. The
/// rest raises the next interrupt.
const RECEIVE_BYTES: usize = 64;

/// How long a delivery may take, in microseconds: a packet at 9600 baud
/// takes four seconds.
const DELIVERY_US: u32 = 6_000_000;

/// The error for a packet that was too long: ENOSPC.
const TOO_LONG: u8 = 28;

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
    pub(crate) is_asked: bool,
}

/// What arrived while the system ran, and wants it stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// A debugger's request to stop.
    Interrupt,
    /// The first packet of a debugger, still to be answered.
    Debugger,
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
            is_asked: false,
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
        let now = self.debuggee.machine.now_us();
        self.live.spent.begin(now);
        for _ in 0..RECEIVE_BYTES {
            let Some(arrival) = self.link.next(now) else { break };
            if let Some(wanted) = self.while_running(arrival) {
                return Some(self.serve(Entry::Arrived(wanted)));
            }
        }
        let about = self.about();
        self.live.work(&mut self.debuggee, &about);
        self.debuggee.machine.close_window();
        let now = self.debuggee.machine.now_us();
        self.console.offer_next(&mut self.link, now);
        self.link.burst(&mut self.live, now);
        self.listen();
        let busy = self.live.is_busy() || self.link.is_receiving();
        let now = self.debuggee.machine.now_us();
        self.live.spent.end(now, busy);
        None
    }

    /// Serves a stop: tells the debugger, if there is one, and answers it
    /// and host-cli until the debugger lets the system go on. To be called
    /// with interrupts off.
    #[inline(never)]
    pub fn stopped(&mut self, reason: Stop) -> Resume {
        self.live.spent.stop();
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
        self.debuggee.pass_breakpoint();
        self.debuggee.machine.close_window();
        let Plan { step, only, .. } = self.debuggee.plan;
        Resume { step, only, deliver_fault: false }
    }

    /// Stops, and serves until the system goes on for good.
    pub(crate) fn serve(&mut self, mut entry: Entry) -> Resume {
        loop {
            match self.stop(entry) {
                Ok(resume) => return resume,
                Err(wanted) => entry = Entry::Arrived(wanted),
            }
        }
    }

    /// Serves the stop that there is until the system goes on for good.
    pub(crate) fn serve_on(&mut self) -> Resume {
        let resume = self.until_resumed();
        match self.leave(resume) {
            Ok(resume) => resume,
            Err(wanted) => self.serve(Entry::Arrived(wanted)),
        }
    }

    /// Stops, and serves until the system is to go on. Fails if what has
    /// arrived meanwhile stops it again at once.
    fn stop(&mut self, entry: Entry) -> Result<Resume, Wanted> {
        let (reason, hit) = match entry {
            Entry::Trapped(reason, hit) => (reason, hit),
            Entry::Arrived(_) => (Stop::Interrupt, None),
        };
        // Who lets one task go alone, and wants it back, waits for that one.
        let awaited = match entry {
            Entry::Arrived(Wanted::Interrupt) => self.debuggee.plan.alone(),
            _ => None,
        };
        self.live.spent.stop();
        self.halt(reason, hit, awaited);
        let resume = if entry == Entry::Arrived(Wanted::Debugger) {
            self.packet()
        } else {
            self.report();
            None
        };
        let resume = match resume {
            Some(resume) => resume,
            None => self.until_resumed(),
        };
        self.leave(resume)
    }

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
    fn while_running(&mut self, arrival: Arrival) -> Option<Wanted> {
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
    fn inspect(&mut self) {
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

    /// Brings everything to rest, and remembers why.
    fn halt(&mut self, reason: Stop, hit: Option<Hit>, awaited: Option<u32>) {
        self.link.intake.line.set_interrupts(false, false);
        if let Some(task) = self.debuggee.plan.step.take() {
            self.debuggee.machine.set_single_step(task, false);
        }
        let machine = &mut self.debuggee.machine;
        let awaited = awaited.filter(|id| machine.task(*id).is_some());
        let task = awaited.unwrap_or_else(|| machine.current_task());
        let mut at = eip(&mut self.debuggee, task);
        let mut planted = false;
        if reason == Stop::Breakpoint {
            let before = layout::VirtAddr(at.0.wrapping_sub(1));
            if self.debuggee.is_planted(before) {
                planted = self.debuggee.machine.set_general_register(
                    task,
                    wire::i386::general::EIP,
                    before.0,
                );
            }
            if planted {
                at = before;
            }
        }
        self.debuggee.selected = None;
        let stopped = Stopped { reason, planted, hit, task, eip: at };
        self.client.stop = Some(stopped);
        // What is half sent is of the time before.
        self.flush();
    }

    /// Tells the debugger, if there is one, of the stop.
    fn report(&mut self) {
        if !self.client.is_open {
            return;
        }
        // What was printed before is to be read before.
        self.settle_console();
        let (_, reply) = self.link.packet();
        self.is_asked = true;
        if let Err(refused) = self.client.report(&mut self.debuggee, reply) {
            self.link.reply.set_error(refused.code());
        }
        self.is_asked = false;
        self.link.post_stop(self.debuggee.machine.now_us());
    }

    /// Serves packets and queries until the debugger lets the system go on.
    fn until_resumed(&mut self) -> Resume {
        self.flush();
        loop {
            let now = self.debuggee.machine.now_us();
            let Some(arrival) = self.link.next(now) else {
                if self.is_lost(now) {
                    return self.lose();
                }
                self.work();
                self.link.remind(now);
                if self.link.is_sending(&self.live) {
                    self.flush();
                }
                core::hint::spin_loop();
                continue;
            };
            let resume = match arrival {
                Arrival::Quiet => None,
                // It comes too late, unless the debugger never saw the stop.
                Arrival::Interrupt => {
                    let (_, reply) = self.link.packet();
                    if self.client.interrupt(reply) {
                        self.link.post();
                    } else {
                        self.link.resend();
                    }
                    None
                }
                Arrival::TooLong => {
                    self.refuse_long();
                    None
                }
                Arrival::Query => {
                    self.accept_query();
                    None
                }
                Arrival::Packet => self.packet(),
            };
            if let Some(resume) = resume {
                return resume;
            }
            self.flush();
        }
    }

    /// Returns whether the debugger has vanished, and the system is not to
    /// wait for another.
    fn is_lost(&mut self, now: u32) -> bool {
        self.on_loss == OnLoss::Continue
            && self.client.is_open
            && self.presence.is_lost(self.link.intake.line.peer_signals(), now)
    }

    /// The debugger has vanished: all goes on as if there had been none.
    fn lose(&mut self) -> Resume {
        self.client.close(&mut self.debuggee);
        self.link.discard();
        let stop = self.client.stop.map(|stopped| stopped.reason);
        let deliver_fault = matches!(stop, Some(Stop::Fault { .. }));
        Resume { deliver_fault, ..Resume::default() }
    }

    /// Remembers that the other end is there.
    fn heard(&mut self) {
        self.presence.heard(self.debuggee.machine.now_us());
    }

    /// Goes on with what the last packet has asked for, once what it has led
    /// to so far has arrived.
    fn work(&mut self) {
        if self.client.has_work() && self.link.is_settled() {
            let now = self.debuggee.machine.now_us();
            let Link { intake, reply, .. } = &mut self.link;
            let hear = &mut || intake.drain(now);
            if self.client.work(&mut self.debuggee, reply, hear) {
                self.link.post();
            }
        }
    }

    /// Does what the packet that has just arrived asks for.
    fn packet(&mut self) -> Option<Resume> {
        if self.access == Access::Inspect {
            self.inspect();
            return None;
        }
        self.heard();
        let (body, _) = self.link.packet();
        if hello(body).is_some() {
            self.presence =
                Presence::begin(self.link.intake.line.peer_signals());
            self.console.clear();
        }
        if self.link.is_repetition() {
            self.link.repeat();
            return None;
        }
        let about = self.about();
        let (body, reply) = self.link.packet();
        let debuggee = &mut self.debuggee;
        self.is_asked = true;
        let outcome = self.client.packet(body, &about, debuggee, reply);
        self.is_asked = false;
        let go_on = Resume::default();
        match outcome {
            Outcome::Reply => {
                self.link.post();
                None
            }
            Outcome::Resume(resume) => {
                self.link.discard();
                Some(resume)
            }
            Outcome::LeaveWithReply => {
                self.link.post();
                Some(go_on)
            }
            Outcome::Leave => {
                self.link.discard();
                Some(go_on)
            }
            Outcome::Later => {
                self.link.discard();
                None
            }
            Outcome::Reset => {
                let mut console = self.link.reply.console();
                // It is short.
                let _ = console.write_str("the machine starts anew\n");
                self.deliver();
                self.link.reply.set_ok();
                self.deliver();
                self.debuggee.machine.close_window();
                self.debuggee.machine.reset();
                None
            }
        }
    }

    /// Lets the system go on, unless what has arrived meanwhile stops it
    /// again at once.
    fn leave(&mut self, resume: Resume) -> Result<Resume, Wanted> {
        self.flush();
        self.client.stop = None;
        if self.is_wanted()
            && let Some(wanted) = self.wanted.take()
        {
            return Err(wanted);
        }
        match resume.step {
            Some(task) => self.debuggee.before_step(task),
            None => self.debuggee.pass_breakpoint(),
        }
        while let Some(at) = self.debuggee.breakpoints.tell_lost() {
            // What there is no room for is lost.
            let _ = writeln!(
                self.console,
                "the stub itself ran into the breakpoint at {at}: it is gone"
            );
        }
        self.clear_console();
        let now = self.debuggee.machine.now_us();
        self.console.offer(&mut self.link, now);
        self.debuggee.machine.close_window();
        self.listen();
        Ok(resume)
    }

    /// Goes on if a step has ended where the debugger does not care.
    fn keep_stepping(&mut self, reason: Stop) -> Option<Resume> {
        let task = self.debuggee.plan.step?;
        if reason != Stop::Step || self.debuggee.machine.current_task() != task
        {
            return None;
        }
        let at = eip(&mut self.debuggee, task).0;
        let now = self.debuggee.machine.now_us();
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

    /// Forgets what was printed for a debugger that has left: the next one
    /// would take it for an answer.
    fn clear_console(&mut self) {
        if !self.client.is_open {
            self.console.clear();
        }
    }

    fn accept_query(&mut self) {
        let (body, _) = self.link.packet();
        match self.live.accept(body) {
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
        self.link.reply.set_error(TOO_LONG);
        self.link.post();
    }

    /// Sends all there is to send, answering queries on the way.
    pub(crate) fn flush(&mut self) {
        let about = self.about();
        self.live.spent.stop();
        loop {
            self.debuggee.machine.close_window();
            let machine = &mut self.debuggee.machine;
            self.link.flush(&mut self.live, machine);
            if !self.live.is_busy() {
                break;
            }
            self.live.work(&mut self.debuggee, &about);
        }
    }

    /// Sends the reply and waits until it has arrived. Returns false if the
    /// other end is silent, or has something else to say.
    ///
    /// So text for the debugger's console is sent whenever there is some:
    /// written by [`Reply::console`](crate::reply::Reply::console), then
    /// delivered. The reply that was there before is lost.
    fn deliver(&mut self) -> bool {
        self.link.post();
        let began = self.debuggee.machine.now_us();
        loop {
            self.flush();
            let now = self.debuggee.machine.now_us();
            match self.link.heard(now) {
                Heard::Acknowledged => return true,
                Heard::Nothing if now.wrapping_sub(began) < DELIVERY_US => {
                    core::hint::spin_loop();
                }
                Heard::Nothing | Heard::Otherwise => return false,
            }
        }
    }

    /// Asks for interrupts: for bytes, and for room if some are to be sent.
    pub(crate) fn listen(&mut self) {
        let transmit = self.link.is_sending(&self.live) || self.live.is_busy();
        self.link.intake.line.set_interrupts(true, transmit);
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

/// Returns whether a debugger may leave by this packet.
const fn is_farewell(body: &[u8]) -> bool {
    matches!(body, b"k" | b"D" | [b'D', b';', ..] | [b'v', b'K', ..])
}
