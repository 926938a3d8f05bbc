//! The missing kernel of a program that was built for the host.

use abi::ProcessData;
use core::sync::atomic::AtomicU32;

pub(super) unsafe fn system_call(number: u32, arguments: &[u32]) -> u32 {
    panic!("no kernel to take call {number} with {arguments:?}")
}

pub(super) fn crash() -> ! {
    panic!("no kernel to end this process")
}

pub(super) unsafe fn memory(start: u32, _: usize) -> &'static mut [u8] {
    panic!("no kernel to give memory at {start:#x}")
}

pub(super) fn process_data() -> &'static ProcessData {
    panic!("no kernel to tell of this process")
}

pub(super) unsafe fn words<'w>(start: u32, _: usize) -> &'w [AtomicU32] {
    panic!("no kernel to share memory at {start:#x}")
}

pub(super) fn read_port(port: u16) -> u8 {
    panic!("no kernel to permit port {port:#x}")
}

pub(super) fn write_port(port: u16, value: u8) {
    panic!("no kernel to permit port {port:#x} = {value}")
}

pub(super) fn thread_end() -> u32 {
    panic!("no kernel to start a thread")
}
