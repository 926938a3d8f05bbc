//! Breakpoints and watchpoints: `Z` and `z`, without the conditions and
//! commands that `client::points` keeps.

use crate::embed::Machine;
use crate::protocol::Refused;
use crate::requests::debug_registers::{Kind, Point};
use crate::target::Debuggee;
use gdbstub::target::ext::breakpoints::{
    Breakpoints, HwBreakpoint, HwBreakpointOps, HwWatchpoint, HwWatchpointOps,
    SwBreakpoint, SwBreakpointOps, WatchKind,
};
use gdbstub::target::{TargetError, TargetResult};
use layout::VirtAddr;

/// Never returns false: gdbstub would turn that into a number.
fn was_set(was_set: bool) -> Result<bool, TargetError<Refused>> {
    if was_set { Ok(true) } else { Err(Refused::Invalid.into()) }
}

impl<M: Machine> Breakpoints for Debuggee<M> {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    // Without debug registers, gdb is told that the packet is unsupported, and
    // finds another way.
    fn support_hw_breakpoint(&mut self) -> Option<HwBreakpointOps<'_, Self>> {
        self.load_registers().then_some(self)
    }

    fn support_hw_watchpoint(&mut self) -> Option<HwWatchpointOps<'_, Self>> {
        self.load_registers().then_some(self)
    }
}

impl<M: Machine> SwBreakpoint for Debuggee<M> {
    fn add_sw_breakpoint(
        &mut self,
        address: u32,
        _: usize,
    ) -> TargetResult<bool, Self> {
        self.set_breakpoint(VirtAddr(address))?;
        Ok(true)
    }

    fn remove_sw_breakpoint(
        &mut self,
        address: u32,
        _: usize,
    ) -> TargetResult<bool, Self> {
        was_set(self.clear_breakpoint(VirtAddr(address)))
    }
}

impl<M: Machine> HwBreakpoint for Debuggee<M> {
    fn add_hw_breakpoint(
        &mut self,
        address: u32,
        _: usize,
    ) -> TargetResult<bool, Self> {
        self.set_hardware(breakpoint(address))?;
        Ok(true)
    }

    fn remove_hw_breakpoint(
        &mut self,
        address: u32,
        _: usize,
    ) -> TargetResult<bool, Self> {
        was_set(self.clear_hardware(breakpoint(address)))
    }
}

impl<M: Machine> HwWatchpoint for Debuggee<M> {
    fn add_hw_watchpoint(
        &mut self,
        address: u32,
        len_bytes: u32,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        self.set_hardware(watchpoint(address, len_bytes, kind)?)?;
        Ok(true)
    }

    fn remove_hw_watchpoint(
        &mut self,
        address: u32,
        len_bytes: u32,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        was_set(self.clear_hardware(watchpoint(address, len_bytes, kind)?))
    }
}

/// A breakpoint is as long as `int3`.
const fn breakpoint(address: u32) -> Point {
    Point { kind: Kind::Execute, address: VirtAddr(address), len_bytes: 1 }
}

fn watchpoint(
    address: u32,
    len_bytes: u32,
    kind: WatchKind,
) -> Result<Point, Refused> {
    let kind = match kind {
        WatchKind::Write => Kind::Write,
        WatchKind::ReadWrite => Kind::Access,
        // The processor has none for reads alone.
        WatchKind::Read => return Err(Refused::Unsupported),
    };
    Ok(Point { kind, address: VirtAddr(address), len_bytes })
}
