//! Sets by hand which processes a breakpoint in process space belongs to.
//!
//! gdb knows nothing of our processes. So `monitor breakpoint` can assign an
//! address to another process, or to all: those of the image that has it or,
//! where no image has, those that have the same code there. Other programs have
//! other code at that address, and an int3 in the middle of one of their
//! instructions would break them.

use super::debuggee::Debuggee;
use super::location::Place;
use crate::embed::{Machine, Task};
use crate::protocol::Refused;
use crate::requests::breakpoint_table::Owner;
use layout::VirtAddr;
use layout::regions::Scope;

/// Which processes to bind a breakpoint to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Whose {
    /// The process with this id.
    Process(u32),
    /// Every process of the image, or else with the same code.
    All,
}

/// How much of the code is compared.
const CODE_BYTES: usize = 16;

/// Code, and how much of it could be read.
type Code = ([u8; CODE_BYTES], usize);

impl<M: Machine> Debuggee<M> {
    /// Rebinds the breakpoint and the watchpoints at `address`, whether or not
    /// they are set yet; returns to how many processes.
    pub(crate) fn rebind(
        &mut self,
        address: VirtAddr,
        whose: Whose,
    ) -> Result<usize, Refused> {
        match self.region_of(address).map(|row| row.scope) {
            Some(Scope::Process) | None => {}
            Some(Scope::System | Scope::Task) => return Err(Refused::Invalid),
        }
        let image = self.machine.image_at(address);
        let was_set = self.breakpoints.is_set(address);
        let mut code = None;
        let count = match whose {
            Whose::All if image.is_some() => 1,
            Whose::Process(process) => {
                let space = self.space_of(Owner::Process(process));
                let space = space.ok_or(Refused::NoTask)?;
                if was_set {
                    self.physical(space.at(address))?;
                }
                1
            }
            Whose::All => {
                let first = self.breakpoints.owners(address).next();
                let first = first.or_else(|| self.owner_of(address));
                let space = first.and_then(|owner| self.space_of(owner));
                let space = space.ok_or(Refused::NoTask)?;
                let common = self.code(space.at(address));
                code = Some(common);
                self.count_of(address, &common)
            }
        };
        if count > self.breakpoints.room_for(address) {
            return Err(Refused::Full);
        }
        // From here on, nothing is refused.
        self.clear_breakpoint(address);
        self.breakpoints.forget(address);
        match (whose, image, code) {
            (Whose::Process(process), ..) => {
                self.breakpoints.add(address, Owner::Process(process), true)?;
                self.rebind_hardware(address, Owner::Process(process));
            }
            (Whose::All, Some(image), _) => {
                self.breakpoints.add(address, Owner::Image(image), true)?;
                self.rebind_hardware(address, Owner::Image(image));
            }
            (Whose::All, None, code) => {
                self.rebind_hardware(address, Owner::Everyone);
                let mut last = 0;
                while let Some(code) = &code
                    && let Some(next) = self.next_with(last, address, code)
                {
                    last = next.id;
                    let owner = Owner::Process(next.process);
                    self.breakpoints.add(address, owner, true)?;
                }
            }
        }
        if was_set {
            self.set_breakpoint(address)?;
        }
        Ok(match (whose, image) {
            (Whose::All, Some(image)) => self.count_of_image(image),
            _ => count,
        })
    }

    /// Returns how many processes have `code` at `address`.
    fn count_of(&mut self, address: VirtAddr, code: &Code) -> usize {
        let mut count = 0_usize;
        let mut last = 0;
        while let Some(next) = self.next_with(last, address, code) {
            last = next.id;
            count = count.saturating_add(1);
        }
        count
    }

    /// Returns the next task after the one with this id that stands for a
    /// process with `code` at `address`.
    fn next_with(
        &mut self,
        id: u32,
        address: VirtAddr,
        code: &Code,
    ) -> Option<Task> {
        let mut id = id;
        loop {
            id = self.task_after(id)?;
            let Some(task) = self.machine.task(id) else { continue };
            // Each process once.
            if self.machine.task_of_process(task.process) == Some(id)
                && let Some(space) = self.space(id)
                && self.code(space.at(address)) == *code
            {
                return Some(task);
            }
        }
    }

    /// Returns as much of the code at `place` as can be read.
    fn code(&mut self, place: Place) -> Code {
        let mut code = [0; CODE_BYTES];
        let (count, _) = self.read(place, &mut code);
        (code, count)
    }
}
