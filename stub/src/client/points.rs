//! Breakpoints and watchpoints: `Z` and `z`.

use super::debugger::Client;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::requests::conditions::Breakpoint;
use crate::requests::debug_registers::Kind;
use crate::target::Debuggee;
use layout::VirtAddr;
use wire::hex;
use wire::parts::cut;

/// What `Z` and `z` are about.
#[derive(Clone, Copy)]
struct Point {
    /// Which kind of debug register; none for a breakpoint in memory.
    kind: Option<Kind>,
    address: VirtAddr,
    len_bytes: u32,
}

impl Point {
    /// Reads the kind, the address and the length; none if there is no such
    /// kind.
    fn parse(text: &[u8]) -> Result<Option<Self>, Refused> {
        let (kind, range) = cut(text, b',');
        let kind = match kind {
            b"0" => None,
            b"1" => Some(Kind::Execute),
            b"2" => Some(Kind::Write),
            b"4" => Some(Kind::Access),
            // The processor has no watchpoint for reads alone. gdb takes
            // one for any access then, and sorts the hits.
            _ => return Ok(None),
        };
        let range = range.and_then(hex::range).ok_or(Refused::Invalid)?;
        let (address, mut len_bytes) = range;
        if kind == Some(Kind::Execute) {
            // A breakpoint's is what stands for `int3`.
            len_bytes = 1;
        }
        let address = VirtAddr(address);
        Ok(Some(Self { kind, address, len_bytes }))
    }

    /// Returns whether the machine has what it takes.
    fn is_offered<M: Machine>(self, debuggee: &mut Debuggee<M>) -> bool {
        self.kind.is_none() || debuggee.load_registers()
    }

    /// Returns which breakpoint it is, if it is one.
    fn breakpoint(self) -> Option<Breakpoint> {
        let is_hardware = self.kind.is_some();
        let is_it = matches!(self.kind, None | Some(Kind::Execute));
        is_it.then_some((is_hardware, self.address))
    }
}

impl Client {
    /// `Z`: a breakpoint with its conditions and commands, or a watchpoint.
    pub(super) fn set_point<M: Machine>(
        &mut self,
        point: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        let (point, text) = cut(point, b';');
        let point = Point::parse(point)?;
        let Some(point) = point.filter(|it| it.is_offered(debuggee)) else {
            reply.clear();
            return Ok(());
        };
        let Point { kind, address, len_bytes } = point;
        if let Some(breakpoint) = point.breakpoint() {
            self.conditions.set(breakpoint, text)?;
        }
        let result = match kind {
            None => debuggee.set_breakpoint(address),
            Some(kind) => debuggee.set_hardware(kind, address, len_bytes),
        };
        if let (Err(_), Some(breakpoint)) = (result, point.breakpoint()) {
            self.conditions.remove(breakpoint);
        }
        reply.set_ok();
        result
    }

    /// `z`: takes out what `Z` has set.
    pub(super) fn clear_point<M: Machine>(
        &mut self,
        point: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        let point = Point::parse(point)?;
        let Some(point) = point.filter(|it| it.is_offered(debuggee)) else {
            reply.clear();
            return Ok(());
        };
        let Point { kind, address, len_bytes } = point;
        if let Some(breakpoint) = point.breakpoint() {
            self.conditions.remove(breakpoint);
        }
        let was_set = match kind {
            None => debuggee.clear_breakpoint(address),
            Some(kind) => debuggee.clear_hardware(kind, address, len_bytes),
        };
        reply.set_ok();
        was_set.then_some(()).ok_or(Refused::Invalid)
    }
}
