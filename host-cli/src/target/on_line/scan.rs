//! What the target computes over memory, part by part.

use super::OnLine;
use crate::target::answer::Answer;
use crate::target::error::Error;
use crate::terminal::progress::Progress;
use wire::query::{Checksum, Pattern, Query, Searched, Space};

impl OnLine {
    /// Asks for the CRC-32 of memory, as defined for gdb's `qCRC`.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes, or some of the memory cannot be read.
    pub(in crate::target) fn checksum(
        &mut self,
        space: Space,
        address: u32,
        len_bytes: u32,
    ) -> Result<u32, Error> {
        let mut walk = Walk::begin(space, address, len_bytes);
        let mut crc = u32::MAX;
        loop {
            let (space, address, len_bytes) = walk.rest();
            let query = Query::Checksum { space, address, len_bytes, crc };
            let answer = self.record::<Checksum>(query)?;
            crc = answer.value.crc;
            if walk.is_done(answer.task, answer.value.done_bytes)? {
                return Ok(crc);
            }
        }
    }

    /// Asks where `pattern` first occurs in memory, if it does.
    ///
    /// # Errors
    ///
    /// Fails if no answer comes.
    pub(in crate::target) fn search(
        &mut self,
        space: Space,
        address: u32,
        len_bytes: u32,
        pattern: Pattern,
    ) -> Result<Answer<Option<u32>>, Error> {
        let mut walk = Walk::begin(space, address, len_bytes);
        loop {
            let (space, address, len_bytes) = walk.rest();
            let query = Query::Search { space, address, len_bytes, pattern };
            let answer = self.record::<Searched>(query)?;
            let Answer { task, process, value } = answer;
            if let Some(at) = value.found {
                let offset = at.checked_sub(address);
                if offset.is_none_or(|offset| offset >= len_bytes) {
                    return Err(Error::MALFORMED);
                }
            }
            if value.found.is_some() || walk.is_done(task, value.done_bytes)? {
                return Ok(Answer { task, process, value: value.found });
            }
        }
    }
}

/// How far the target has got.
struct Walk {
    space: Space,
    address: u32,
    total: u32,
    done: u32,
    progress: Progress,
}

impl Walk {
    fn begin(space: Space, address: u32, total: u32) -> Self {
        let progress = Progress::begin();
        Self { space, address, total, done: 0, progress }
    }

    /// Returns what is left to do.
    fn rest(&self) -> (Space, u32, u32) {
        let address = self.address.wrapping_add(self.done);
        (self.space, address, self.total - self.done)
    }

    /// Advances by `bytes` in the address space of `task`; returns whether
    /// that was all.
    fn is_done(
        &mut self,
        task: Option<u32>,
        bytes: u32,
    ) -> Result<bool, Error> {
        let left = self.total - self.done;
        if bytes > left || bytes == 0 && left > 0 {
            return Err(Error::MALFORMED);
        }
        self.done += bytes;
        self.progress.show(self.done, self.total);
        // The current task may have changed by the next part.
        if let (Space::Current, Some(task)) = (self.space, task) {
            self.space = Space::Task(task);
        }
        Ok(self.done == self.total)
    }
}
