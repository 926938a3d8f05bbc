//! The kernel's code, as the linker wrote it: only breakpoints may change it,
//! and none outlives its debugger.

use crate::artifacts;
use crate::artifacts::image::{Image, Segment};
use crate::clients::host_cli;
use crate::machine::Machine;
use crate::scenes::ticks;

/// Returns the segment that holds the kernel's code.
///
/// # Panics
///
/// Panics if there is none.
#[must_use]
pub fn segment() -> Segment {
    let kernel = Image::open(&artifacts::kernel());
    let entry = kernel.address("_start");
    let holds = |segment: &&Segment| {
        let offset = entry.checked_sub(segment.start);
        offset.is_some_and(|at| (at as usize) < segment.data.len())
    };
    kernel.segments().iter().find(holds).expect("code is loaded").clone()
}

/// Asserts that no debugger has left a trace: the kernel's code is what it
/// was, as QEMU and host-cli see it, and the system runs.
///
/// Without a debugger nothing writes to code, so it does not matter when
/// this looks.
///
/// # Panics
///
/// Panics if one has.
pub fn assert_untouched(machine: &mut Machine) {
    let Segment { start, data } = segment();
    let memory = machine.dump();
    let now = &memory.0[start as usize..][..data.len()];
    let differ = now.iter().zip(&data).position(|(now, then)| now != then);
    let differ = differ.map(|at| format!("{:#x}", start as usize + at));
    assert_eq!(differ, None, "the code is another there");
    let (at, len) = (start.to_string(), data.len().to_string());
    let answer = host_cli::json(machine.endpoint(), &["checksum", &at, &len]);
    let told = host_cli::address(&answer.member("checksum")["crc32"]);
    assert_eq!(told, checksum(&data), "{}", answer.json);
    ticks::wait_for(machine, 1);
}

/// Returns the CRC-32 of gdb's `compare-sections`, computed bit by bit.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_catalogue() {
        // CRC-32/MPEG-2's check value.
        assert_eq!(checksum(b"123456789"), 0x0376_e6e7);
    }
}
