//! Capability: images, the files that processes are made from.

use layout::{PhysAddr, VirtAddr};

/// Images. A breakpoint in an image is one in every process that was made from
/// it, also in those that are made later. By default a kernel knows of none, and
/// each breakpoint in process space belongs to one process.
///
/// The rows of [`Table::Images`](wire::rows::Table) are the same images, for
/// debuggers that load their symbols.
pub trait Images {
    /// Returns the image that `address` belongs to; none if there is no such
    /// image, or several: then the address alone does not say which program it
    /// is. An image's range never changes.
    fn image_at(&mut self, address: VirtAddr) -> Option<u32> {
        let _ = address;
        None
    }

    /// Returns the image that a process was made from. It must be known before
    /// the first page of the image is mapped in the process.
    fn image_of(&mut self, process: u32) -> Option<u32> {
        let _ = process;
        None
    }

    /// Returns where the byte is that later processes will get at `address`;
    /// none if they get a zero, or the image is not kept. The stub puts a
    /// breakpoint there.
    fn source_of(&mut self, image: u32, address: VirtAddr) -> Option<PhysAddr> {
        let _ = (image, address);
        None
    }
}
