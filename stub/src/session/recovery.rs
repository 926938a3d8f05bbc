//! Recovers a session after the stub itself faulted: a record that it followed
//! was corrupt, or a page of the kernel's tables was gone.
//!
//! The request in progress is answered with an error, and the next one starts
//! afresh. What a packet changed before the fault stays changed.

use super::{Entry, Session};
use crate::client::classify;
use crate::embed::{Machine, Resume, SerialLine, Stop};
use crate::protocol::Refused;

impl<M: Machine, L: SerialLine> Session<M, L> {
    /// Abandons what the stub was doing when it faulted, and carries on.
    /// Returns how to resume the system if it was stopped.
    ///
    /// `reason` is why the system stops, if the stub hadn't yet handled that
    /// stop; none if it was only serving the line. Call it with interrupts off,
    /// in place of the call that did not return.
    #[inline(never)]
    pub fn recover(&mut self, reason: Option<Stop>) -> Option<Resume> {
        self.debuggee.machine.close_window();
        let about = self.about();
        let Self { live, debuggee, link, .. } = self;
        live.give_up(&mut debuggee.machine, &about, &mut link.query);
        let is_stopped = self.client.stop.is_some();
        let waits = is_stopped || !self.client.is_open;
        let was_answering = self.answering.take().is_some();
        if (self.client.work.take().is_some() || was_answering) && waits {
            let (body, mut exchange) = self.exchange();
            exchange.refuse(classify(body).handler, Refused::NoMemory);
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
