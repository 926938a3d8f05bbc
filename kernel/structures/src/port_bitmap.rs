//! The I/O bitmap: a bit for each port, set where ring 3 may not use it.
//!
//! The processor reads the byte of a port and the byte after it, and both must
//! be within the TSS. The TSS is one page, so the last byte of the bitmap stays
//! all set, and the ports beyond the byte before it are out of reach.
//!
//! Spec: Intel SDM vol. 1, "I/O Permission Bit Map"; `virtual-memory.md`,
//! row "Kernel TSS".

use layout::regions::KERNEL_TSS;

/// The offset of the bitmap in the TSS' page: after the TSS itself.
pub const OFFSET: u32 = 104;
/// The size of the bitmap with its last byte, in bytes.
pub const BYTES: usize = (KERNEL_TSS.len_bytes - OFFSET) as usize;
/// The last port that has a bit.
pub const LAST_PORT: u16 = (8 * (BYTES - 1) - 1) as u16;

const _: () = assert!(LAST_PORT == 0x7CB7);

/// A range of ports, first and last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ports {
    /// The lowest of them.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

/// Why a range of ports can never be claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadPorts {
    /// It is empty, or extends beyond the last port.
    NoRange,
    /// It extends beyond [`LAST_PORT`].
    OutOfReach,
}

impl From<BadPorts> for abi::Error {
    fn from(bad: BadPorts) -> Self {
        match bad {
            BadPorts::NoRange => Self::InvalidArgument,
            BadPorts::OutOfReach => Self::PortOutOfReach,
        }
    }
}

impl Ports {
    /// Returns `count` ports from `first` on: the half-open range.
    ///
    /// # Errors
    ///
    /// Fails if they can never be claimed.
    pub fn new(first: u32, count: u32) -> Result<Self, BadPorts> {
        let end = first.checked_add(count).ok_or(BadPorts::NoRange)?;
        if count == 0 || end > 1 << 16 {
            return Err(BadPorts::NoRange);
        }
        let (first, last) = (first as u16, (end - 1) as u16);
        if last > LAST_PORT {
            return Err(BadPorts::OutOfReach);
        }
        Ok(Self { first, last })
    }
}

/// Clears the bits of `ports`: ring 3 may use them.
pub fn permit(bitmap: &mut [u8; BYTES], ports: Ports) {
    for_each_run(bitmap, ports, |bytes, mask| match mask {
        u8::MAX => bytes.fill(0),
        mask => bytes.iter_mut().for_each(|byte| *byte &= !mask),
    });
}

/// Sets the bits of `ports`: ring 3 may not use them.
pub fn deny(bitmap: &mut [u8; BYTES], ports: Ports) {
    for_each_run(bitmap, ports, |bytes, mask| match mask {
        u8::MAX => bytes.fill(u8::MAX),
        mask => bytes.iter_mut().for_each(|byte| *byte |= mask),
    });
}

/// Returns whether no bit of `ports` is clear.
pub fn denies_all(bitmap: &mut [u8; BYTES], ports: Ports) -> bool {
    let mut all = true;
    for_each_run(bitmap, ports, |bytes, mask| {
        // By words, as far as possible.
        let masks = u32::from_ne_bytes([mask; 4]);
        let (words, rest) = bytes.as_chunks::<4>();
        let denies =
            |word: &[u8; 4]| u32::from_ne_bytes(*word) & masks == masks;
        all &= words.iter().all(denies);
        all &= rest.iter().all(|byte| *byte & mask == mask);
    });
    all
}

/// Calls `change` with the bytes of `ports`, and the bits in each that matter:
/// the first byte, the whole ones after it, and the last byte. The whole ones
/// come as one slice, as a range may have thousands of them.
fn for_each_run(
    bitmap: &mut [u8; BYTES],
    ports: Ports,
    mut change: impl FnMut(&mut [u8], u8),
) {
    let (first, last) = (ports.first, ports.last.min(LAST_PORT));
    let (from, to) = (usize::from(first / 8), usize::from(last / 8));
    let first_mask = 0xFF << (first % 8);
    let last_mask = 0xFF >> (7 - last % 8);
    match bitmap.get_mut(from..=to) {
        Some([only]) => {
            change(core::slice::from_mut(only), first_mask & last_mask);
        }
        Some([head, whole @ .., tail]) => {
            change(core::slice::from_mut(head), first_mask);
            change(whole, u8::MAX);
            change(core::slice::from_mut(tail), last_mask);
        }
        Some([]) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_permitted(bitmap: &[u8; BYTES], port: u16) -> bool {
        bitmap[usize::from(port / 8)] & 1 << (port % 8) == 0
    }

    #[test]
    fn ranges_that_touch_do_not_overlap() {
        let mut bitmap = [0xFF; BYTES];
        let first = Ports::new(0x70, 2).expect("a range");
        let second = Ports::new(0x72, 2).expect("a range");
        permit(&mut bitmap, first);
        assert!(!denies_all(&mut bitmap, first));
        assert!(denies_all(&mut bitmap, second));
    }

    #[test]
    fn what_is_no_range_or_out_of_reach_is_refused() {
        let reach = u32::from(LAST_PORT);
        for (first, count, result) in [
            (0, 0, Err(BadPorts::NoRange)),
            (0xFFFF, 2, Err(BadPorts::NoRange)),
            (u32::MAX, 1, Err(BadPorts::NoRange)),
            (1, u32::MAX, Err(BadPorts::NoRange)),
            (0xFFFF, 1, Err(BadPorts::OutOfReach)),
            (reach, 2, Err(BadPorts::OutOfReach)),
            (reach, 1, Ok((LAST_PORT, LAST_PORT))),
            (0, reach + 1, Ok((0, LAST_PORT))),
        ] {
            let got = Ports::new(first, count);
            assert_eq!(got.map(|ports| (ports.first, ports.last)), result);
        }
    }

    #[test]
    fn the_last_byte_stays_set() {
        let mut bitmap = [0xFF; BYTES];
        permit(&mut bitmap, Ports { first: 0, last: u16::MAX });
        let (last, others) = bitmap.split_last().expect("bytes");
        assert_eq!(*last, 0xFF);
        assert!(others.iter().all(|byte| *byte == 0));
    }

    proptest! {
        #[test]
        fn exactly_the_range_changes(
            (first, last) in (0..=LAST_PORT, 0..=LAST_PORT)
                .prop_map(|(a, b)| (a.min(b), a.max(b))),
        ) {
            let mut bitmap = [0xFF; BYTES];
            let ports = Ports { first, last };
            permit(&mut bitmap, ports);
            for port in 0..=LAST_PORT {
                let is_inside = (first..=last).contains(&port);
                prop_assert_eq!(is_permitted(&bitmap, port), is_inside);
            }
            deny(&mut bitmap, ports);
            prop_assert!(bitmap.iter().all(|byte| *byte == 0xFF));
        }
    }
}
