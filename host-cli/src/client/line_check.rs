//! Finds out what a line changes, once questions go unanswered.
//!
//! A question that no line changes asks for a pattern of bytes that some do;
//! what is left of it shows what happens on the way here. Questions with some
//! of these bytes, one kind after the other, then show the way there.

use super::error::Error;
use super::exchange::Client;
use super::frame::MAX_FRAME_BYTES;
use super::line_fault::LineFault;
use std::time::{Duration, Instant};
use wire::frame::{ESCAPE, ESCAPE_XOR, Escapes, query_frame_with};
use wire::query::{
    LINE_BEGINS, LINE_ENDS, MAX_REQUEST_BYTES, Query, Request, encode_request,
};

/// How long the line may be silent before an answer.
const SILENCE: Duration = Duration::from_millis(300);

/// How long an answer may take on a busy line.
const LONGEST: Duration = Duration::from_secs(3);

/// How much may come before an answer: the answer to another question.
const MOST_BYTES: usize = 4 * MAX_FRAME_BYTES;

/// How often each thing is seen before it is believed: noise is not the line's
/// nature.
const TIMES: usize = 3;

/// How often a question is sent with the bytes that a fault changes, and as
/// often without: where noise takes half of all questions, one in a thousand
/// lines passes for one with a fault.
const PAIRS: usize = 6;

impl Client {
    /// Returns whether both ends avoid XON and XOFF, because the line eats them.
    #[must_use]
    pub fn avoids_flow_control(&self) -> bool {
        self.escapes == Escapes::FlowControl
    }

    /// Finds out what the line changes. If that is XON and XOFF alone, both ends
    /// avoid them from now on. Does this only once.
    ///
    /// # Errors
    ///
    /// Fails if the line changes bytes that cannot be avoided.
    pub fn examine_line(&mut self) -> Result<(), Error> {
        if self.is_examined {
            return Ok(());
        }
        self.is_examined = true;
        self.decoder.abandon();
        let began = Instant::now();
        let fault = self.line_fault(began + self.timeout)?;
        // This time is not the question's.
        if let Some(since) = &mut self.unanswered_since {
            *since += began.elapsed();
        }
        match fault {
            None => {}
            Some(LineFault::FlowControl) => {
                self.escapes = Escapes::FlowControl;
                self.evidence.answered();
                self.unanswered_since = Some(Instant::now());
            }
            Some(fault) => return Err(Error::Changed(fault)),
        }
        Ok(())
    }

    fn line_fault(
        &mut self,
        until: Instant,
    ) -> Result<Option<LineFault>, Error> {
        let mut seen = Vec::new();
        for _ in 0..TIMES {
            // A stub that is busy drops what it cannot keep.
            let marked = match self.probe(None, until)? {
                None => self.probe(None, until)?,
                some => some,
            };
            let Some(marked) = marked else { return Ok(None) };
            seen.push(marked);
        }
        let first = seen[0].clone();
        if seen.iter().any(|marked| *marked != first) {
            return Ok(None);
        }
        if !LineFault::is_whole(&first) {
            return Ok(LineFault::of(&first));
        }
        for fault in LineFault::ALL {
            if self.loses(fault, until)? {
                return Ok(Some(fault));
            }
        }
        Ok(None)
    }

    /// Returns whether questions with bytes that `fault` changes are never
    /// answered, while those without are. Where the latter are lost as well,
    /// that is noise.
    fn loses(
        &mut self,
        fault: LineFault,
        until: Instant,
    ) -> Result<bool, Error> {
        let mut lost_without = 0;
        for _ in 0..PAIRS {
            if self.probe(Some(fault), until)?.is_some() {
                return Ok(false);
            }
            lost_without += u32::from(self.probe(None, until)?.is_none());
            if lost_without > 1 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Sends a question with bytes that `fault` changes, or with none that any
    /// does, and returns what came between the marks of the answer.
    fn probe(
        &mut self,
        fault: Option<LineFault>,
        until: Instant,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(frame) = question(fault) else { return Ok(None) };
        self.send(&frame)?;
        let (began, mut last) = (Instant::now(), Instant::now());
        let mut raw = Vec::new();
        let until = until.min(began + LONGEST);
        while last.elapsed() < SILENCE && Instant::now() < until {
            if self.interrupt.was_pressed() {
                return Err(Error::Interrupted);
            }
            self.receive(SILENCE)?;
            if self.input.is_empty() {
                continue;
            }
            last = Instant::now();
            raw.extend(self.input.drain(..));
            if raw.len() > MOST_BYTES {
                break;
            }
            if let Some(marked) = marked(&raw) {
                self.has_pattern_come = true;
                return Ok(Some(marked));
            }
        }
        Ok(None)
    }
}

/// Returns the frame of a question with at least one byte that `fault` changes
/// and none that a later one does, or with no such byte at all.
fn question(fault: Option<LineFault>) -> Option<Vec<u8>> {
    let later = match fault {
        None => &LineFault::ALL[..],
        Some(fault) => {
            let at = LineFault::ALL.iter().position(|other| *other == fault)?;
            &LineFault::ALL[at + 1..]
        }
    };
    let escapes = match fault {
        None => Escapes::Control,
        Some(_) => Escapes::Framing,
    };
    let fits = |frame: &Vec<u8>| {
        let has = |fault: &LineFault| frame.iter().any(|b| fault.changes(*b));
        !later.iter().any(has) && fault.is_none_or(|fault| has(&fault))
    };
    let frame = |id| {
        let mut buffer = [0; MAX_REQUEST_BYTES];
        let request = Request { id, query: Query::Probe };
        let body = encode_request(&request, &mut buffer)?;
        Some(query_frame_with(escapes, body))
    };
    (0..=u16::MAX).filter_map(frame).find(fits)
}

/// Returns what is between the marks of an answer, once all of it has come.
fn marked(raw: &[u8]) -> Option<Vec<u8>> {
    let find = |bytes: &[u8], mark: &[u8]| {
        bytes.windows(mark.len()).position(|window| window == mark)
    };
    let inner = &raw[find(raw, LINE_BEGINS)? + LINE_BEGINS.len()..];
    let (inner, tail) = inner.split_at(find(inner, LINE_ENDS)?);
    let end = tail.iter().position(|byte| *byte == b'#')?;
    tail.get(end + 2)?;
    let mut bytes = inner.iter();
    let mut plain = Vec::new();
    while let Some(&byte) = bytes.next() {
        match byte {
            ESCAPE => plain.push(bytes.next()? ^ ESCAPE_XOR),
            byte => plain.push(byte),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_question_for_every_fault() {
        let safe = question(None).expect("one");
        assert!(!safe.iter().any(|byte| {
            LineFault::ALL.iter().any(|fault| fault.changes(*byte))
        }));
        for fault in LineFault::ALL {
            let frame = question(Some(fault)).expect("one");
            assert!(frame.iter().any(|byte| fault.changes(*byte)));
        }
    }
}
