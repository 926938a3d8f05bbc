//! The answer to the first question: who answers, and the state of the line.

use crate::fields::{Bytes, Column, Field, Fields, Value};
use layout::VirtAddr;
use serde::{Deserialize, Serialize};

/// The answer to [`Query::Hello`](super::Query::Hello).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hello<'a> {
    /// The stub's name and version.
    pub stub: &'a str,
    /// The kernel's name and version.
    pub kernel: &'a str,
    /// The kernel image's build id; empty if it has none.
    #[serde(borrow)]
    pub build_id: Bytes<'a>,
    /// The line's baud rate.
    pub baud: u32,
    /// What went wrong on the line.
    pub faults: LineFaults,
    /// The number of timer interrupts so far.
    pub ticks: u32,
    /// Timer interrupts a second.
    pub ticks_per_second: u32,
    /// Frames of memory.
    pub frames: u32,
    /// Frames that are free.
    pub free_frames: u32,
    /// Why the system is stopped; none if it is running.
    #[serde(borrow)]
    pub stop: Option<Stop<'a>>,
    /// The number of the serial port: 1 for COM1.
    pub port: u8,
    /// The UART that was found there, such as `16550A`.
    pub uart: &'a str,
}

impl Fields for Hello<'_> {
    /// Nested structs are flattened; the columns are never shown.
    const COLUMNS: &'static [Column] = &[Column::of::<u32>(""); 24];

    type Values<'v>
        = [Value<'v>; 24]
    where
        Self: 'v;

    fn values(&self) -> [Value<'_>; 24] {
        let [n0, n1, n2, n3, n4, n5, n6, n7, n8, n9] = self.faults.counts();
        let stop = self.stop.as_ref();
        [
            Value::Text(self.stub),
            Value::Text(self.kernel),
            self.build_id.value(),
            Value::Number(self.baud),
            Value::Number(n0),
            Value::Number(n1),
            Value::Number(n2),
            Value::Number(n3),
            Value::Number(n4),
            Value::Number(n5),
            Value::Number(n6),
            Value::Number(n7),
            Value::Number(n8),
            Value::Number(n9),
            Value::Number(self.ticks),
            Value::Number(self.ticks_per_second),
            Value::Number(self.frames),
            Value::Number(self.free_frames),
            Value::Flag(stop.is_some()),
            stop.map_or(Value::Absent, |stop| Value::Number(stop.task)),
            stop.map_or(Value::Absent, |stop| stop.eip.value()),
            stop.map_or(Value::Absent, |stop| Value::Text(stop.reason)),
            Value::Byte(self.port),
            Value::Text(self.uart),
        ]
    }
}

/// What went wrong on a line, counted by the target.
#[derive(
    Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize,
)]
pub struct LineFaults {
    /// Frames that arrived damaged.
    pub naks: u32,
    /// Replies that were sent again.
    pub resends: u32,
    /// Receiver overruns: times that the UART lost bytes.
    pub overruns: u32,
    /// Bytes with a framing or parity error.
    pub framing: u32,
    /// BREAK conditions.
    pub breaks: u32,
    /// Bytes between frames that have no meaning.
    pub noise: u32,
    /// Frames whose end never came.
    pub cut: u32,
    /// Frames that were too long.
    pub oversize: u32,
    /// Packets that arrived twice.
    pub duplicates: u32,
    /// Bytes dropped for lack of room while a reply was being sent.
    pub lost: u32,
}

impl LineFaults {
    /// What each count is of, in words.
    const WORDS: [&'static str; 10] = [
        "damaged question",
        "repeated answer",
        "receiver overrun",
        "framing error",
        "BREAK",
        "stray byte",
        "cut frame",
        "oversized frame",
        "repeated question",
        "dropped byte",
    ];

    const fn counts(&self) -> [u32; 10] {
        [
            self.naks,
            self.resends,
            self.overruns,
            self.framing,
            self.breaks,
            self.noise,
            self.cut,
            self.oversize,
            self.duplicates,
            self.lost,
        ]
    }

    /// Returns each count with what it is of, in words.
    pub fn in_words(&self) -> impl Iterator<Item = (u32, &'static str)> {
        self.counts().into_iter().zip(Self::WORDS)
    }
}

/// Why a system is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stop<'a> {
    /// The task that stopped.
    pub task: u32,
    /// Where it stopped.
    pub eip: VirtAddr,
    /// The reason, as a phrase.
    pub reason: &'a str,
}
