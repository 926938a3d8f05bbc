//! Does the work of packets that need more than one slice.

use super::classify::Handler;
use super::debugger::Client;
use crate::answers::Work;
use crate::answers::tables::Hear;
use crate::built_in::{SEARCH, TABLES};
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;

impl Client {
    /// Does one slice of the last packet's work. Returns whether there is
    /// something to send: text for the console, or the reply.
    pub(crate) fn work<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
        hear: Hear<'_>,
    ) -> bool {
        match &mut self.work {
            Some(Work::Piece(asked)) if TABLES => {
                self.osdata = Some(asked.answer(debuggee, reply, hear));
            }
            Some(Work::Print(document))
                if TABLES && document.cursor.is_end() =>
            {
                reply.set_ok();
            }
            Some(Work::Print(document)) if TABLES => {
                reply.console();
                document.piece(usize::MAX, debuggee, reply, hear);
                return true;
            }
            Some(Work::Scan(scan)) if SEARCH => {
                match scan.work(debuggee, self.engine.buffer(), reply) {
                    Ok(true) => {}
                    Ok(false) => return false,
                    Err(refused) => {
                        self.tell(Handler::Search, refused, debuggee, reply);
                    }
                }
            }
            _ => return false,
        }
        self.work = None;
        true
    }

    /// Cancels the work, as the debugger asked. Returns whether there was any,
    /// and so a reply to send.
    pub(crate) fn interrupt(&mut self, reply: &mut Reply) -> bool {
        match self.work {
            Some(Work::Print(_)) => reply.set_ok(),
            Some(Work::Scan(_)) => reply.set_error(Refused::TooMuch),
            // A piece is written in one slice.
            Some(Work::Piece(_)) | None => return false,
        }
        self.work = None;
        true
    }
}
