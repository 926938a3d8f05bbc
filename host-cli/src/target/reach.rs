//! How physical memory is reached behind a GDB stub.

mod window;

use super::error::Error;
use super::machine::Control;
use crate::rsp::Stub;
use layout::{PhysAddr, VirtAddr};
use std::fmt;
use window::Window;

/// What the user says of a kernel's address space.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Hints {
    /// The slot of the page directory that maps the directory itself.
    pub recursive_slot: Option<u32>,
    /// Where all physical memory is mapped in order.
    pub direct_map: Option<u32>,
}

/// How physical memory is reached.
pub(in crate::target) enum Reach {
    /// The stub reads it: QEMU's `Qqemu.PhyMemMode`.
    Mode,
    /// All of it is mapped in order from here on.
    DirectMap(VirtAddr),
    /// The page tables appear in a window, and the rest where they map it.
    Window(Box<Window>),
}

impl Reach {
    /// Finds a way: the one that the user names, then the stub's own, then a
    /// window.
    pub(super) fn find(
        hints: Hints,
        stub: &mut Stub,
        control: Result<Control, Error>,
    ) -> Result<Self, Error> {
        if let Some(base) = hints.direct_map {
            return Ok(Self::DirectMap(VirtAddr(base)));
        }
        if stub.offered().physical && hints.recursive_slot.is_none() {
            return Ok(Self::Mode);
        }
        let paging = control?.paging()?;
        let window = Window::find(hints.recursive_slot, paging, stub)?;
        let window = window.ok_or(Error::Unknown(
            "physical memory: its GDB stub does not read it, and no \
             recursive slot was found; say where it is mapped: --direct-map",
        ))?;
        Ok(Self::Window(Box::new(window)))
    }

    /// Reads within a page. Returns fewer bytes where there is no more.
    pub(super) fn read(
        &mut self,
        stub: &mut Stub,
        at: PhysAddr,
        len: u32,
    ) -> Result<Vec<u8>, Error> {
        let linear = match self {
            Self::Mode => return Ok(stub.physical(at.0, len)?),
            Self::DirectMap(base) => base.0.checked_add(at.0),
            Self::Window(window) => window.linear(stub, at)?,
        };
        match linear {
            Some(linear) => Ok(stub.linear(linear, len)?),
            None => Ok(Vec::new()),
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode => f.write_str("read by the stub"),
            Self::DirectMap(base) => {
                write!(f, "mapped in order from {base} on")
            }
            Self::Window(window) => {
                write!(f, "as far as mapped, by recursive slot {}", window.slot)
            }
        }
    }
}
