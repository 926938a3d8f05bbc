//! Its images: which process is made from which, and where their code is kept.

use crate::size::Everything;
use crate::state::FakeMachine;
use layout::{PhysAddr, VirtAddr};
use stub::embed::Images;

impl Images for FakeMachine<Everything> {
    fn image_at(&mut self, address: VirtAddr) -> Option<u32> {
        let state = self.state();
        let mut images = state.images.iter();
        let image = images.find(|image| image.range.contains(&address.0))?;
        Some(image.id)
    }

    fn image_of(&mut self, process: u32) -> Option<u32> {
        let state = self.state();
        let mut images = state.images.iter();
        let image = images.find(|it| it.processes.contains(&process))?;
        Some(image.id)
    }

    fn source_of(&mut self, image: u32, address: VirtAddr) -> Option<PhysAddr> {
        let state = self.state();
        let image = state.images.iter().find(|it| it.id == image)?;
        let offset = address.0.checked_sub(image.range.start)?;
        Some(PhysAddr(image.source?.0 + offset))
    }
}
