//! Packets that begin with a word: `q…`, and `vCont`.

use super::debugger::Client;
use super::tasks::existing;
use crate::answers::tables::Document;
use crate::answers::{About, After, Scan, features, osdata};
use crate::embed::Machine;
use crate::link::Reply;
use crate::monitor::{self, Said};
use crate::protocol::Refused;
use crate::target::Debuggee;
use core::fmt::Write;

/// What gdbstub does not answer, or not well.
#[derive(Clone, Copy)]
enum Query {
    Features,
    MemoryMap,
    Search,
    Sum,
    Monitor,
    Tables,
    Describe,
    Resume,
    Actions,
    Current,
    First,
    Further,
}

/// How these packets begin.
static QUERIES: [(&[u8], Query); 12] = [
    (b"qXfer:features:read:", Query::Features),
    (b"qXfer:memory-map:read:", Query::MemoryMap),
    (b"qSearch:memory:", Query::Search),
    (b"qCRC:", Query::Sum),
    (b"qRcmd,", Query::Monitor),
    (b"qXfer:osdata:read:", Query::Tables),
    (b"qThreadExtraInfo,", Query::Describe),
    (b"vCont;", Query::Resume),
    (b"vCont?", Query::Actions),
    (b"qC", Query::Current),
    (b"qfThreadInfo", Query::First),
    (b"qsThreadInfo", Query::Further),
];

impl Client {
    /// Answers them; what begins otherwise is gdbstub's.
    pub(super) fn query<M: Machine>(
        &mut self,
        body: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        let asked = QUERIES.iter().find_map(|(name, query)| {
            Some((*query, body.strip_prefix(*name)?))
        });
        let Some((query, rest)) = asked else {
            return self.engine.answer(body, debuggee, reply);
        };
        match query {
            // These are the whole packet.
            Query::Actions | Query::Current | Query::First | Query::Further
                if !rest.is_empty() =>
            {
                reply.clear();
            }
            Query::Features => features::answer(rest, self.is_gdb, reply)?,
            Query::MemoryMap => features::memory_map(rest, reply)?,
            Query::Search => {
                let buffer = self.engine.buffer();
                self.scan = Some(Scan::search(rest, debuggee, buffer)?);
                return Ok(After::Later);
            }
            Query::Sum => {
                self.scan = Some(Scan::sum(rest, debuggee)?);
                return Ok(After::Later);
            }
            Query::Monitor => {
                return self.monitor(rest, about, debuggee, reply);
            }
            Query::Tables => {
                let reader = self.osdata.as_ref();
                self.asked = osdata::asked(rest, reader, debuggee)?;
                if self.asked.is_some() {
                    return Ok(After::Later);
                }
                reply.clear();
                // So gdb hears of a table that there is not.
                reply.push(b'l');
            }
            Query::Describe => describe(rest, debuggee, reply)?,
            Query::Resume => {
                debuggee.go_on(rest)?;
                return Ok(After::Resumed);
            }
            Query::Actions => {
                reply.clear();
                reply.push_str("vCont;c;C;s;S;r");
            }
            Query::Current => {
                reply.clear();
                reply.push_str("QC");
                let task = debuggee.machine.current_task();
                self.write_id(task, reply);
            }
            Query::First => return Ok(self.list(0, debuggee, reply)),
            Query::Further => {
                return Ok(self.list(self.last_listed, debuggee, reply));
            }
        }
        Ok(After::Answered)
    }

    fn monitor<M: Machine>(
        &mut self,
        words: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<After, Refused> {
        match monitor::answer(words, debuggee, about, reply)? {
            Said::Answered => Ok(After::Answered),
            Said::Reset => Ok(After::Reset),
            Said::Table(listing, task) => {
                let task = task.unwrap_or_else(|| debuggee.selected_task());
                self.printed = Some(Document::lines(listing, task));
                Ok(After::Later)
            }
        }
    }
}

fn describe<M: Machine>(
    id: &[u8],
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<(), Refused> {
    let id = existing(id, debuggee)?;
    reply.clear();
    // What is too long for gdb's line is cut.
    let _ = debuggee.machine.describe_task(id, &mut Hex { left: 120, reply });
    Ok(())
}

/// Writes text as digits.
struct Hex<'r> {
    left: usize,
    reply: &'r mut Reply,
}

impl Write for Hex<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            self.left = self.left.checked_sub(1).ok_or(core::fmt::Error)?;
            self.reply.push_hex(byte);
        }
        Ok(())
    }
}
