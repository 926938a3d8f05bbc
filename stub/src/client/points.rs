//! Breakpoints and watchpoints: `Z` and `z`.
//!
//! gdbstub sets and removes them. A breakpoint's conditions and commands are
//! kept here, because gdbstub doesn't know them.

use super::exchange::Exchange;
use crate::built_in::CONDITIONS;
use crate::embed::Machine;
use crate::protocol::Refused;
use crate::requests::conditions::Breakpoint;
use layout::VirtAddr;
use wire::hex;
use wire::parts::cut;

impl<M: Machine> Exchange<'_, M> {
    /// `Z`: a breakpoint with its conditions and commands, or a watchpoint.
    /// `body` is the whole packet, and `rest` what follows its kind.
    pub(super) fn set_point(
        &mut self,
        is_hardware: Option<bool>,
        rest: &[u8],
        body: &[u8],
    ) -> Result<(), Refused> {
        let breakpoint = breakpoint(is_hardware, rest)?;
        let (body, text) = cut(body, b';');
        if text.is_some() && !CONDITIONS {
            return Err(Refused::Unsupported);
        }
        let text = match breakpoint {
            Some(it) => self.client.conditions.check(it, text)?,
            None => None,
        };
        self.gdbstub(body)?;
        let is_set = !self.reply.body().is_empty();
        if let Some(breakpoint) = breakpoint.filter(|_| is_set) {
            self.client.conditions.set(breakpoint, text);
        }
        Ok(())
    }

    /// `z`: removes what `Z` set.
    pub(super) fn clear_point(
        &mut self,
        is_hardware: Option<bool>,
        rest: &[u8],
        body: &[u8],
    ) -> Result<(), Refused> {
        let breakpoint = breakpoint(is_hardware, rest)?;
        self.gdbstub(body)?;
        if let Some(breakpoint) = breakpoint {
            self.client.conditions.remove(breakpoint);
        }
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
