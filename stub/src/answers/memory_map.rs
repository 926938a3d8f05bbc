//! `monitor info mem`: what is mapped, as QEMU's monitor prints it. Plug-ins of
//! gdb read that.

use crate::embed::Machine;
use crate::link::Reply;
use crate::target::Debuggee;
use core::fmt::Write;
use layout::runs::{Run, runs_within};
use layout::{PhysAddr, VirtAddr};

/// How many lines one packet has, besides the last of all.
const MOST_LINES: usize = 16;

/// How much of the page tables one slice looks at.
const EFFORT: u32 = 2048;

/// A map that is being printed, and how far it got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MemoryMap {
    directory: PhysAddr,
    /// Where to continue; none at the end.
    from: Option<VirtAddr>,
    /// The range that the next run may belong to.
    open: Option<Range>,
}

/// Addresses with equal rights, wherever their frames are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Range {
    start: u64,
    end: u64,
    user: bool,
    writable: bool,
}

impl MemoryMap {
    /// Returns the map of what `directory` maps, from its beginning.
    pub(crate) const fn new(directory: PhysAddr) -> Self {
        Self { directory, from: Some(VirtAddr(0)), open: None }
    }

    /// Returns whether all of it has been written.
    pub(crate) const fn is_end(&self) -> bool {
        self.from.is_none()
    }

    /// Adds the next lines to `reply`, in digits; returns whether there are
    /// any.
    pub(crate) fn slice<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> bool {
        let Some(from) = self.from else { return false };
        let mut open = self.open;
        let mut again = None;
        let mut lines = 0_usize;
        let mut push = |run: Run| {
            if lines >= MOST_LINES {
                again = Some(run.start);
                return false;
            }
            let range = Range::of(run);
            match &mut open {
                Some(before) if before.goes_on_with(range) => {
                    before.end = range.end;
                }
                Some(before) => {
                    before.write(reply);
                    lines = lines.saturating_add(1);
                    *before = range;
                }
                None => open = Some(range),
            }
            true
        };
        let push: &mut dyn FnMut(Run) -> bool = &mut push;
        let cut = runs_within(debuggee, self.directory, from, EFFORT, push);
        // The map ends at a page table whose address has no memory.
        self.from = cut.unwrap_or(None).or(again);
        self.open = open;
        if let (None, Some(last)) = (self.from, self.open) {
            last.write(reply);
            lines = lines.saturating_add(1);
        }
        lines > 0
    }
}

impl Range {
    fn of(Run { start, pages, user, writable, .. }: Run) -> Self {
        let start = start.0.into();
        let bytes = u64::from(pages).saturating_mul(PAGE_BYTES);
        Self { start, end: start.saturating_add(bytes), user, writable }
    }

    fn goes_on_with(&self, next: Self) -> bool {
        self.end == next.start
            && (self.user, self.writable) == (next.user, next.writable)
    }

    fn write(&self, reply: &mut Reply) {
        let Self { start, end, user, writable } = *self;
        let size = end.saturating_sub(start);
        let user = if user { 'u' } else { '-' };
        let writable = if writable { 'w' } else { '-' };
        // It fits.
        let _ = writeln!(
            reply.digits(),
            "{start:016x}-{end:016x} {size:016x} {user}r{writable}"
        );
    }
}

/// The size of a page, which is wider here than addresses are.
const PAGE_BYTES: u64 = layout::PAGE_BYTES as u64;
