//! The machine being debugged: its tasks and their registers.

use super::location::AddressSpace;
use crate::embed::{Machine, NoMemory, Task};
use crate::protocol::{Refused, RegisterId};
use crate::requests::breakpoint_table::Breakpoints;
use crate::requests::debug_registers::{Hardware, Point};
use crate::requests::plan::{Plan, StepOver};
use layout::paging::{Table, Tables};
use layout::{PhysAddr, VirtAddr};
use wire::i386::general::EIP;

/// The machine, and what the debugger has set in it.
#[derive(Debug)]
pub(crate) struct Debuggee<M> {
    /// The kernel's side.
    pub(crate) machine: M,
    /// The breakpoints planted in memory.
    pub(crate) breakpoints: Breakpoints,
    /// The requests for the debug registers.
    pub(crate) hardware: Hardware,
    /// What the last `vCont` packet asked for.
    pub(crate) plan: Plan,
    /// The task that packets refer to; none for the current one.
    pub(crate) selected: Option<u32>,
    /// The task whose memory they refer to if the debugger selects none before
    /// it asks for memory; none if it does.
    pub(crate) pinned: Option<u32>,
    /// Whether memory packets mean physical memory.
    pub(crate) is_physical: bool,
    /// Whether the debugger, too, is kept from writing to read-only pages.
    pub(crate) protects: bool,
    /// Why the last refused packet was refused.
    pub(crate) refused_last: Option<Refused>,
    /// A step over an int3 that is hidden from the debugger.
    pub(crate) step_over: Option<StepOver>,
    /// A task, and the int3 that it must step over once more.
    pub(crate) judged: Option<(u32, VirtAddr)>,
    /// The watchpoint that an instruction under an int3 hit.
    pub(crate) watch_hit: Option<Point>,
    /// How many times a machine that has no clock was asked for the time.
    looks: Option<u32>,
}

impl<M> Debuggee<M> {
    /// Returns `machine` with nothing set in it.
    pub(crate) const fn new(machine: M) -> Self {
        Self {
            machine,
            breakpoints: Breakpoints::new(),
            hardware: Hardware::new(),
            plan: Plan::new(),
            selected: None,
            pinned: None,
            is_physical: false,
            protects: true,
            refused_last: None,
            step_over: None,
            judged: None,
            watch_hit: None,
            looks: None,
        }
    }
}

impl<M: Machine> Debuggee<M> {
    /// Returns the time in microseconds. Without a clock each call counts as
    /// one: about as long as it takes to poll a 16550.
    #[inline(never)]
    pub(crate) fn now_us(&mut self) -> u32 {
        self.machine.now_us().unwrap_or_else(|| {
            let looks = self.looks.unwrap_or(0).wrapping_add(1);
            *self.looks.insert(looks)
        })
    }

    /// Returns `now` if it came from a clock.
    pub(crate) fn told(&self, now: u32) -> Option<u32> {
        self.looks.is_none().then_some(now)
    }

    /// Returns the id of the task that packets refer to.
    #[inline(never)]
    pub(crate) fn selected_task(&mut self) -> u32 {
        match self.selected {
            Some(task) => task,
            None => self.machine.current_task(),
        }
    }

    /// Returns the id of the task whose memory packets refer to.
    #[inline(never)]
    pub(crate) fn memory_task(&mut self) -> u32 {
        match self.pinned {
            Some(task) => task,
            None => self.selected_task(),
        }
    }

    /// Returns the address space that packets refer to.
    pub(crate) fn memory_space(&mut self) -> Result<AddressSpace, Refused> {
        if self.is_physical {
            return Ok(AddressSpace::Physical);
        }
        let id = self.memory_task();
        self.space(id).ok_or(Refused::NoTask)
    }

    /// Returns whether the debugger would look for the stack of `task` in
    /// another task's memory.
    pub(crate) fn is_stack_hidden(&self, task: u32) -> bool {
        self.pinned.is_some_and(|pinned| pinned != task)
    }

    /// Returns `task`'s general register number `index`.
    #[inline(never)]
    pub(crate) fn general(&mut self, task: u32, index: usize) -> Option<u32> {
        let all = self.machine.general_registers(task);
        all.and_then(|all| all.get(index).copied())
    }

    /// Returns `task`'s EIP; 0 if it is not available.
    pub(crate) fn eip(&mut self, task: u32) -> VirtAddr {
        VirtAddr(self.general(task, EIP).unwrap_or(0))
    }

    /// Sets `task`'s general register number `index`.
    pub(crate) fn set_general(
        &mut self,
        task: u32,
        index: usize,
        value: u32,
    ) -> Result<(), Refused> {
        let is_set = self.machine.set_general_register(task, index, value);
        is_set.then_some(()).ok_or(Refused::CannotStep)
    }

    /// Returns the lowest task id above `id`.
    pub(crate) fn task_after(&mut self, id: u32) -> Option<u32> {
        // If ids wrapped around, the stub would loop forever.
        self.machine.task_after(id).filter(|next| *next > id)
    }

    /// Returns the address space of the task `id`, if there is one.
    #[inline(never)]
    pub(crate) fn space(&mut self, id: u32) -> Option<AddressSpace> {
        let task = self.machine.task(id)?;
        Some(self.space_of_task(&task))
    }

    /// Returns the address space of a task.
    pub(crate) fn space_of_task(&mut self, task: &Task) -> AddressSpace {
        match self.machine.directory(task.id) {
            Some(directory) => AddressSpace::Paged(directory),
            None => AddressSpace::Physical,
        }
    }

    /// Returns the value of `register` in the task `id`; none if it is not
    /// available.
    #[inline(never)]
    pub(crate) fn value_of(
        &mut self,
        id: u32,
        register: RegisterId,
    ) -> Option<u32> {
        match register {
            // None of them is a number of 32 bits that a condition compares.
            RegisterId::Float(_) | RegisterId::Sse(_) => None,
            RegisterId::General(index) => self.general(id, index),
            RegisterId::System(index) => {
                let all = self.machine.system_registers(id);
                all.and_then(|all| all.get(index).copied())
            }
            RegisterId::Task(index) => {
                let task = self.machine.task(id);
                task.and_then(|task| task.ids().get(index).copied())
            }
        }
    }
}

impl<M: Machine> Tables for Debuggee<M> {
    type Error = NoMemory;

    fn table(&mut self, frame: PhysAddr) -> Result<&Table, NoMemory> {
        self.machine.page_table(frame)
    }
}
