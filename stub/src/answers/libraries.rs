//! `qXfer:libraries:read`: the images of the kernel's table, with which
//! debuggers find the files of all programs by themselves.
//!
//! gdb and lldb want different lists. gdb takes a segment's address for that of
//! the first one in the file; names with a slash are looked up below its
//! `sysroot`. lldb takes a section's address for that of the file, looks names
//! up in `target.exec-search-paths`, and forgets the kernel if that is not
//! listed as well. Before version 23, it forgets the addresses of everything
//! once it has read a list: it gets none.
//!
//! An image that shares addresses with another is left out: symbols would say
//! what may not be so.
//!
//! Spec: GDB manual, "Library List Format".

use super::escaped::Escaped;
use super::window::Window;
use crate::embed::{Machine, RowSink, TextRows};
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;
use core::fmt::{self, Write};
use wire::fields::{Column, Value};
use wire::hex;
use wire::rows::Table;

/// Returns whether there is a list.
pub(crate) fn are_offered<M: Machine>(debuggee: &Debuggee<M>) -> bool {
    debuggee.machine.offers(Table::Images)
}

/// Answers what follows `qXfer:libraries:read:`.
///
/// The images never change, so neither does the list; it is written anew for
/// each piece.
pub(crate) fn answer<M: Machine>(
    rest: &[u8],
    is_gdb: bool,
    debuggee: &mut Debuggee<M>,
    reply: &mut Reply,
) -> Result<(), Refused> {
    if !are_offered(debuggee) {
        reply.clear();
        return Ok(());
    }
    let range = rest.strip_prefix(b":").and_then(hex::range);
    let (offset, len) = range.ok_or(Refused::Invalid)?;
    reply.set("l");
    let out = Window::new(offset as usize, len as usize, false, reply);
    let mut list = List { is_gdb, out };
    // An error only means that the piece is full.
    let _ = list.write(debuggee);
    if list.out.is_full {
        reply.set_first(b'm');
    }
    Ok(())
}

/// A piece of the list that is being written.
struct List<'p> {
    is_gdb: bool,
    out: Window<'p>,
}

impl List<'_> {
    fn write<M: Machine>(&mut self, debuggee: &mut Debuggee<M>) -> fmt::Result {
        self.out.write_str("<library-list>")?;
        let mut sink = RowSink::text(self);
        let rows = debuggee.machine.rows(Table::Images, 0, 0, &mut sink);
        rows.map_err(|_| fmt::Error)?;
        self.out.write_str("</library-list>")
    }

    fn write_image(&mut self, name: &str, start: u32) -> fmt::Result {
        let (slash, part) = match self.is_gdb {
            true => ("/", "segment"),
            false => ("", "section"),
        };
        write!(self.out, "<library name=\"{slash}")?;
        Escaped(&mut self.out).write_str(name)?;
        write!(self.out, "\"><{part} address=\"{start:#x}\"/></library>")
    }
}

impl TextRows for List<'_> {
    fn group(&mut self, _: (&'static str, u32)) {}

    fn row(
        &mut self,
        _: u32,
        columns: &[Column],
        values: &[Value<'_>],
    ) -> fmt::Result {
        let value = |name: &str| {
            let at = columns.iter().position(|column| column.name == name)?;
            values.get(at).copied()
        };
        let is_kernel = value("kernel") == Some(Value::Flag(true));
        let is_alone = value("overlaps") == Some(Value::Absent);
        match (value("name"), value("start")) {
            (Some(Value::Text(name)), Some(Value::Address(start)))
                if is_alone && !(self.is_gdb && is_kernel) =>
            {
                self.write_image(name, start)
            }
            _ => Ok(()),
        }
    }

    fn wants_more(&self) -> bool {
        !self.out.is_full
    }

    fn poll_line(&mut self) {}
}
