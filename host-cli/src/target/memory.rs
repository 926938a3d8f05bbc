//! Reads of any length, in pieces that keep the line busy.

use super::answer::Memory;
use super::asking::{Target, refusal};
use super::error::Error;
use crate::client::{Event, PIPELINE};
use crate::terminal::progress::Progress;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wire::query::{MAX_READ_BYTES, Query, Space, Status};

/// The smallest piece on a line that damages larger ones, in bytes.
const SMALLEST: u32 = 64;
/// The largest piece that the target allows, in bytes.
const LARGEST: u32 = MAX_READ_BYTES as u32;

impl Target {
    /// Reads memory. The result holds what was read before a failure.
    pub fn read(&mut self, space: Space, address: u32, bytes: u32) -> Memory {
        let mut read = Read {
            space,
            address,
            total: bytes,
            piece_bytes: LARGEST,
            waiting: VecDeque::from([Piece { offset: 0, len: bytes }]),
            in_flight: BTreeMap::new(),
            repeated: BTreeSet::new(),
            memory: Memory::default(),
            progress: Progress::begin(),
        };
        if let Err(error) = read.run(self) {
            read.stop_at(read.first_gap(), error);
        }
        for id in read.in_flight.into_keys() {
            self.client.forget(id);
        }
        read.memory
    }
}

#[derive(Clone, Copy)]
struct Piece {
    offset: u32,
    len: u32,
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
    fn run(&mut self, target: &mut Target) -> Result<(), Error> {
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
                Event::Lost(id) | Event::Damaged(id) => {
                    target.client.forget(id);
                    if let Some(piece) = self.in_flight.remove(&id) {
                        let smaller = self.piece_bytes / 2;
                        self.piece_bytes = smaller.max(SMALLEST);
                        if piece.offset < self.total.max(1) {
                            self.waiting.push_front(piece);
                        }
                    }
                }
                Event::Reply(reply) => {
                    target.observe(&reply);
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
        let Piece { offset, len } = self.waiting.pop_front()?;
        let first = len.min(self.piece_bytes);
        if first < len {
            let rest = Piece { offset: offset + first, len: len - first };
            self.waiting.push_front(rest);
        }
        Some(Piece { offset, len: first })
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
