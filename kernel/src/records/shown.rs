//! What a debugger shows of a task, stored as numbers: it is read at any
//! moment, even from a record that has been overwritten, and no number is an
//! invalid value.

use core::cell::Cell;
use wire::rows::{State, Wait, WaitKind};

/// A task's state, by its number. Any that is none reads as stopped.
pub(crate) struct StateCell(Cell<u8>);

impl StateCell {
    /// Returns a cell for a task that cannot run yet.
    pub(crate) const fn stopped() -> Self {
        Self(Cell::new(State::Stopped as u8))
    }

    pub(crate) fn get(&self) -> State {
        let state = State::ALL.get(usize::from(self.0.get()));
        state.copied().unwrap_or(State::Stopped)
    }

    pub(crate) fn set(&self, state: State) {
        self.0.set(state as u8);
    }
}

/// What a task waits for, by the number of its kind plus one; 0 means nothing.
pub(crate) struct WaitCell {
    kind: Cell<u8>,
    id: Cell<u32>,
}

impl WaitCell {
    /// Returns a cell for a task that waits for nothing.
    pub(crate) const fn nothing() -> Self {
        Self { kind: Cell::new(0), id: Cell::new(0) }
    }

    pub(crate) fn get(&self) -> Option<Wait> {
        let number = usize::from(self.kind.get()).checked_sub(1)?;
        let kind = *WaitKind::ALL.get(number)?;
        Some(Wait { kind, id: self.id.get() })
    }

    pub(crate) fn set(&self, wait: Option<Wait>) {
        self.id.set(wait.map_or(0, |wait| wait.id));
        self.kind.set(wait.map_or(0, |wait| wait.kind as u8 + 1));
    }
}
