//! Its physical memory.

use crate::size::Size;
use crate::state::{FakeMachine, STUB_CODE};
use layout::regions::Region;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use stub::embed::{Memory, NoMemory};

impl<S: Size> Memory for FakeMachine<S> {
    fn read_physical(
        &mut self,
        at: PhysAddr,
        into: &mut [u8],
    ) -> Result<(), NoMemory> {
        assert!(into.len() <= at.left_in_page() as usize, "in one page");
        let mut state = self.state();
        state.window_is_open = true;
        self.clock.wait_us(state.read_us);
        let from = state.memory.get(at.0 as usize..).unwrap_or(&[]);
        into.copy_from_slice(from.get(..into.len()).ok_or(NoMemory(at))?);
        Ok(())
    }

    fn write_physical(
        &mut self,
        at: PhysAddr,
        from: &[u8],
    ) -> Result<(), NoMemory> {
        assert!(from.len() <= at.left_in_page() as usize, "in one page");
        let mut state = self.state();
        state.window_is_open = true;
        let frame = (at.0 / PAGE_BYTES) as usize;
        if state.rom == Some(frame) {
            return Err(NoMemory(at));
        }
        let range = at.0 as usize..at.0 as usize + from.len();
        let place = state.memory.get_mut(range.clone()).ok_or(NoMemory(at))?;
        place.copy_from_slice(from);
        state.int3s.retain(|at| !range.contains(at));
        if from == [0xCC] {
            state.int3s.push(range.start);
        }
        if !state.written.contains(&frame) {
            state.written.push(frame);
        }
        Ok(())
    }

    fn is_stub_code(&self, address: VirtAddr) -> bool {
        address.page() == VirtAddr(STUB_CODE)
    }

    fn regions(&self) -> &'static [Region] {
        S::REGIONS
    }

    fn close_window(&mut self) {
        self.state().window_is_open = false;
    }
}
