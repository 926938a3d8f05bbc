//! What a packet has asked for and takes more than one go.

use super::debugger::Client;
use crate::answers::tables::Hear;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;

impl Client {
    /// Returns whether there is work that [`Client::work`] goes on with.
    pub(crate) const fn has_work(&self) -> bool {
        self.asked.is_some() || self.printed.is_some() || self.scan.is_some()
    }

    /// Does a bit of what the last packet has asked for. Returns whether
    /// there is something to send: text for the console, or the reply.
    pub(crate) fn work<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
        hear: Hear<'_>,
    ) -> bool {
        if let Some(asked) = self.asked {
            self.osdata = Some(asked.answer(debuggee, reply, hear));
            self.asked = None;
            return true;
        }
        if let Some(document) = &mut self.printed {
            if document.cursor.is_end() {
                self.printed = None;
                reply.set_ok();
            } else {
                reply.console();
                document.piece(usize::MAX, debuggee, reply, hear);
            }
            return true;
        }
        let Some(scan) = &mut self.scan else { return false };
        let done = scan.work(debuggee, self.engine.buffer(), reply);
        let done = done.unwrap_or_else(|refused| {
            self.tell(b"", refused, debuggee, reply);
            true
        });
        if done {
            self.scan = None;
        }
        done
    }

    /// Ends the work, as the debugger wants. Returns whether there was any,
    /// and so a reply to send.
    pub(crate) fn interrupt(&mut self, reply: &mut Reply) -> bool {
        if self.printed.take().is_some() {
            reply.set_ok();
        } else if self.scan.take().is_some() {
            reply.set_error(Refused::TooMuch.code());
        } else {
            return false;
        }
        true
    }

    /// Forgets the work, on which the stub has faulted. Returns whether there
    /// was any.
    pub(crate) fn give_up(&mut self) -> bool {
        let had_work = self.has_work();
        self.asked = None;
        self.printed = None;
        self.scan = None;
        had_work
    }
}
