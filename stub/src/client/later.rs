//! Does the work of packets that need more than one slice.

use super::classify::Handler;
use super::exchange::Exchange;
use crate::answers::Work;
use crate::answers::tables::PollLine;
use crate::built_in::{MONITOR, SEARCH, TABLES};
use crate::embed::Machine;
use crate::protocol::Refused;

impl<M: Machine> Exchange<'_, M> {
    /// Does one slice of the last packet's work. Returns whether there is
    /// something to send: text for the console, or the reply.
    pub(crate) fn work(&mut self, poll_line: PollLine<'_>) -> bool {
        let Self { client, debuggee, reply } = self;
        match &mut client.work {
            Some(Work::Piece(request)) if TABLES => {
                let reader = request.answer(debuggee, reply, poll_line);
                client.osdata = Some(reader);
            }
            Some(Work::Map(map)) if MONITOR && !map.is_end() => {
                reply.set("O");
                return map.slice(debuggee, reply);
            }
            Some(Work::Map(_) | Work::Done) => reply.set("OK"),
            Some(Work::Print(document))
                if TABLES && document.cursor.is_end() =>
            {
                reply.set("OK");
            }
            Some(Work::Print(document)) if TABLES => {
                reply.set("O");
                document.piece(usize::MAX, debuggee, reply, poll_line);
                return true;
            }
            Some(Work::Scan(scan)) if SEARCH => {
                match scan.work(debuggee, client.engine.buffer(), reply) {
                    Ok(true) => {}
                    Ok(false) => return false,
                    Err(refused) => self.refuse(Handler::Search, refused),
                }
            }
            _ => return false,
        }
        self.client.work = None;
        true
    }

    /// Cancels the work, as the debugger asked. Returns whether there was any,
    /// and so a reply to send. If not, the next resume ends in a stop at once:
    /// the debugger may have asked while it believed that the system runs, or
    /// between two of its many steps.
    pub(crate) fn interrupt(&mut self) -> bool {
        match self.client.work {
            Some(Work::Print(_) | Work::Map(_) | Work::Done) => {
                self.reply.set("OK")
            }
            Some(Work::Scan(_)) => self.reply.set_error(Refused::TooMuch),
            // A piece is written in one slice.
            Some(Work::Piece(_)) | None => {
                self.client.is_interrupting = self.client.is_open;
                return false;
            }
        }
        self.client.work = None;
        true
    }
}
