//! What is known of the debugger at the other end.

use crate::answers::osdata::Reader;
use crate::answers::{Engine, Work};
use crate::embed::Machine;
use crate::requests::conditions::Conditions;
use crate::requests::plan::Plan;
use crate::target::{Debuggee, Stopped};

/// A debugger, from its `qSupported` to its farewell.
#[derive(Debug)]
pub(crate) struct Client {
    pub(super) engine: Engine,
    /// Whether it has come and not gone.
    pub(crate) is_open: bool,
    /// Why the system is stopped; none while it runs.
    pub(crate) stop: Option<Stopped>,
    pub(super) knows_swbreak: bool,
    pub(super) knows_hwbreak: bool,
    /// Whether it is gdb: nobody else relocates instructions.
    pub(super) is_gdb: bool,
    /// Whether ids are `p1.2`. lldb's `kill` needs that. All that it would
    /// bring gdb is three bytes before each id, some in every packet of a
    /// step.
    pub(super) has_processes: bool,
    /// Whether it takes the reason of an error for every packet.
    pub(super) knows_messages: bool,
    pub(super) step_thread: Option<u32>,
    pub(super) last_listed: u32,
    /// The conditions and commands of breakpoints.
    pub(crate) conditions: Conditions,
    /// The table that it reads.
    pub(super) osdata: Option<Reader>,
    /// What it has asked for and is not done yet.
    pub(crate) work: Option<Work>,
}

impl Client {
    /// Returns no debugger yet.
    pub(crate) const fn new() -> Self {
        Self {
            engine: Engine::new(),
            is_open: false,
            stop: None,
            knows_swbreak: false,
            knows_hwbreak: false,
            is_gdb: false,
            has_processes: false,
            knows_messages: false,
            step_thread: None,
            last_listed: 0,
            osdata: None,
            work: None,
            conditions: Conditions::new(),
        }
    }

    /// The debugger has gone, or seems to have.
    pub(crate) fn close<M: Machine>(&mut self, debuggee: &mut Debuggee<M>) {
        self.forget(debuggee);
        self.is_open = false;
    }

    /// Takes out and forgets whatever it has set.
    pub(super) fn forget<M: Machine>(&mut self, debuggee: &mut Debuggee<M>) {
        debuggee.forget_breakpoints();
        debuggee.forget_hardware();
        self.conditions.clear();
        debuggee.selected = None;
        debuggee.plan = Plan::new();
        debuggee.judged = None;
    }
}
