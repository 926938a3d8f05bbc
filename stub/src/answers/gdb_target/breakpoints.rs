//! Breakpoints and watchpoints: `Z` and `z`, without the conditions and
//! commands that `client::points` keeps.

use crate::embed::Machine;
use crate::protocol::Refused;
use crate::requests::debug_registers::Kind;
use crate::target::Debuggee;
use gdbstub::target::ext::breakpoints::{
    Breakpoints, HwBreakpoint, HwBreakpointOps, HwWatchpoint, HwWatchpointOps,
    SwBreakpoint, SwBreakpointOps, WatchKind,
};
use gdbstub::target::{TargetError, TargetResult};
use layout::VirtAddr;

/// The length of a breakpoint: that of `int3`.
const BREAKPOINT_BYTES: u32 = 1;

impl<M: Machine> Debuggee<M> {
    fn add_hardware(
        &mut self,
        kind: Kind,
        address: u32,
        len_bytes: u32,
    ) -> TargetResult<bool, Self> {
        self.set_hardware(kind, VirtAddr(address), len_bytes)?;
        Ok(true)
    }

    fn remove_hardware(
        &mut self,
        kind: Kind,
        address: u32,
        len_bytes: u32,
    ) -> TargetResult<bool, Self> {
        was_set(self.clear_hardware(kind, VirtAddr(address), len_bytes))
    }
}

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
        self.add_hardware(Kind::Execute, address, BREAKPOINT_BYTES)
    }

    fn remove_hw_breakpoint(
        &mut self,
        address: u32,
        _: usize,
    ) -> TargetResult<bool, Self> {
        self.remove_hardware(Kind::Execute, address, BREAKPOINT_BYTES)
    }
}

impl<M: Machine> HwWatchpoint for Debuggee<M> {
    fn add_hw_watchpoint(
        &mut self,
        address: u32,
        len_bytes: u32,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        self.add_hardware(watched(kind)?, address, len_bytes)
    }

    fn remove_hw_watchpoint(
        &mut self,
        address: u32,
        len_bytes: u32,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        self.remove_hardware(watched(kind)?, address, len_bytes)
    }
}

fn watched(kind: WatchKind) -> Result<Kind, Refused> {
    match kind {
        WatchKind::Write => Ok(Kind::Write),
        WatchKind::ReadWrite => Ok(Kind::Access),
        // The processor has none for reads alone.
        WatchKind::Read => Err(Refused::Unsupported),
    }
}
