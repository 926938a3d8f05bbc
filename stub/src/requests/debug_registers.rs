//! The debugger's requests, and the debug registers that implement them.

use super::breakpoint_table::Owner;
use crate::built_in::HARDWARE;
use layout::VirtAddr;
use wire::i386::DR7_NONE;

/// The number of debug registers that hold an address.
pub(crate) const REGISTERS: usize = if HARDWARE { 4 } else { 0 };

/// The kind of access that a debug register matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Execute,
    Write,
    /// A read or a write.
    Access,
}

impl Kind {
    /// Returns the R/W field of DR7.
    ///
    /// Spec: Intel SDM vol. 3B, "Debug Control Register (DR7)".
    const fn bits(self) -> u32 {
        match self {
            Self::Execute => 0b00,
            Self::Write => 0b01,
            Self::Access => 0b11,
        }
    }
}

/// A match of a debug register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hit {
    pub(crate) kind: Kind,
    pub(crate) address: VirtAddr,
}

/// A breakpoint or watchpoint that the debugger has requested.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Request {
    pub(crate) kind: Kind,
    pub(crate) address: VirtAddr,
    pub(crate) len_bytes: u32,
    pub(crate) owner: Owner,
}

/// What one register covers: 1, 2 or 4 bytes, aligned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Register {
    pub(crate) kind: Kind,
    pub(crate) address: VirtAddr,
    pub(crate) len_bytes: u32,
    pub(crate) owner: Owner,
    /// The contents before the current step.
    pub(crate) before: Option<[u8; 4]>,
}

/// Every request of the session, and the registers made from them.
#[derive(Debug)]
pub(crate) struct Hardware {
    pub(crate) requests: [Option<Request>; REGISTERS],
    pub(crate) registers: [Option<Register>; REGISTERS],
}

impl Hardware {
    /// Returns registers that are all unused.
    pub(crate) const fn new() -> Self {
        Self { requests: [None; REGISTERS], registers: [None; REGISTERS] }
    }

    /// Returns the entry of exactly this request, if there is one.
    #[inline(never)]
    pub(crate) fn find(
        &mut self,
        kind: Kind,
        address: VirtAddr,
        len_bytes: u32,
    ) -> Option<&mut Option<Request>> {
        let is_it = |it: &Request| {
            it.kind == kind
                && it.address == address
                && it.len_bytes == len_bytes
        };
        let mut places = self.requests.iter_mut();
        places.find(|place| place.as_ref().is_some_and(is_it))
    }

    /// Returns whether there is a request at `address`.
    pub(crate) fn is_used_at(&self, address: VirtAddr) -> bool {
        let mut all = self.requests.iter().flatten();
        all.any(|it| it.address == address)
    }

    /// Returns how many registers are in use.
    pub(crate) fn used(&self) -> usize {
        self.registers.iter().flatten().count()
    }

    /// Assigns registers to the requests.
    pub(crate) fn assign(&mut self) {
        self.registers = [None; REGISTERS];
        let mut places = self.registers.iter_mut();
        for request in self.requests.iter().flatten() {
            let Request { kind, owner, .. } = *request;
            for (address, len_bytes) in
                pieces(request.address, request.len_bytes)
            {
                let before = None;
                let new = Register { kind, address, len_bytes, owner, before };
                // That enough are free was checked when the request was made.
                if let Some(place) = places.next() {
                    *place = Some(new);
                }
            }
        }
    }

    /// Returns DR0 to DR3.
    pub(crate) fn addresses(&self) -> [u32; 4] {
        core::array::from_fn(|index| {
            let register = self.registers.get(index).and_then(Option::as_ref);
            register.map_or(0, |register| register.address.0)
        })
    }

    /// Returns DR7. Only global enable bits are set: a task switch clears
    /// the local ones.
    pub(crate) fn control(&self) -> u32 {
        let used = (0_u32..).zip(&self.registers);
        used.fold(DR7_NONE, |control, (index, register)| match register {
            None => control,
            Some(Register { kind, len_bytes, .. }) => {
                let what = kind.bits() | len_bytes.saturating_sub(1) << 2;
                let enable = 0b10_u32.wrapping_shl(index.wrapping_mul(2));
                let place = index.wrapping_mul(4).wrapping_add(16);
                control | enable | what.wrapping_shl(place)
            }
        })
    }
}

/// Splits a range into pieces that a debug register can hold.
pub(crate) fn pieces(
    address: VirtAddr,
    len_bytes: u32,
) -> impl Iterator<Item = (VirtAddr, u32)> {
    let mut rest = Some((address, len_bytes));
    core::iter::from_fn(move || {
        let (at, left) = rest?;
        let fits = |len: &u32| *len <= left && at.0.is_multiple_of(*len);
        let len = [4, 2, 1].into_iter().find(fits)?;
        let next = at.0.checked_add(len).map(VirtAddr);
        rest = next.zip(left.checked_sub(len));
        Some((at, len))
    })
}

#[cfg(all(test, feature = "hardware"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn pieces_cover_the_range_and_can_be_registers(
            start in any::<u32>(),
            len in 1_u32..40,
        ) {
            let all: Vec<_> = pieces(VirtAddr(start), len).collect();
            let mut next = Some(start);
            let mut covered = 0;
            for (at, len) in all {
                prop_assert_eq!(Some(at.0), next);
                prop_assert!([1, 2, 4].contains(&len));
                prop_assert!(at.0.is_multiple_of(len));
                next = at.0.checked_add(len);
                covered += len;
            }
            let end_of_memory = start.checked_add(len - 1).is_none();
            prop_assert!(covered == len || end_of_memory);
        }
    }

    #[test]
    fn the_control_register_is_as_the_manual_has_it() {
        let mut hardware = Hardware::new();
        assert_eq!(hardware.control(), DR7_NONE);
        for (place, (kind, at, len_bytes)) in
            hardware.requests.iter_mut().zip([
                (Kind::Execute, 0x1001, 1),
                (Kind::Write, 0x2002, 2),
                (Kind::Access, 0x3004, 4),
            ])
        {
            let (address, owner) = (VirtAddr(at), Owner::System);
            *place = Some(Request { kind, address, len_bytes, owner });
        }
        hardware.assign();
        assert_eq!(hardware.addresses(), [0x1001, 0x2002, 0x3004, 0]);
        // LEN2 RW2, LEN1 RW1, LEN0 RW0; G2 G1 G0.
        assert_eq!(hardware.control(), 0x0F50_042A);
    }
}
