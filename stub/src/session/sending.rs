//! Sends replies and console text.

use super::Session;
use crate::embed::{Machine, SerialLine};
use crate::link::{AckStatus, PATIENCE_US};

impl<M: Machine, L: SerialLine> Session<M, L> {
    /// Sends everything pending, answering queries meanwhile.
    pub(crate) fn flush(&mut self) {
        self.link.query.spent.stop();
        loop {
            self.debuggee.machine.close_window();
            self.link.flush(|| self.debuggee.now_us());
            if !self.live.has_query() {
                break;
            }
            self.answer_query();
        }
    }

    /// Enables interrupts: on receive, and on transmit if there is something to
    /// send.
    pub(crate) fn listen(&mut self) {
        let transmit = self.link.is_sending() || self.live.has_query();
        self.link.intake.line.set_interrupts(true, transmit);
    }

    /// Starts sending what was just printed while the system runs; waits if a
    /// lot is pending. Returns false if the debugger sends something else.
    pub(crate) fn tell_console(&mut self) -> bool {
        let is_told = !self.console.is_full() || self.settle_console();
        let now = self.debuggee.now_us();
        self.console.offer(&mut self.link, now);
        self.listen();
        is_told
    }

    /// Sends all text and waits until the debugger has it. Returns false if the
    /// debugger sends something else.
    pub(crate) fn settle_console(&mut self) -> bool {
        let mut began = self.debuggee.now_us();
        loop {
            let now = self.debuggee.now_us();
            self.console.offer(&mut self.link, now);
            self.flush();
            // Not the time before: bytes have arrived since.
            let now = self.debuggee.now_us();
            match self.link.ack_status(now) {
                AckStatus::Acknowledged if self.console.is_empty() => {
                    return true;
                }
                AckStatus::Acknowledged => began = now,
                AckStatus::Pending
                    if !self.console.seems_gone
                        && now.wrapping_sub(began) < PATIENCE_US =>
                {
                    core::hint::spin_loop();
                }
                AckStatus::Pending => return true,
                AckStatus::OtherData => return false,
            }
        }
    }
}
