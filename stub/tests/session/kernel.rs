//! A kernel that does nothing but take interrupts and traps, in a thread.

use crate::debugger::{Debugger, GDB};
use crate::line::FakeLine;
use fake_machine::FakeMachine;
use fake_machine::size::{Everything, Size};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use stub::Session;
use stub::embed::{Access, HitAction, Machine, OnLoss, Resume, Stop};

/// The running kernel, as its test sees it.
pub(crate) struct Kernel<S = Everything> {
    pub(crate) machine: FakeMachine<S>,
    pub(crate) debugger: Debugger,
    traps: Sender<Stop>,
    resumed: Receiver<Resume>,
    passed: Receiver<HitAction>,
    thread: Option<JoinHandle<()>>,
}

/// The plain way to go on.
pub(crate) const GO_ON: Resume =
    Resume { step: None, only: None, deliver_fault: false };

impl Kernel {
    /// Starts one.
    pub(crate) fn boot() -> Self {
        Self::boot_with(Access::Full, OnLoss::Stop)
    }

    /// Starts one with restrictions.
    pub(crate) fn boot_with(access: Access, on_loss: OnLoss) -> Self {
        Self::sized(access, on_loss)
    }

    /// Starts one, attaches as gdb does, and takes the stop that this is.
    pub(crate) fn attached() -> Self {
        let kernel = Self::boot();
        kernel.debugger.ask(GDB);
        kernel
    }
}

impl<S: Size> Kernel<S>
where
    FakeMachine<S>: Machine,
{
    /// Starts one on a machine of any size.
    pub(crate) fn sized(access: Access, on_loss: OnLoss) -> Self {
        let machine = FakeMachine::sized();
        let line = FakeLine::new();
        let (traps, trap) = channel();
        let (resume, resumed) = channel();
        let (pass, passed) = channel();
        let session = Session::new(machine.clone(), line.clone());
        let mut session = Box::new(session);
        session.set_policy(access, on_loss);
        let end = line.clone();
        let run = move || run(session, &end, &trap, &resume, &pass);
        let thread = Some(std::thread::spawn(run));
        let debugger = Debugger { line };
        Self { machine, debugger, traps, resumed, passed, thread }
    }

    /// Makes the current task trap.
    pub(crate) fn trap(&self, stop: Stop) {
        self.traps.send(stop).expect("the kernel lives");
    }

    /// Sets the current task's EIP and makes it trap.
    pub(crate) fn trap_at(&self, eip: u32, stop: Stop) {
        let mut state = self.machine.state();
        let current = state.current;
        state.tasks.get_mut(&current).expect("a task").registers
            [wire::i386::general::EIP] = eip;
        drop(state);
        self.trap(stop);
    }

    /// Waits until the system goes on, and returns how.
    pub(crate) fn resumed(&self) -> Resume {
        self.resumed
            .recv_timeout(Duration::from_secs(120))
            .expect("the system goes on")
    }

    /// Sends a packet and returns the reply; none if the system goes on.
    pub(crate) fn answer(&self, packet: &str) -> Option<String> {
        self.debugger.say(packet);
        loop {
            if !self.debugger.line.state().from_stub.is_empty() {
                return Some(self.debugger.hear());
            }
            if self.resumed.try_recv().is_ok() {
                return None;
            }
            std::thread::yield_now();
        }
    }

    /// Waits until a trap is passed without a word, and returns how.
    pub(crate) fn hit_action(&self) -> HitAction {
        self.passed
            .recv_timeout(Duration::from_secs(120))
            .expect("the trap is passed")
    }

    /// Expects that the system has not been let go on.
    pub(crate) fn expect_stopped(&self) {
        assert_eq!(self.resumed.try_recv().ok(), None);
    }
}

impl<S> Drop for Kernel<S> {
    fn drop(&mut self) {
        self.debugger.line.close();
        if let Some(thread) = self.thread.take() {
            // It ends by unwinding; what matters was asserted.
            let _ = thread.join();
        }
    }
}

fn run<S: Size>(
    mut session: Box<Session<FakeMachine<S>, FakeLine>>,
    line: &FakeLine,
    traps: &Receiver<Stop>,
    resumed: &Sender<Resume>,
    passed: &Sender<HitAction>,
) where
    FakeMachine<S>: Machine,
{
    loop {
        let how = if let Ok(stop) = traps.try_recv() {
            if stop != Stop::Step {
                session.end_step_over();
            }
            match session.judge_hit(stop) {
                HitAction::Report(stop) => Some(session.stopped(stop)),
                action => {
                    passed.send(action).expect("the test lives");
                    continue;
                }
            }
        } else if line.interrupt_is_due() {
            session.on_interrupt()
        } else {
            // Ends this thread once the line is closed.
            if line.is_closed() {
                return;
            }
            None
        };
        assert!(
            !session.machine().state().window_is_open,
            "the window is closed before the system goes on"
        );
        if let Some(how) = how {
            resumed.send(how).expect("the test lives");
        }
    }
}
