//! The processor's features, and which of them the kernel can do without.
//!
//! The kernel needs a 486: CR0.WP, `invlpg`, `cmpxchg`, `xadd` and `bswap` came
//! with it. Whatever came later, or is missing in some models, is optional.
//!
//! Spec: Intel SDM vol. 1, "Determining the Processor Identification"; vol.
//! 2A, "CPUID", "Feature Information Returned in the EDX Register".

const X87: u32 = 1 << 0;
/// FXSAVE, and with it CR4.OSFXSR, without which there is no SSE; and SSE.
const SSE: u32 = 1 << 24 | 1 << 25;
const CYCLE_COUNTER: u32 = 1 << 4;
/// Features that are turned on in CR4, so that it exists with any of them:
/// VME, DE, PSE, TSC, PAE, MCE, PGE.
const IN_CONTROL_REGISTER_4: u32 =
    1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 13;

/// EFLAGS bits that can be changed only on processors that implement them.
const ALIGNMENT_CHECK: u32 = 1 << 18;
const IDENTIFICATION: u32 = 1 << 21;

/// These bits: which of them can be changed distinguishes processors.
pub const TELLING_FLAGS: u32 = ALIGNMENT_CHECK | IDENTIFICATION;

/// A processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Processor {
    /// 4 for a 486, 5 for a Pentium, and so on; 0 for anything older.
    family: u32,
    features: u32,
}

impl Processor {
    /// A 486 that lacks everything optional.
    pub const PLAIN: Self = Self { family: 4, features: 0 };

    /// Identifies a processor by the bits of EFLAGS that can be changed, by
    /// what `identify` returns in EAX and EDX for leaf 1 of CPUID, which exists
    /// if EFLAGS says so, and by whether an x87 unit responds.
    pub fn new(
        changeable: u32,
        identify: impl FnOnce() -> (u32, u32),
        x87_answers: bool,
    ) -> Self {
        if changeable & ALIGNMENT_CHECK == 0 {
            return Self { family: 0, features: 0 };
        }
        if changeable & IDENTIFICATION == 0 {
            let features = if x87_answers { X87 } else { 0 };
            return Self { family: 4, features };
        }
        let (signature, features) = identify();
        let (base, extended) = (signature >> 8 & 0xF, signature >> 20 & 0xFF);
        let family = if base == 0xF { base + extended } else { base };
        Self { family, features }
    }

    /// Returns 4 for a 486, 5 for a Pentium, and so on.
    pub const fn family(self) -> u32 {
        self.family
    }

    /// Returns whether the kernel can run on it.
    pub const fn suffices(self) -> bool {
        self.family >= 4
    }

    /// Returns whether `rdtsc` works.
    pub const fn has_cycle_counter(self) -> bool {
        self.features & CYCLE_COUNTER != 0
    }

    /// Returns whether there is a CR4.
    pub const fn has_control_register_4(self) -> bool {
        self.features & IN_CONTROL_REGISTER_4 != 0
    }

    /// Returns whether there is an x87 unit.
    pub const fn has_x87(self) -> bool {
        self.features & X87 != 0
    }

    /// Returns whether there are the registers of SSE, and an x87 unit with
    /// which tasks are lent them.
    pub const fn has_sse(self) -> bool {
        const ALL: u32 = SSE | X87;
        self.features & ALL == ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: u32 = ALIGNMENT_CHECK | IDENTIFICATION;

    fn found(changeable: u32, signature: u32, features: u32) -> Processor {
        Processor::new(changeable, || (signature, features), true)
    }

    #[test]
    fn a_386_does_not_suffice_and_is_not_asked() {
        let never = || unreachable!("a 386 has no CPUID");
        for changeable in [0, IDENTIFICATION] {
            assert!(!Processor::new(changeable, never, true).suffices());
        }
    }

    #[test]
    fn a_486_without_cpuid_has_only_what_answers() {
        for x87 in [true, false] {
            let never = || unreachable!("it has no CPUID");
            let found = Processor::new(ALIGNMENT_CHECK, never, x87);
            assert!(found.suffices());
            assert_eq!(found.has_x87(), x87);
            assert!(!found.has_cycle_counter());
            assert!(!found.has_control_register_4());
        }
    }

    #[test]
    fn families_are_read_from_both_fields() {
        for (signature, family) in
            [(0x0480, 4), (0x0543, 5), (0x0673, 6), (0x0060_0F12, 0x15)]
        {
            assert_eq!(found(BOTH, signature, 0).family, family);
        }
    }

    #[test]
    fn each_feature_stands_for_itself() {
        // An early 486 with CPUID, a DX4, a Pentium.
        let plain = found(BOTH, 0x0480, X87);
        assert!(plain.has_x87() && !plain.has_control_register_4());
        let dx4 = found(BOTH, 0x0480, X87 | 1 << 1);
        assert!(dx4.has_control_register_4() && !dx4.has_cycle_counter());
        let pentium = found(BOTH, 0x0543, 0x1BF);
        assert!(pentium.has_cycle_counter());
        assert!(pentium.has_control_register_4() && pentium.has_x87());
        // A Pentium II has FXSAVE only, a Pentium III both.
        let pentium_2 = found(BOTH, 0x0652, 0x0183_F9FF & !(1 << 25));
        assert!(pentium_2.has_x87() && !pentium_2.has_sse());
        let pentium_3 = found(BOTH, 0x0673, 0x0383_F9FF);
        assert!(pentium_3.has_sse());
        assert!(!found(BOTH, 0x0673, SSE).has_sse());
    }
}
