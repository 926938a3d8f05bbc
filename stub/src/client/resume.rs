//! Resumes the system: `vCont`, and the packets that it replaces.

use super::exchange::Exchange;
use crate::embed::Machine;
use crate::protocol::{Refused, ThreadId};
use crate::storage::Text;
use core::fmt::Write;
use wire::hex;
use wire::parts::{cut, parts};

/// The longest `vCont` written here: `vCont;S0b:ffffffff;c`.
const LONGEST: usize = 20;

impl<M: Machine> Exchange<'_, M> {
    /// `vCont` with `actions`; `body` is the whole packet.
    pub(super) fn go_on(
        &mut self,
        actions: &[u8],
        body: &[u8],
    ) -> Result<(), Refused> {
        let before = self.debuggee.plan.clone();
        if let Err(refused) = self.gdbstub(body) {
            // The actions before the one that was refused.
            self.debuggee.plan = before;
            return Err(refused);
        }
        // gdbstub drops the signal.
        self.debuggee.plan.signalled |= has_signal_for_all(actions);
        Ok(())
    }

    /// `c`, `s`, `C` and `S`, rewritten as `vCont`: gdbstub doesn't know the
    /// last two, and for the first two it holds the other threads back.
    pub(super) fn go_on_plainly(
        &mut self,
        kind: u8,
        argument: &[u8],
    ) -> Result<(), Refused> {
        let signal = match *argument {
            [high, low] => hex::byte(high, low),
            _ => None,
        };
        let current = self.debuggee.machine.current_task();
        let mut body = Text::<LONGEST>::new();
        // It always fits.
        let _ = match (kind, argument, signal) {
            (b'c', [], _) => body.write_str("vCont;c"),
            (b's', [], _) => {
                let task = self.client.step_thread.unwrap_or(current);
                write!(body, "vCont;s:{task:x}")
            }
            // A signal is for the task that stopped; the others continue.
            (b'C', _, Some(signal)) => write!(body, "vCont;C{signal:02x}"),
            (b'S', _, Some(signal)) => {
                write!(body, "vCont;S{signal:02x}:{current:x};c")
            }
            _ => return Err(Refused::Invalid),
        };
        let body = body.as_bytes();
        let actions = cut(body, b';').1.unwrap_or(&[]);
        self.go_on(actions, body)
    }
}

/// Returns whether all threads continue with a signal.
fn has_signal_for_all(actions: &[u8]) -> bool {
    parts(actions, b';').any(|action| {
        let (what, whose) = cut(action, b':');
        matches!(what, [b'C', signal @ ..] if hex::number(signal) != Some(0))
            && ThreadId::parse(whose.unwrap_or(b"-1")) == Some(ThreadId::Any)
    })
}
