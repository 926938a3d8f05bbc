//! Breakpoints and watchpoints: `Z` and `z`.
//!
//! gdbstub sets and removes them. A breakpoint's conditions and commands are
//! kept here, because gdbstub doesn't know them.

use super::debugger::Client;
use crate::built_in::CONDITIONS;
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::requests::conditions::Breakpoint;
use crate::target::Debuggee;
use layout::VirtAddr;
use wire::hex;
use wire::parts::cut;

impl Client {
    /// `Z`: a breakpoint with its conditions and commands, or a watchpoint.
    /// `body` is the whole packet, and `rest` what follows its kind.
    pub(super) fn set_point<M: Machine>(
        &mut self,
        is_hardware: Option<bool>,
        rest: &[u8],
        body: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        let breakpoint = breakpoint(is_hardware, rest)?;
        let (body, text) = cut(body, b';');
        if text.is_some() && !CONDITIONS {
            return Err(Refused::Unsupported);
        }
        if let Some(breakpoint) = breakpoint {
            self.conditions.set(breakpoint, text)?;
        }
        let answered = self.engine.answer(body, debuggee, reply);
        let is_set = answered.is_ok() && !reply.body().is_empty();
        if let (false, Some(breakpoint)) = (is_set, breakpoint) {
            self.conditions.remove(breakpoint);
        }
        answered.map(|_| ())
    }

    /// `z`: removes what `Z` set.
    pub(super) fn clear_point<M: Machine>(
        &mut self,
        is_hardware: Option<bool>,
        rest: &[u8],
        body: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<(), Refused> {
        if let Some(breakpoint) = breakpoint(is_hardware, rest)? {
            self.conditions.remove(breakpoint);
        }
        self.engine.answer(body, debuggee, reply)?;
        Ok(())
    }
}

/// Returns the breakpoint, if it is one and can have conditions.
fn breakpoint(
    is_hardware: Option<bool>,
    rest: &[u8],
) -> Result<Option<Breakpoint>, Refused> {
    // gdbstub reads an address without digits as 0.
    let range = hex::range(cut(rest, b';').0);
    let (address, _) = range.ok_or(Refused::Invalid)?;
    let is_hardware = is_hardware.filter(|_| CONDITIONS);
    Ok(is_hardware.map(|is_hardware| (is_hardware, VirtAddr(address))))
}
