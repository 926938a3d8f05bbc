//! Segment descriptors and gates: the entries of GDT and IDT.
//!
//! Spec: Intel SDM vol. 3A, "Segment Descriptors", "TSS Descriptor",
//! "IDT Descriptors".

use crate::address::VirtAddr;

/// An entry of the GDT or the IDT: its lower and its upper word.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Descriptor(pub [u32; 2]);

/// The kind of a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A segment of code.
    Code,
    /// A segment of data.
    Data,
    /// A task-state segment; busy while its task runs or is interrupted.
    Tss {
        /// Whether it is busy.
        busy: bool,
    },
    /// A task gate.
    TaskGate,
    /// An interrupt gate: its code starts with interrupts off.
    InterruptGate,
    /// A trap gate: its code starts with interrupts unchanged.
    TrapGate,
    /// Anything that this system does not use.
    Other,
}

impl Kind {
    /// Returns the name that every tool prints.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Data => "data",
            Self::Tss { .. } => "TSS",
            Self::TaskGate => "task gate",
            Self::InterruptGate => "interrupt gate",
            Self::TrapGate => "trap gate",
            Self::Other => "other",
        }
    }

    /// Returns whether it is a gate rather than a segment.
    #[must_use]
    pub const fn is_gate(self) -> bool {
        matches!(self, Self::TaskGate | Self::InterruptGate | Self::TrapGate)
    }
}

impl Descriptor {
    /// Returns whether the entry is used at all.
    #[must_use]
    pub const fn is_used(self) -> bool {
        let [lower, upper] = self.0;
        lower != 0 || upper != 0
    }

    /// Returns its kind.
    #[must_use]
    pub const fn kind(self) -> Kind {
        let [_, upper] = self.0;
        match (upper >> 12 & 1, upper >> 8 & 15) {
            (1, 8..) => Kind::Code,
            (1, _) => Kind::Data,
            (_, 9) => Kind::Tss { busy: false },
            (_, 11) => Kind::Tss { busy: true },
            (_, 5) => Kind::TaskGate,
            (_, 14) => Kind::InterruptGate,
            (_, 15) => Kind::TrapGate,
            _ => Kind::Other,
        }
    }

    /// P: it may be used.
    #[must_use]
    pub const fn is_present(self) -> bool {
        self.0[1] >> 15 & 1 == 1
    }

    /// DPL: the least privileged ring that may use it.
    #[must_use]
    pub const fn ring(self) -> u8 {
        (self.0[1] >> 13 & 3) as u8
    }

    /// Returns the base of a segment.
    #[must_use]
    pub const fn base(self) -> VirtAddr {
        let [lower, upper] = self.0;
        VirtAddr(upper & 0xFF00_0000 | (upper & 0xFF) << 16 | lower >> 16)
    }

    /// Returns the last offset in a segment.
    #[must_use]
    pub const fn limit(self) -> u32 {
        let [lower, upper] = self.0;
        let limit = upper & 0xF_0000 | lower & 0xFFFF;
        // G: it counts pages.
        if upper >> 23 & 1 == 1 { limit << 12 | 0xFFF } else { limit }
    }

    /// Returns the selector in a gate.
    #[must_use]
    pub const fn selector(self) -> u16 {
        (self.0[0] >> 16) as u16
    }

    /// Returns the offset in a gate: its entry point.
    #[must_use]
    pub const fn offset(self) -> VirtAddr {
        let [lower, upper] = self.0;
        VirtAddr(upper & 0xFFFF_0000 | lower & 0xFFFF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_as_in_the_manual() {
        // Linux' well-known flat segments.
        let code = Descriptor([0x0000_FFFF, 0x00CF_9A00]);
        assert_eq!(code.kind(), Kind::Code);
        assert_eq!((code.base(), code.limit()), (VirtAddr(0), u32::MAX));
        assert_eq!((code.ring(), code.is_present()), (0, true));
        let data = Descriptor([0x0000_FFFF, 0x00CF_F200]);
        assert_eq!((data.kind(), data.ring()), (Kind::Data, 3));
        // A busy TSS at 0x12345678 with 104 bytes.
        let tss = Descriptor([0x5678_0067, 0x1200_8B34]);
        assert_eq!(tss.kind(), Kind::Tss { busy: true });
        assert_eq!((tss.base(), tss.limit()), (VirtAddr(0x1234_5678), 103));
        assert!(!Descriptor::default().is_used());
        assert!(!Descriptor([0, 0x0000_1A00]).is_present());
    }

    #[test]
    fn gates_are_decoded_as_in_the_manual() {
        let gate = Descriptor([0x0008_5678, 0x1234_EE00]);
        assert_eq!(gate.kind(), Kind::InterruptGate);
        assert_eq!(gate.selector(), 8);
        assert_eq!(gate.offset(), VirtAddr(0x1234_5678));
        assert_eq!(gate.ring(), 3);
        let gate = Descriptor([0x0030_0000, 0x0000_8500]);
        assert_eq!((gate.kind(), gate.selector()), (Kind::TaskGate, 0x30));
        assert!(gate.kind().is_gate() && !Kind::Code.is_gate());
        assert_eq!(Descriptor([0, 0x8F00]).kind(), Kind::TrapGate);
        assert_eq!(Descriptor([0, 0x8200]).kind(), Kind::Other, "an LDT");
    }
}
