//! The images, for the stub.

use crate::debugger::machine::KernelMachine;
use crate::records::image::{KERNEL_IMAGE, all_images, image};
use crate::records::process::PROCESSES;
use layout::{PhysAddr, VirtAddr};
use stub::embed::Images;

impl Images for KernelMachine {
    #[inline(never)]
    fn image_at(&mut self, address: VirtAddr) -> Option<u32> {
        let covers = |(id, image): &(u32, &crate::records::image::Image)| {
            *id != KERNEL_IMAGE && image.covers(address)
        };
        let mut all = all_images().filter(covers);
        let (id, _) = all.next()?;
        all.next().is_none().then_some(id)
    }

    #[inline(never)]
    fn image_of(&mut self, process: u32) -> Option<u32> {
        let image = PROCESSES.get_mapped(process)?.image.get();
        (image != 0).then_some(image)
    }

    #[inline(never)]
    fn source_of(&mut self, id: u32, address: VirtAddr) -> Option<PhysAddr> {
        image(id)?.source_of(address)
    }
}
