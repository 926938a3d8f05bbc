//! Physical memory, for the stub.

use crate::debugger::machine::KernelMachine;
use crate::machine::boot;
use layout::regions::{REGIONS, Region};
use layout::{PhysAddr, VirtAddr};
use stub::embed::{Memory, NoMemory};

impl Memory for KernelMachine {
    #[inline(never)]
    fn read_physical(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory> {
        self.window.read(at, into)
    }

    #[inline(never)]
    fn write_physical(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory> {
        self.window.write(at, from)
    }

    #[inline(never)]
    fn is_stub_code(&self, address: VirtAddr) -> bool {
        boot::is_stub_code(address)
    }

    #[inline(never)]
    fn regions(&self) -> &'static [Region] {
        &REGIONS
    }

    #[inline(never)]
    fn close_window(&mut self) {
        self.window.close();
    }
}
