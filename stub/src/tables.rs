//! Tables for a debugger: gdb's `info os`, and `monitor` for people.
//!
//! The rows are those that host-cli gets. A table is never kept as a whole:
//! a [`Document`] knows how far it has got, and writes the next piece.

use crate::debuggee::Debuggee;
use crate::embed::{Group, Machine, RowSink, TextRows};
use crate::grid::{Cells, Grid};
use crate::reply::Reply;
use crate::text::Text;
use core::fmt::{self, Write};
use layout::VirtAddr;
use layout::regions::region_of;
use layout::runs::{Run, runs};
use wire::columns::{self, Columns};
use wire::rows::{Region, Table};

/// A table that a debugger can ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Listing {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it lists.
    pub(crate) what: &'static str,
    rows: Source,
}

/// Where rows come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Source {
    /// The names of all tables.
    Names,
    /// The kernel.
    Kernel(Table),
    /// The kernel, mailbox by mailbox.
    Messages,
    /// The page tables of the task that is selected.
    Regions,
}

const fn listing(
    name: &'static str,
    what: &'static str,
    rows: Source,
) -> Listing {
    Listing { name, what, rows }
}

use Source::{Kernel, Messages, Names, Regions};

/// Every table.
pub(crate) static LISTINGS: [Listing; 10] = [
    listing("processes", "processes and their tasks", Kernel(Table::Processes)),
    listing("threads", "tasks and what they wait for", Kernel(Table::Threads)),
    listing("regions", "what the selected thread has mapped", Regions),
    listing("mailboxes", "mailboxes and who waits", Kernel(Table::Mailboxes)),
    listing("messages", "messages in all mailboxes", Messages),
    listing("windows", "shared windows", Kernel(Table::Windows)),
    listing("frames", "memory by owner and use", Kernel(Table::Frames)),
    listing("descriptors", "GDT, IDT and TSSes", Kernel(Table::Descriptors)),
    listing("ports", "I/O ports that somebody has", Kernel(Table::Ports)),
    listing("log", "the kernel's last lines", Kernel(Table::Log)),
];

/// The table of tables, as gdb wants it.
static TYPES: Listing = listing("types", "", Names);

/// Returns the table that gdb asks for by this name; the empty one is that
/// of the tables.
pub(crate) fn find(name: &[u8]) -> Option<&'static Listing> {
    if name.is_empty() {
        return Some(&TYPES);
    }
    let mut all = LISTINGS.iter();
    all.find(|listing| listing.name.as_bytes() == name)
}

/// A table on its way to the debugger, and how far it has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Document {
    /// What it lists.
    pub(crate) listing: &'static Listing,
    /// The task whose pages are listed, if they are.
    pub(crate) task: u32,
    /// The columns, if it is written in lines of text, and not in gdb's XML.
    ///
    /// Spec: GDB manual, "Operating System Information".
    grid: Option<Grid>,
    /// How far it has got.
    pub(crate) cursor: Cursor,
}

/// What is called between rows: it takes in what the line has, of which
/// the receiver holds sixteen bytes.
pub(crate) type Hear<'h> = &'h mut dyn FnMut();

/// A place in a document: the end of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cursor {
    part: Part,
    /// How many bytes of this part have been written.
    written: usize,
}

impl Cursor {
    /// The beginning.
    pub(crate) const START: Self = Self { part: Part::Head, written: 0 };

    /// Returns whether all has been written.
    pub(crate) fn is_end(self) -> bool {
        self.part == Part::End
    }
}

/// The parts of a document, each made anew for the piece that has its rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Head,
    /// The row with this id, of this mailbox.
    Row {
        of: u32,
        id: u32,
    },
    Tail,
    End,
}

impl Document {
    /// Returns a table in XML, of which the part before `cursor` has been
    /// written.
    pub(crate) const fn xml(
        listing: &'static Listing,
        task: u32,
        cursor: Cursor,
    ) -> Self {
        Self { listing, task, grid: None, cursor }
    }

    /// Returns the beginning of a table in lines.
    pub(crate) const fn lines(listing: &'static Listing, task: u32) -> Self {
        let grid = Some(Grid::new());
        Self { listing, task, grid, cursor: Cursor::START }
    }

    /// Looks at all rows once, to see how wide the columns are.
    fn measure<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        hear: Hear<'_>,
    ) {
        let Some(grid) = &mut self.grid else { return };
        let cells = Cells::new();
        let mut measure = Measure { grid, cells, group: NO_GROUP, hear };
        // It takes all rows.
        let _ = self.listing.rows((0, 0), self.task, &mut measure, debuggee);
    }

    /// Writes the next piece: `most` bytes of it, or what `reply` takes.
    /// Returns how many bytes that were.
    pub(crate) fn piece<M: Machine>(
        &mut self,
        most: usize,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
        hear: Hear<'_>,
    ) -> usize {
        if self.cursor == Cursor::START {
            self.measure(debuggee, hear);
        }
        let Self { listing, task, cursor, .. } = *self;
        let Cursor { part, written } = cursor;
        let is_binary = self.grid.is_none();
        let (skip, room, is_full) = (written, most, false);
        let written = 0;
        let out = Out { skip, written, room, is_full, is_binary, reply };
        let (grid, cells) = (self.grid.as_ref(), Cells::new());
        let mut piece = Piece { grid, part, group: NO_GROUP, cells, out, hear };
        // An error is only how the piece says that it is full.
        let _ = piece.write(listing, task, debuggee);
        let Piece { part, out: Out { written, room, .. }, .. } = piece;
        self.cursor = Cursor { part, written };
        most.saturating_sub(room)
    }
}

impl Listing {
    /// Hands on the rows from that with id `from.1` of mailbox `from.0` on.
    fn rows<M: Machine>(
        &self,
        from: (u32, u32),
        task: u32,
        to: &mut dyn TextRows,
        debuggee: &mut Debuggee<M>,
    ) -> fmt::Result {
        let (mut of, mut id) = from;
        match self.rows {
            Source::Names => types(id, to),
            Source::Kernel(table) => kernel_rows(table, 0, id, to, debuggee),
            Source::Regions => {
                to.group(("task", task));
                regions(id, task, to, debuggee)
            }
            Source::Messages => {
                while let Some(mailbox) = mailbox_from(of, debuggee) {
                    if mailbox != of {
                        id = 0;
                    }
                    to.group(("mailbox", mailbox));
                    let messages = Table::Messages;
                    kernel_rows(messages, mailbox, id, to, debuggee)?;
                    let Some(next) = mailbox.checked_add(1) else { break };
                    (of, id) = (next, 0);
                }
                Ok(())
            }
        }
    }
}

fn kernel_rows<M: Machine>(
    table: Table,
    of: u32,
    from: u32,
    to: &mut dyn TextRows,
    debuggee: &mut Debuggee<M>,
) -> fmt::Result {
    let mut from = from;
    loop {
        let mut sink = RowSink::text(to);
        // What does not exist has no rows.
        let _ = debuggee.machine.rows(table, of, from, &mut sink);
        match sink.finish().1 {
            None => return Ok(()),
            Some(next) if next > from && to.wants_more() => from = next,
            Some(_) => return Err(fmt::Error),
        }
    }
}

/// Returns the first mailbox with this id or a higher one.
fn mailbox_from<M: Machine>(
    id: u32,
    debuggee: &mut Debuggee<M>,
) -> Option<u32> {
    // Nothing fits, so the first row is the one to go on from.
    let mut sink = RowSink::new(&mut []);
    let all = debuggee.machine.rows(Table::Mailboxes, 0, id, &mut sink);
    all.ok().and_then(|()| sink.finish().1)
}

fn types(from: u32, to: &mut dyn TextRows) -> fmt::Result {
    for (id, Listing { name, what, .. }) in (0..).zip(&LISTINGS) {
        if id < from {
            continue;
        }
        to.begin_row(id)?;
        // gdb does not print what is called `Title`.
        let cells = [("Type", name), ("Description", what), ("Title", name)];
        for (column, text) in cells {
            to.column(column)?;
            to.text(text)?;
        }
        to.end_row()?;
    }
    Ok(())
}

fn regions<M: Machine>(
    from: u32,
    task: u32,
    to: &mut dyn TextRows,
    debuggee: &mut Debuggee<M>,
) -> fmt::Result {
    let machine = &mut debuggee.machine;
    let Some(task) = machine.task(task) else { return Ok(()) };
    let mut result = Ok(());
    let mut push = |run: Run| {
        let row = Region {
            start: run.start,
            pages: run.pages,
            writable: run.writable,
            user: run.user,
            physical: run.physical,
            row: region_of(run.start).map(|row| row.name),
        };
        result = to
            .begin_row(run.start.0)
            .and_then(|()| columns::write(&row, to))
            .and_then(|()| to.end_row());
        result.is_ok()
    };
    let push: &mut dyn FnMut(Run) -> bool = &mut push;
    // Where a table is in no memory the rows end.
    let _ = runs(machine, task.directory, VirtAddr(from), push);
    result
}

/// Looks how wide the columns are.
struct Measure<'m> {
    grid: &'m mut Grid,
    cells: Cells,
    group: Group,
    hear: Hear<'m>,
}

impl Columns for Measure<'_> {
    fn column(&mut self, name: &'static str) -> fmt::Result {
        let index = self.cells.begin();
        self.grid.name(index, name);
        Ok(())
    }

    fn text(&mut self, text: &str) -> fmt::Result {
        self.cells.add(text);
        Ok(())
    }
}

impl TextRows for Measure<'_> {
    fn group(&mut self, group: Group) {
        self.group = group;
    }

    fn begin_row(&mut self, _: u32) -> fmt::Result {
        self.hear();
        self.cells.clear();
        begin_group(self.group, self)
    }

    fn end_row(&mut self) -> fmt::Result {
        self.grid.measure(&self.cells);
        Ok(())
    }

    fn wants_more(&self) -> bool {
        true
    }

    fn hear(&mut self) {
        (self.hear)();
    }
}

/// The group of a table that has none.
const NO_GROUP: Group = ("", 0);

fn begin_group((name, id): Group, to: &mut dyn Columns) -> fmt::Result {
    if name.is_empty() {
        return Ok(());
    }
    let mut digits = Text::<10>::new();
    // It has at most ten.
    let _ = write!(digits, "{id}");
    to.column(name)?;
    to.text(digits.as_str())
}

/// A piece of a document being written.
struct Piece<'p> {
    grid: Option<&'p Grid>,
    part: Part,
    group: Group,
    cells: Cells,
    out: Out<'p>,
    hear: Hear<'p>,
}

impl Piece<'_> {
    fn write<M: Machine>(
        &mut self,
        listing: &'static Listing,
        task: u32,
        debuggee: &mut Debuggee<M>,
    ) -> fmt::Result {
        if self.part == Part::Head {
            self.head(listing)?;
            self.begin(Part::Row { of: 0, id: 0 });
        }
        if let Part::Row { of, id } = self.part {
            listing.rows((of, id), task, self, debuggee)?;
            self.begin(Part::Tail);
        }
        if self.part == Part::Tail {
            if self.grid.is_none() {
                self.out.write_str("</osdata>")?;
            }
            self.begin(Part::End);
        }
        Ok(())
    }

    fn head(&mut self, listing: &Listing) -> fmt::Result {
        match self.grid {
            None => {
                self.out.write_str(concat!(
                    "<?xml version=\"1.0\"?>",
                    "<!DOCTYPE target SYSTEM \"osdata.dtd\">",
                    "<osdata type=\"",
                ))?;
                self.out.write_str(listing.name)?;
                self.out.write_str("\">")
            }
            Some(grid) if grid.is_empty() => {
                self.out.write_str("no ")?;
                self.out.write_str(listing.name)?;
                self.out.write_str("\n")
            }
            Some(grid) => grid.write_names(&mut self.out),
        }
    }

    /// Begins a part, unless it is the one that was cut.
    fn begin(&mut self, part: Part) {
        self.part = part;
        self.out.written = 0;
    }
}

impl Columns for Piece<'_> {
    fn column(&mut self, name: &'static str) -> fmt::Result {
        let index = self.cells.begin();
        if self.grid.is_some() {
            return Ok(());
        }
        if index > 0 {
            self.out.write_str("</column>")?;
        }
        self.out.write_str("<column name=\"")?;
        for c in name.chars() {
            self.out.write_char(if c == '_' { ' ' } else { c })?;
        }
        self.out.write_str("\">")
    }

    fn text(&mut self, text: &str) -> fmt::Result {
        if self.grid.is_some() {
            self.cells.add(text);
            return Ok(());
        }
        for c in text.chars() {
            match c {
                '&' => self.out.write_str("&amp;"),
                '<' => self.out.write_str("&lt;"),
                '>' => self.out.write_str("&gt;"),
                // XML has no place for these.
                c if c.is_control() => self.out.write_char('?'),
                c => self.out.write_char(c),
            }?;
        }
        Ok(())
    }
}

impl TextRows for Piece<'_> {
    fn group(&mut self, group: Group) {
        self.group = group;
    }

    fn begin_row(&mut self, id: u32) -> fmt::Result {
        self.hear();
        self.begin(Part::Row { of: self.group.1, id });
        self.cells.clear();
        if self.grid.is_none() {
            self.out.write_str("<item>")?;
        }
        begin_group(self.group, self)
    }

    fn end_row(&mut self) -> fmt::Result {
        match self.grid {
            None => self.out.write_str("</column></item>"),
            Some(grid) => grid.write_row(&self.cells, &mut self.out),
        }
    }

    fn wants_more(&self) -> bool {
        !self.out.is_full
    }

    fn hear(&mut self) {
        (self.hear)();
    }
}

/// How far a piece has got, and where it goes.
struct Out<'p> {
    /// Bytes of this part that stand in pieces before.
    skip: usize,
    /// Bytes of this part so far, those included.
    written: usize,
    room: usize,
    is_full: bool,
    /// Whether the reply is binary; else it is digits.
    is_binary: bool,
    reply: &'p mut Reply,
}

impl Out<'_> {
    fn push(&mut self, byte: u8) -> fmt::Result {
        if let Some(less) = self.skip.checked_sub(1) {
            self.skip = less;
        } else if let Some(less) = self.room.checked_sub(1)
            && self.reply.room() >= 2
        {
            self.room = less;
            if self.is_binary {
                self.reply.push_binary(byte);
            } else {
                self.reply.push_hex(byte);
            }
        } else {
            self.is_full = true;
            return Err(fmt::Error);
        }
        self.written = self.written.saturating_add(1);
        Ok(())
    }
}

impl Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().try_for_each(|byte| self.push(byte))
    }
}
