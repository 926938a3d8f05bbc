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

/// A breakpoint or watchpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Point {
    pub(crate) kind: Kind,
    pub(crate) address: VirtAddr,
    pub(crate) len_bytes: u32,
}

impl Point {
    /// Splits it into pieces that a debug register can hold: 1, 2 or 4 bytes,
    /// aligned.
    pub(crate) fn pieces(self) -> impl Iterator<Item = Self> {
        let mut rest = Some((self.address, self.len_bytes));
        core::iter::from_fn(move || {
            let (address, left) = rest?;
            let fits =
                |len: &u32| *len <= left && address.0.is_multiple_of(*len);
            let len_bytes = [4, 2, 1].into_iter().find(fits)?;
            let next = address.0.checked_add(len_bytes).map(VirtAddr);
            rest = next.zip(left.checked_sub(len_bytes));
            Some(Self { address, len_bytes, ..self })
        })
    }
}

/// A breakpoint or watchpoint for the tasks of its owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Request {
    pub(crate) point: Point,
    pub(crate) owner: Owner,
}

impl Request {
    /// Returns whether it concerns data.
    pub(crate) fn is_watch(&self) -> bool {
        self.point.kind != Kind::Execute
    }
}

/// Every request of the session, and the registers made from them.
#[derive(Debug)]
pub(crate) struct Hardware {
    pub(crate) requests: [Option<Request>; REGISTERS],
    /// The piece of a request that each register covers.
    pub(crate) registers: [Option<Request>; REGISTERS],
    /// What was there before the current step.
    pub(crate) before: [Option<[u8; 4]>; REGISTERS],
    /// A task, and the watchpoint that its current step hits by an access that
    /// need not change anything.
    pub(crate) foreseen: Option<(u32, Point)>,
}

impl Hardware {
    /// Returns registers that are all unused.
    pub(crate) const fn new() -> Self {
        Self {
            requests: [None; REGISTERS],
            registers: [None; REGISTERS],
            before: [None; REGISTERS],
            foreseen: None,
        }
    }

    /// Returns the entry of the request for `point`, if there is one.
    #[inline(never)]
    pub(crate) fn find(
        &mut self,
        point: Point,
    ) -> Option<&mut Option<Request>> {
        let mut places = self.requests.iter_mut();
        places.find(|place| place.is_some_and(|it| it.point == point))
    }

    /// Returns whether there is a request at `address`.
    pub(crate) fn is_used_at(&self, address: VirtAddr) -> bool {
        let mut all = self.requests.iter().flatten();
        all.any(|it| it.point.address == address)
    }

    /// Returns how many registers are in use.
    pub(crate) fn used(&self) -> usize {
        self.registers.iter().flatten().count()
    }

    /// Assigns registers to the requests.
    pub(crate) fn assign(&mut self) {
        self.registers = [None; REGISTERS];
        self.before = [None; REGISTERS];
        self.foreseen = None;
        let mut places = self.registers.iter_mut();
        for request in self.requests.iter().flatten() {
            // That enough are free was checked when the request was made.
            for (point, place) in request.point.pieces().zip(&mut places) {
                *place = Some(Request { point, ..*request });
            }
        }
    }

    /// Returns DR0 to DR3.
    pub(crate) fn addresses(&self) -> [u32; 4] {
        core::array::from_fn(|index| {
            let register = self.registers.get(index).and_then(Option::as_ref);
            register.map_or(0, |register| register.point.address.0)
        })
    }

    /// Returns DR7. Only global enable bits are set: a task switch clears
    /// the local ones.
    pub(crate) fn control(&self) -> u32 {
        let used = (0_u32..).zip(&self.registers);
        used.fold(DR7_NONE, |control, (index, register)| match register {
            None => control,
            Some(Request { point: Point { kind, len_bytes, .. }, .. }) => {
                let what = kind.bits() | len_bytes.saturating_sub(1) << 2;
                let enable = 0b10_u32.wrapping_shl(index.wrapping_mul(2));
                let place = index.wrapping_mul(4).wrapping_add(16);
                control | enable | what.wrapping_shl(place)
            }
        })
    }
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
            let (kind, address) = (Kind::Write, VirtAddr(start));
            let point = Point { kind, address, len_bytes: len };
            let all: Vec<_> = point.pieces().collect();
            let mut next = Some(start);
            let mut covered = 0;
            for Point { kind, address: VirtAddr(at), len_bytes: len } in all {
                prop_assert_eq!(kind, Kind::Write);
                prop_assert_eq!(Some(at), next);
                prop_assert!([1, 2, 4].contains(&len));
                prop_assert!(at.is_multiple_of(len));
                next = at.checked_add(len);
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
            let point = Point { kind, address: VirtAddr(at), len_bytes };
            *place = Some(Request { point, owner: Owner::System });
        }
        hardware.assign();
        assert_eq!(hardware.addresses(), [0x1001, 0x2002, 0x3004, 0]);
        // LEN2 RW2, LEN1 RW1, LEN0 RW0; G2 G1 G0.
        assert_eq!(hardware.control(), 0x0F50_042A);
    }
}
