//! Reads of any length, in pieces that keep the line busy.

use super::{OnLine, refusal};
use crate::client::{self, Event, PIPELINE};
use crate::target::answer::Memory;
use crate::target::error::Error;
use crate::terminal::progress::Progress;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wire::query::{MAX_READ_BYTES, Query, Space, Status};

/// The smallest piece on a line that damages larger ones, in bytes.
const SMALLEST: u32 = 64;
/// After how many tries the line itself is looked into.
const SUSPICIOUS: u32 = 4;
/// How often a piece is asked for. On the worst line that is of any use, two of
/// three of the smallest pieces do not come.
const MOST_TRIES: u32 = 64;
/// The largest piece that the target allows, in bytes.
const LARGEST: u32 = MAX_READ_BYTES as u32;

impl OnLine {
    /// Reads memory. The result holds what was read before a failure.
    pub(in crate::target) fn read(
        &mut self,
        space: Space,
        address: u32,
        bytes: u32,
    ) -> Memory {
        let mut read = Read {
            space,
            address,
            total: bytes,
            piece_bytes: LARGEST,
            waiting: VecDeque::from([Piece::new(0, bytes)]),
            in_flight: BTreeMap::new(),
            repeated: BTreeSet::new(),
            memory: Memory::default(),
            progress: Progress::begin(),
        };
        if let Err(error) = read.run(self) {
            read.stop_at(read.first_gap(), error);
        }
        self.client.forget_all();
        read.memory
    }
}

#[derive(Clone, Copy)]
struct Piece {
    offset: u32,
    len: u32,
    /// How often it was asked for and did not come.
    asked: u32,
    /// How often it came damaged.
    damaged: u32,
}

impl Piece {
    const fn new(offset: u32, len: u32) -> Self {
        Self { offset, len, asked: 0, damaged: 0 }
    }
}

struct Read {
    space: Space,
    address: u32,
    /// How many bytes are wanted; fewer once an unreadable one was found.
    total: u32,
    /// The current size of a piece.
    piece_bytes: u32,
    waiting: VecDeque<Piece>,
    in_flight: BTreeMap<u16, Piece>,
    /// The requests that were sent again.
    repeated: BTreeSet<u16>,
    memory: Memory,
    progress: Progress,
}

impl Read {
    fn run(&mut self, target: &mut OnLine) -> Result<(), Error> {
        loop {
            // The current task may have changed by the second piece, so the
            // first one settles which task is meant.
            let settled = self.space != Space::Current;
            let most = if settled { PIPELINE } else { 1 };
            while self.in_flight.len() < most
                && let Some(piece) = self.next_piece()
            {
                let id = target.client.submit(self.query(piece))?;
                self.in_flight.insert(id, piece);
            }
            if self.in_flight.is_empty() {
                return Ok(());
            }
            match target.client.wait()? {
                // Under the same number, so that a late answer still counts;
                // but only once, because large pieces may never get through.
                Event::Lost(id)
                    if self.wants(id) && self.repeated.insert(id) =>
                {
                    target.client.resend(id)?;
                }
                event @ (Event::Lost(id) | Event::Damaged(id)) => {
                    target.client.give_up(id);
                    if let Some(piece) = self.in_flight.remove(&id) {
                        let is_damaged = matches!(event, Event::Damaged(_));
                        self.ask_again(piece, is_damaged)?;
                        if piece.asked == SUSPICIOUS {
                            target.client.examine_line()?;
                        }
                    }
                }
                Event::Reply(reply) => {
                    target.observe(&reply)?;
                    let Some(piece) = self.in_flight.remove(&reply.head.id)
                    else {
                        continue;
                    };
                    let error = refusal(&reply, self.query(piece));
                    if let Some(Error::NoSuch(_)) = error {
                        return error.map_or(Ok(()), Err);
                    }
                    let (task, process) = (reply.head.task, reply.head.process);
                    if self.space != Space::Physical {
                        self.memory.task = Some(task);
                        self.memory.process = Some(process);
                        self.space = Space::Task(task);
                    }
                    let whole = reply.head.status == Status::Answered;
                    let (len, asked) = (reply.body.len(), piece.len as usize);
                    if len > asked || whole && len < asked {
                        return Err(Error::MALFORMED);
                    }
                    self.keep(piece.offset, &reply.body);
                    if let Some(error) = error {
                        self.stop_at(piece.offset + len as u32, error);
                    }
                }
            }
        }
    }

    fn query(&self, piece: Piece) -> Query {
        Query::Read {
            space: self.space,
            // Never wraps: a read ends within the address space.
            address: self.address.wrapping_add(piece.offset),
            len_bytes: u16::try_from(piece.len).unwrap_or(MAX_READ_BYTES),
        }
    }

    fn next_piece(&mut self) -> Option<Piece> {
        let piece = self.waiting.pop_front()?;
        let first = piece.len.min(self.piece_bytes);
        if first < piece.len {
            let rest = Piece::new(piece.offset + first, piece.len - first);
            self.waiting.push_front(rest);
        }
        Some(Piece { len: first, ..piece })
    }

    /// Makes a piece that did not come the next one, in smaller pieces.
    fn ask_again(&mut self, piece: Piece, damaged: bool) -> Result<(), Error> {
        self.piece_bytes = (self.piece_bytes / 2).max(SMALLEST);
        if piece.offset >= self.total.max(1) {
            return Ok(());
        }
        let asked = piece.asked + 1;
        let damaged = piece.damaged + u32::from(damaged);
        self.waiting.push_front(Piece { asked, damaged, ..piece });
        if asked < MOST_TRIES {
            return Ok(());
        }
        Err(client::Error::NeverWhole { asked, damaged }.into())
    }

    fn wants(&self, id: u16) -> bool {
        let piece = self.in_flight.get(&id);
        piece.is_some_and(|piece| piece.offset < self.total.max(1))
    }

    fn keep(&mut self, offset: u32, bytes: &[u8]) {
        if offset >= self.total {
            return;
        }
        let start = offset as usize;
        let end = start + bytes.len();
        let memory = &mut self.memory.bytes;
        if memory.len() < end {
            memory.resize(end, 0);
        }
        memory[start..end].copy_from_slice(bytes);
        let more = (self.piece_bytes / 4).max(SMALLEST);
        self.piece_bytes = (self.piece_bytes + more).min(LARGEST);
        self.progress.show(end as u32, self.total);
    }

    /// Ends the read at `offset` because of `error`.
    fn stop_at(&mut self, offset: u32, error: Error) {
        if self.memory.missing.is_some() && offset >= self.total {
            return;
        }
        self.total = offset;
        self.memory.missing = Some(error);
        self.memory.bytes.truncate(offset as usize);
        self.waiting.retain(|piece| piece.offset < offset);
    }

    /// Returns the offset of the first byte that has not arrived.
    fn first_gap(&self) -> u32 {
        let missing = self.in_flight.values().chain(&self.waiting);
        let first = missing.map(|piece| piece.offset).min();
        first.unwrap_or(self.memory.bytes.len() as u32)
    }
}
