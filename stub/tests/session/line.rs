//! A serial line whose other end is the test.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use stub::embed::{Port, Received, SerialLine};

/// How long a test waits for the stub before it fails.
const DEADLINE: Duration = Duration::from_secs(120);

/// One end of the line: the stub's and the test's are clones.
#[derive(Clone)]
pub(crate) struct FakeLine(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
pub(crate) struct State {
    pub(crate) to_stub: VecDeque<Received>,
    pub(crate) from_stub: VecDeque<u8>,
    pub(crate) room: usize,
    pub(crate) receive_interrupts: bool,
    pub(crate) transmit_interrupts: bool,
    pub(crate) longest_burst: usize,
    pub(crate) peer_signals: u8,
    burst: usize,
    closed: bool,
}

impl FakeLine {
    pub(crate) fn new() -> Self {
        let state =
            State { room: 16, receive_interrupts: true, ..State::default() };
        Self(Arc::new((Mutex::new(state), Condvar::new())))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }

    /// Sends `bytes` to the stub.
    pub(crate) fn give(&self, bytes: &[u8]) {
        self.give_events(bytes.iter().copied().map(Received::Byte));
    }

    /// Lets the stub's receiver see these.
    pub(crate) fn give_events(
        &self,
        events: impl IntoIterator<Item = Received>,
    ) {
        self.state().to_stub.extend(events);
        self.0.1.notify_all();
    }

    /// Takes the next byte from the stub, waiting for it.
    pub(crate) fn take(&self) -> u8 {
        let end = Instant::now() + DEADLINE;
        let mut state = self.state();
        loop {
            if let Some(byte) = state.from_stub.pop_front() {
                return byte;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the stub sent nothing more");
            state = self.0.1.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Takes all that the stub has sent so far.
    pub(crate) fn taken(&self) -> Vec<u8> {
        self.state().from_stub.drain(..).collect()
    }

    /// Ends whoever polls the line.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.0.1.notify_all();
    }

    /// Returns whether the test has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Returns whether an interrupt is due; waits a little for one.
    pub(crate) fn interrupt_is_due(&self) -> bool {
        let due = |state: &State| {
            state.receive_interrupts && !state.to_stub.is_empty()
                || state.transmit_interrupts
        };
        let state = self.state();
        if due(&state) {
            return true;
        }
        let soon = Duration::from_millis(1);
        let state = self.0.1.wait_timeout(state, soon).unwrap().0;
        due(&state)
    }
}

impl SerialLine for FakeLine {
    fn receive(&mut self) -> Option<Received> {
        let mut state = self.state();
        if state.closed {
            // Silent: the test has its own end.
            std::panic::resume_unwind(Box::new("the test has ended"));
        }
        state.burst = 0;
        let received = state.to_stub.pop_front();
        drop(state);
        if received.is_none() {
            std::thread::yield_now();
        }
        received
    }

    fn room(&mut self) -> usize {
        self.state().room
    }

    fn send(&mut self, byte: u8) {
        let mut state = self.state();
        state.burst += 1;
        state.longest_burst = state.longest_burst.max(state.burst);
        state.from_stub.push_back(byte);
        self.0.1.notify_all();
    }

    fn set_interrupts(&mut self, receive: bool, transmit: bool) {
        let mut state = self.state();
        state.receive_interrupts = receive;
        state.transmit_interrupts = transmit;
        state.burst = 0;
    }

    fn port(&self) -> Port {
        Port { number: 1, uart: "16550A" }
    }

    fn baud(&self) -> u32 {
        115_200
    }

    fn overruns(&self) -> u32 {
        3
    }

    fn peer_signals(&mut self) -> u8 {
        self.state().peer_signals
    }
}
