//! What has been asked and not answered.

use std::collections::VecDeque;
use std::time::Instant;

/// A request under way.
pub(super) struct Pending {
    pub(super) id: u16,
    pub(super) request: Vec<u8>,
    pub(super) sent_at: Instant,
    /// Whether it has been sent more than once.
    pub(super) is_resent: bool,
    /// Whether a later request has been answered, and they are answered in
    /// order.
    is_overtaken: bool,
}

/// The requests under way, the least recently sent first.
#[derive(Default)]
pub(super) struct UnderWay(VecDeque<Pending>);

impl UnderWay {
    /// Adds one that has not been sent before.
    pub(super) fn push(&mut self, id: u16, request: Vec<u8>) {
        self.0.push_back(Pending {
            id,
            request,
            sent_at: Instant::now(),
            is_resent: false,
            is_overtaken: false,
        });
    }

    /// Puts one behind the others, to be sent again. Returns false if there
    /// is none with this number.
    pub(super) fn put_last(&mut self, id: u16) -> bool {
        let Some(mut pending) = self.take(id) else { return false };
        pending.is_resent = true;
        self.0.push_back(pending);
        true
    }

    /// Takes one away.
    pub(super) fn take(&mut self, id: u16) -> Option<Pending> {
        let at = self.0.iter().position(|pending| pending.id == id)?;
        self.0.remove(at)
    }

    /// Takes one away because its answer has come. Those before it will not
    /// be answered, unless the answer is to an earlier time that it was sent.
    pub(super) fn answer(&mut self, id: u16) -> Option<Pending> {
        let at = self.0.iter().position(|pending| pending.id == id)?;
        let answered = self.0.remove(at)?;
        if !answered.is_resent {
            for before in self.0.iter_mut().take(at) {
                before.is_overtaken = true;
            }
        }
        Some(answered)
    }

    /// Returns one that was overtaken, once.
    pub(super) fn overtaken(&mut self) -> Option<u16> {
        let pending = self.0.iter_mut().find(|p| p.is_overtaken)?;
        pending.is_overtaken = false;
        Some(pending.id)
    }

    /// Returns the least recently sent.
    pub(super) fn oldest(&self) -> Option<&Pending> {
        self.0.front()
    }

    /// Returns the most recently sent.
    pub(super) fn last(&mut self) -> Option<&mut Pending> {
        self.0.back_mut()
    }

    /// Returns whether a frame is one of the requests, come back.
    pub(super) fn is_one(&self, body: &[u8]) -> bool {
        self.0.iter().any(|pending| pending.request == body)
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
