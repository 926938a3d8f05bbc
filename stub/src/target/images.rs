//! Breakpoints in images: an int3 in every process that is made from one, and
//! one where later processes get their code from.
//!
//! Only that last one's place is remembered, since there may be hundreds of
//! processes: where the int3 is in each of them, its page tables tell. A process
//! that has other code there, because it has changed it, is left alone.

use super::breakpoints::{INT3, Int3, NOWHERE};
use super::debuggee::Debuggee;
use super::location::Place;
use crate::embed::{Machine, Task};
use crate::protocol::Refused;
use crate::requests::breakpoint_table::{Breakpoint, Owner, Planted};
use layout::{PhysAddr, VirtAddr};

impl<M: Machine> Debuggee<M> {
    /// Plants an int3 at `address` for all processes of `image`.
    pub(super) fn plant_in_image(
        &mut self,
        image: u32,
        address: VirtAddr,
    ) -> Result<Planted, Refused> {
        let source = self.machine.source_of(image, address);
        let place = match source {
            Some(at) => Place::physical(at),
            // No later process has it, but those that are there may.
            None => {
                let first = self.next_of_image(0, image);
                let first = first.ok_or(Refused::NoMemory)?;
                self.space_of_task(&first).at(address)
            }
        };
        let mut byte = [0];
        if self.read(place, &mut byte).1.is_some() {
            return Err(Refused::NoMemory);
        }
        let [original] = byte;
        if let Some(at) = source {
            let written = self.machine.write_physical(at, &[INT3]);
            written.map_err(|_| Refused::NoMemory)?;
        }
        self.replace_in_image(image, address, original, INT3);
        Ok(Planted { physical: source.unwrap_or(NOWHERE), original })
    }

    /// Removes the int3 at `address` from all processes of `image`.
    pub(super) fn remove_from_image(
        &mut self,
        image: u32,
        address: VirtAddr,
        original: u8,
    ) {
        self.replace_in_image(image, address, INT3, original);
    }

    fn replace_in_image(
        &mut self,
        image: u32,
        address: VirtAddr,
        old: u8,
        new: u8,
    ) {
        let mut last = 0;
        while let Some(task) = self.next_of_image(last, image) {
            last = task.id;
            let place = self.space_of_task(&task).at(address);
            let Ok(at) = self.physical(place) else { continue };
            let mut byte = [0];
            if self.machine.read_physical(at, &mut byte).is_ok()
                && byte == [old]
                // Another breakpoint may be there for this process alone.
                && !self.breakpoints.is_planted_at(at)
            {
                // It was just read, so this cannot fail.
                let _ = self.machine.write_physical(at, &[new]);
            }
        }
    }

    /// Returns the int3 of an image that `task` ran into at `address`.
    pub(super) fn image_int3_at(
        &mut self,
        address: VirtAddr,
        task: &Task,
        physical: PhysAddr,
    ) -> Option<Int3> {
        let (image, original) = self.breakpoints.image_at(address)?;
        let is_its = self.machine.image_of(task.process) == Some(image);
        let space = self.space_of_task(task);
        is_its.then_some(Int3 { space, physical, original, concerns: true })
    }

    /// Returns whether the byte at `physical` is that of an image's breakpoint
    /// in one of its processes.
    pub(super) fn is_in_image(
        &mut self,
        entry: &Breakpoint,
        physical: PhysAddr,
    ) -> bool {
        let Owner::Image(image) = entry.owner else { return false };
        let mut last = 0;
        while let Some(task) = self.next_of_image(last, image) {
            last = task.id;
            let place = self.space_of_task(&task).at(entry.address);
            if self.physical(place) == Ok(physical) {
                return true;
            }
        }
        false
    }

    /// Returns a task of the next process of `image`, after the one with this
    /// task.
    pub(super) fn next_of_image(
        &mut self,
        id: u32,
        image: u32,
    ) -> Option<Task> {
        let mut id = id;
        loop {
            id = self.task_after(id)?;
            let Some(task) = self.machine.task(id) else { continue };
            // Each process once.
            if self.machine.image_of(task.process) == Some(image)
                && self.machine.task_of_process(task.process) == Some(id)
            {
                return Some(task);
            }
        }
    }

    /// Returns how many processes are made from `image`.
    pub(super) fn count_of_image(&mut self, image: u32) -> usize {
        let (mut count, mut last) = (0_usize, 0);
        while let Some(task) = self.next_of_image(last, image) {
            last = task.id;
            count = count.saturating_add(1);
        }
        count
    }
}
