//! Sends replies and console text.

use super::Session;
use crate::embed::{Line, Machine};
use crate::link::{Heard, PATIENCE_US};

impl<M: Machine, L: Line> Session<M, L> {
    /// Sends everything pending, answering queries meanwhile.
    pub(crate) fn flush(&mut self) {
        self.link.query.spent.stop();
        loop {
            self.debuggee.machine.close_window();
            self.link.flush(|| self.debuggee.now_us());
            if !self.live.is_asked() {
                break;
            }
            self.answer_query();
        }
    }

    /// Enables interrupts: on receive, and on transmit if there is something to
    /// send.
    pub(crate) fn listen(&mut self) {
        let transmit = self.link.is_sending() || self.live.is_asked();
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
            match self.link.heard(now) {
                Heard::Acknowledged if self.console.is_empty() => {
                    return true;
                }
                Heard::Acknowledged => began = now,
                Heard::Nothing
                    if !self.console.is_unheard
                        && now.wrapping_sub(began) < PATIENCE_US =>
                {
                    core::hint::spin_loop();
                }
                Heard::Nothing => return true,
                Heard::Otherwise => return false,
            }
        }
    }
}
