//! The requests that have been sent and not answered.

use std::collections::VecDeque;
use std::time::Instant;

/// A request in flight.
pub(super) struct Pending {
    pub(super) id: u16,
    pub(super) request: Vec<u8>,
    pub(super) sent_at: Instant,
    /// Whether it has been sent more than once.
    pub(super) is_resent: bool,
    /// Whether a later request has been answered, although requests are
    /// answered in order.
    is_overtaken: bool,
}

/// The requests in flight, the least recently sent first.
#[derive(Default)]
pub(super) struct InFlight(VecDeque<Pending>);

impl InFlight {
    /// Adds a request that is sent for the first time.
    pub(super) fn push(&mut self, id: u16, request: Vec<u8>) {
        self.0.push_back(Pending {
            id,
            request,
            sent_at: Instant::now(),
            is_resent: false,
            is_overtaken: false,
        });
    }

    /// Moves a request to the end, to be sent again. Returns false if none has
    /// this number.
    pub(super) fn requeue(&mut self, id: u16) -> bool {
        let Some(mut pending) = self.take(id) else { return false };
        pending.is_resent = true;
        self.0.push_back(pending);
        true
    }

    /// Removes a request.
    pub(super) fn take(&mut self, id: u16) -> Option<Pending> {
        let at = self.0.iter().position(|pending| pending.id == id)?;
        self.0.remove(at)
    }

    /// Removes a request because it has been answered. Those sent before it
    /// are lost, unless the answer may be to an earlier copy of this one.
    pub(super) fn complete(&mut self, id: u16) -> Option<Pending> {
        let at = self.0.iter().position(|pending| pending.id == id)?;
        let answered = self.0.remove(at)?;
        if !answered.is_resent {
            for before in self.0.iter_mut().take(at) {
                before.is_overtaken = true;
            }
        }
        Some(answered)
    }

    /// Returns a request that was overtaken, each only once.
    pub(super) fn overtaken(&mut self) -> Option<u16> {
        let pending = self.0.iter_mut().find(|p| p.is_overtaken)?;
        pending.is_overtaken = false;
        Some(pending.id)
    }

    /// Returns the least recently sent request.
    pub(super) fn oldest(&self) -> Option<&Pending> {
        self.0.front()
    }

    /// Returns the most recently sent request.
    pub(super) fn last(&mut self) -> Option<&mut Pending> {
        self.0.back_mut()
    }

    /// Returns whether `body` is one of the requests, echoed.
    pub(super) fn contains(&self, body: &[u8]) -> bool {
        self.0.iter().any(|pending| pending.request == body)
    }

    /// Returns the number of requests in flight.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
