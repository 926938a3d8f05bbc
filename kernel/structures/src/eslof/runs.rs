//! Finding runs by page, and iterating over them.

use super::{NONE, Run, Slots, Tree, links};

impl Tree {
    /// Returns the run that covers `page`, or none outside the range.
    pub fn lookup(&self, slots: &impl Slots, page: u32) -> Option<Run> {
        self.slot_of(slots, page).map(|slot| slots.node(slot).run())
    }

    /// Returns the runs that begin at or after `page`, lowest first.
    pub fn runs_from<'a, S: Slots>(
        &self,
        slots: &'a S,
        page: u32,
    ) -> Runs<'a, S> {
        let mut next = None;
        let mut slot = self.root;
        while slot != NONE {
            let node = slots.node(slot);
            slot = if node.start < page {
                node.right
            } else {
                next = Some(slot);
                node.left
            };
        }
        Runs { slots, next }
    }
}

/// Runs in order of their pages.
#[derive(Debug)]
pub struct Runs<'a, S> {
    slots: &'a S,
    next: Option<u32>,
}

impl<S: Slots> Iterator for Runs<'_, S> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let slot = self.next?;
        self.next = links::next(self.slots, slot);
        Some(self.slots.node(slot).run())
    }
}
