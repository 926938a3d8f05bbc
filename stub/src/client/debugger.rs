//! What is known about the debugger at the other end.

use super::pin::Pin;
use crate::answers::osdata::Reader;
use crate::answers::{Engine, Work};
use crate::embed::Machine;
use crate::requests::conditions::Conditions;
use crate::requests::plan::Plan;
use crate::target::{Debuggee, Stopped};

/// A debugger, from its `qSupported` until it leaves.
#[derive(Debug)]
pub(crate) struct Client {
    pub(super) engine: Engine,
    /// Whether it is connected.
    pub(crate) is_open: bool,
    /// Why the system is stopped; none while it runs.
    pub(crate) stop: Option<Stopped>,
    pub(super) knows_swbreak: bool,
    pub(super) knows_hwbreak: bool,
    /// Whether it is gdb: no other debugger relocates instructions.
    pub(super) is_gdb: bool,
    /// Whether ids are `p1.2`. lldb's `kill` needs that. For gdb it would only
    /// add three bytes to each id, some of them in every packet of a step.
    pub(super) has_processes: bool,
    /// Whether it accepts error messages in reply to any packet.
    pub(super) knows_messages: bool,
    /// Whether it has asked for a stop that is still to come.
    pub(crate) is_interrupting: bool,
    /// Whether it accepts a message after an error number.
    pub(super) knows_strings: bool,
    /// Whether the next stop tells it that there are libraries.
    pub(super) libraries_are_news: bool,
    pub(super) step_thread: Option<u32>,
    /// Whose memory it means.
    pub(crate) pin: Pin,
    pub(super) last_listed: u32,
    /// The conditions and commands of breakpoints.
    pub(crate) conditions: Conditions,
    /// The table that it is reading.
    pub(super) osdata: Option<Reader>,
    /// What it asked for that isn't done yet.
    pub(crate) work: Option<Work>,
}

impl Client {
    /// Returns the state with no debugger connected.
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
            is_interrupting: false,
            knows_strings: false,
            libraries_are_news: false,
            step_thread: None,
            pin: Pin::new(),
            last_listed: 0,
            osdata: None,
            work: None,
            conditions: Conditions::new(),
        }
    }

    /// Closes the session: the debugger has gone, or seems to have.
    pub(crate) fn close<M: Machine>(&mut self, debuggee: &mut Debuggee<M>) {
        self.forget(debuggee);
        self.is_open = false;
    }

    /// Removes and forgets everything that it has set.
    pub(super) fn forget<M: Machine>(&mut self, debuggee: &mut Debuggee<M>) {
        debuggee.forget_breakpoints();
        debuggee.forget_hardware();
        self.conditions.clear();
        self.is_interrupting = false;
        debuggee.selected = None;
        debuggee.pinned = None;
        debuggee.is_physical = false;
        self.pin = Pin::new();
        debuggee.plan = Plan::new();
        debuggee.judged = None;
    }
}
