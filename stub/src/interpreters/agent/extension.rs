//! Extension of numbers to the width of the stack.

/// Returns the lowest `bits` bits of `value`, sign- or zero-extended to 64
/// bits.
#[inline(never)]
pub(super) fn extended(value: u64, bits: u32, signed: bool) -> u64 {
    if bits == u32::BITS {
        // The usual width needs no shifts.
        let low = value as u32;
        return if signed {
            i64::from(low.cast_signed()).cast_unsigned()
        } else {
            low.into()
        };
    }
    let unused = u64::BITS.saturating_sub(bits);
    let high = value.unbounded_shl(unused);
    if signed {
        high.cast_signed().unbounded_shr(unused).cast_unsigned()
    } else {
        high.unbounded_shr(unused)
    }
}
