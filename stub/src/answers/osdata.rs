//! gdb's `info os`: `qXfer:osdata:read`, piece by piece.
//!
//! A client reads a table from its beginning, and may ask for the last piece
//! again. Anything else is an error. So no rows are skipped blindly, and all
//! pieces are from one stop.

use super::tables::{self, Cursor, Document, Form, Listing, PollLine};
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;
use wire::hex;
use wire::parts::cut;

/// The table that is being read.
#[derive(Debug)]
pub(crate) struct Reader {
    listing: Listing,
    task: u32,
    /// Where the last piece begins.
    last: (u32, Cursor),
    /// Where the next piece begins.
    next: (u32, Cursor),
}

/// A piece that the client asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OsdataRequest {
    document: Document,
    offset: u32,
    most: u32,
}

/// Parses what follows `qXfer:osdata:read:` and returns the piece to read; none
/// if there is no such table. `reader` says how far the client has read.
pub(crate) fn parse<M: Machine>(
    rest: &[u8],
    reader: Option<&Reader>,
    debuggee: &mut Debuggee<M>,
) -> Result<Option<OsdataRequest>, Refused> {
    let (name, range) = cut(rest, b':');
    let range = range.and_then(hex::range);
    let (offset, most) = range.ok_or(Refused::Invalid)?;
    let Some(listing) = tables::find(name) else { return Ok(None) };
    if offset == 0 && !listing.is_offered(debuggee) {
        return Ok(None);
    }
    let (task, cursor) = match reader {
        _ if offset == 0 => (debuggee.memory_task(), Cursor::START),
        Some(it) if it.listing != listing => return Err(Refused::Invalid),
        Some(it) if it.next.0 == offset => (it.task, it.next.1),
        Some(it) if it.last.0 == offset => (it.task, it.last.1),
        _ => return Err(Refused::Invalid),
    };
    let document = Document { listing, task, form: Form::Xml, cursor };
    Ok(Some(OsdataRequest { document, offset, most }))
}

impl OsdataRequest {
    /// Answers, and returns how far the client has read then.
    pub(crate) fn answer<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
        poll_line: PollLine<'_>,
    ) -> Reader {
        let Self { ref mut document, offset, most } = *self;
        let start = document.cursor;
        reply.set("l");
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let bytes = document.piece(most, debuggee, reply, poll_line);
        let end = document.cursor;
        if !end.is_end() {
            reply.set_first(b'm');
        }
        // A reply is shorter than that.
        let next = offset.saturating_add(bytes as u32);
        let Document { listing, task, .. } = *document;
        Reader { listing, task, last: (offset, start), next: (next, end) }
    }
}
