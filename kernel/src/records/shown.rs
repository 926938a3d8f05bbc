//! What a debugger shows of a task, stored as numbers: it is read at any
//! moment, even from a record that has been overwritten, and no number is an
//! invalid value.

use core::cell::Cell;
use wire::rows::{State, Wait, WaitKind};

/// A task's state.
pub(crate) struct StateCell(Cell<u8>);

/// Every state, by its number. Any other number reads as the first.
const STATES: [State; 8] = [
    State::Stopped,
    State::Running,
    State::Ready,
    State::Sleeping,
    State::Sending,
    State::Receiving,
    State::Waiting,
    State::Zombie,
];

impl StateCell {
    /// Returns a cell for a task that cannot run yet.
    pub(crate) const fn stopped() -> Self {
        Self(Cell::new(0))
    }

    pub(crate) fn get(&self) -> State {
        let number = usize::from(self.0.get());
        STATES.get(number).copied().unwrap_or(State::Stopped)
    }

    pub(crate) fn set(&self, state: State) {
        let number = STATES.iter().position(|other| *other == state);
        self.0.set(number.unwrap_or(0) as u8);
    }
}

/// What a task waits for.
pub(crate) struct WaitCell {
    kind: Cell<u8>,
    id: Cell<u32>,
}

/// Every kind, by its number minus one; 0 means nothing.
const KINDS: [WaitKind; 4] =
    [WaitKind::Mailbox, WaitKind::Window, WaitKind::Task, WaitKind::Timer];

impl WaitCell {
    /// Returns a cell for a task that waits for nothing.
    pub(crate) const fn nothing() -> Self {
        Self { kind: Cell::new(0), id: Cell::new(0) }
    }

    pub(crate) fn get(&self) -> Option<Wait> {
        let number = usize::from(self.kind.get()).checked_sub(1)?;
        let kind = *KINDS.get(number)?;
        Some(Wait { kind, id: self.id.get() })
    }

    pub(crate) fn set(&self, wait: Option<Wait>) {
        let number = wait
            .and_then(|wait| KINDS.iter().position(|kind| *kind == wait.kind));
        self.id.set(wait.map_or(0, |wait| wait.id));
        self.kind.set(number.map_or(0, |number| number as u8 + 1));
    }
}
