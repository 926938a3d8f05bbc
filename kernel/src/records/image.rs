//! The images that the system runs: the kernel's own, and each program that came
//! as a boot module. They are recorded once, before any program starts, and
//! never change: whatever a process does to its memory, its image stays known.

use crate::machine::boot::{self, MAX_MODULES, Module};
use core::iter::successors;
use layout::regions::KERNEL;
use layout::{PhysAddr, VirtAddr};
use spin::Once;
use structures::elf_image;
use structures::elf_image::Segment;

/// The longest build id that is kept, in bytes; ld makes some of 20.
const MOST_ID_BYTES: usize = 32;

/// How many segments' places are kept.
const MOST_PIECES: usize = 6;

/// The kernel's own image.
pub(crate) const KERNEL_IMAGE: u32 = 1;

/// A file that a process, or the kernel, has been made from.
#[derive(Clone, Copy)]
pub(crate) struct Image {
    /// The name of the file.
    pub(crate) name: &'static str,
    /// The first address of what is loaded.
    pub(crate) start: VirtAddr,
    /// The last one.
    pub(crate) last: VirtAddr,
    build_id: [u8; MOST_ID_BYTES],
    build_id_bytes: usize,
    pieces: [Piece; MOST_PIECES],
}

/// A segment's bytes, as the boot loader has put them into memory.
#[derive(Clone, Copy, Default)]
struct Piece {
    start: u32,
    bytes: u32,
    at: u32,
}

/// By their ids, from 1 on.
static IMAGES: [Once<Image>; 1 + MAX_MODULES] =
    [const { Once::new() }; 1 + MAX_MODULES];

/// Records the kernel's own image.
pub(crate) fn record_kernel() {
    let [.., end] = boot::image_ends();
    let (start, last) = (KERNEL.start, VirtAddr(end.0 - 1));
    record(Image::new("kernel.elf", (start, last), boot::build_id()));
}

/// Records the image in a module, unless the same one came before; returns its
/// id. `is_same` says whether the file of an image with this id, which has no
/// build id and the same range, is the same.
pub(crate) fn record_module(
    name: &'static str,
    module: &Module,
    file: &elf_image::Image<'_>,
    is_same: impl Fn(u32) -> bool,
) -> u32 {
    let build_id = file.build_id().unwrap_or(&[]);
    let mut new = Image::new(name, file.range(), build_id);
    let all = file.segments().zip(&mut new.pieces);
    for (segment, piece) in all {
        let offset = file.offset_of(&segment);
        let Segment { start, data, .. } = segment;
        let at = module.start.0 + offset;
        *piece = Piece { start: start.0, bytes: data.len() as u32, at };
    }
    let range = (new.start, new.last);
    let known = all_images().find(|(id, old)| {
        (old.start, old.last) == range
            && old.build_id() == new.build_id()
            && (new.build_id().is_some() || is_same(*id))
    });
    known.map_or_else(|| record(new), |(id, _)| id)
}

fn record(image: Image) -> u32 {
    let free = (1..).zip(&IMAGES).find(|(_, place)| !place.is_completed());
    let Some((id, place)) = free else { return 0 };
    place.call_once(|| image);
    id
}

/// Returns the image with this id.
pub(crate) fn image(id: u32) -> Option<&'static Image> {
    let index = usize::try_from(id).ok()?.checked_sub(1)?;
    IMAGES.get(index)?.get()
}

/// Returns every image with its id.
pub(crate) fn all_images() -> impl Iterator<Item = (u32, &'static Image)> {
    let ids = successors(Some(1_u32), |id| id.checked_add(1));
    ids.map_while(|id| Some((id, image(id)?)))
}

impl Image {
    fn new(
        name: &'static str,
        (start, last): (VirtAddr, VirtAddr),
        id: &[u8],
    ) -> Self {
        let mut build_id = [0; MOST_ID_BYTES];
        let build_id_bytes = id.len().min(MOST_ID_BYTES);
        build_id[..build_id_bytes].copy_from_slice(&id[..build_id_bytes]);
        let pieces = [Piece::default(); MOST_PIECES];
        Self { name, start, last, build_id, build_id_bytes, pieces }
    }

    /// Returns its build id, if it has one.
    pub(crate) fn build_id(&self) -> Option<&[u8]> {
        let id = self.build_id.get(..self.build_id_bytes)?;
        Some(id).filter(|id| !id.is_empty())
    }

    /// Returns whether `address` is in it.
    pub(crate) fn covers(&self, address: VirtAddr) -> bool {
        (self.start..=self.last).contains(&address)
    }

    /// Returns whether it has addresses that another one has, too.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.start <= other.last && other.start <= self.last
    }

    /// Returns where the byte is from which new processes get the one at
    /// `address`.
    pub(crate) fn source_of(&self, address: VirtAddr) -> Option<PhysAddr> {
        self.pieces.iter().find_map(|piece| {
            let offset = address.0.checked_sub(piece.start)?;
            (offset < piece.bytes).then(|| PhysAddr(piece.at + offset))
        })
    }
}
