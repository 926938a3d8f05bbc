//! The rows of images.

use crate::debugger::collector::{Asked, Collector};
use crate::records::image::{KERNEL_IMAGE, all_images};
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::fields::Bytes;
use wire::rows;

impl Collector for rows::Image<'_> {
    /// They never change.
    const SOURCES: &'static [Structure] = &[];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        for (id, image) in all_images().filter(|(id, _)| *id >= asked.from) {
            let mut others = all_images().filter(|(other, _)| *other != id);
            let overlaps = others.find(|(_, other)| image.overlaps(other));
            let row = rows::Image {
                id,
                name: image.name,
                kernel: id == KERNEL_IMAGE,
                start: image.start,
                last: image.last,
                overlaps: overlaps.map(|(other, _)| other),
                build_id: image.build_id().map(Bytes),
            };
            if !sink.push(id, &row) {
                break;
            }
        }
        Ok(())
    }
}
