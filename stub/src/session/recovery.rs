//! What becomes of a session when the stub itself has faulted: a record it
//! followed was ruined, or a page of the kernel's tables was gone.
//!
//! Whoever asked gets an error, and the next question is a new one. What a
//! packet has changed before the fault stays changed.

use super::{Entry, Session};
use crate::embed::{Line, Machine, Resume, Stop};
use crate::protocol::Refused;

impl<M: Machine, L: Line> Session<M, L> {
    /// Goes on after the stub has faulted on what it was doing, which is
    /// given up, and returns how the system is to go on if it was stopped.
    ///
    /// `reason` is why the system stops, if the stub had not come to see to
    /// that yet; none if only the line was served. To be called with
    /// interrupts off, in place of the call that did not return.
    #[inline(never)]
    pub fn recover(&mut self, reason: Option<Stop>) -> Option<Resume> {
        self.debuggee.machine.close_window();
        let about = self.about();
        let Self { live, debuggee, link, .. } = self;
        live.give_up(&mut debuggee.machine, &about, &mut link.query);
        let is_stopped = self.client.stop.is_some();
        let waits = is_stopped || !self.client.is_open;
        let is_asked = self.asked.take().is_some();
        if (self.client.work.take().is_some() || is_asked) && waits {
            self.link.reply.set_error(Refused::NoMemory);
            self.link.post();
        }
        if is_stopped {
            return Some(self.serve_on());
        }
        if let Some(reason) = reason {
            return Some(self.serve(Entry::Trapped(reason, None)));
        }
        let now = self.debuggee.now_us();
        self.link.burst(now);
        self.listen();
        None
    }
}
