//! Answers host-cli while the system runs.
//!
//! A query is answered at interrupt time, in one go, into a buffer, which
//! transmit interrupts send while the system runs. The end of the reply says
//! what this cost the system.

mod answer;

use crate::answers::About;
use crate::built_in::LIVE;
use crate::embed::Machine;
use crate::link::{QueryReply, Spent};
use crate::storage::Surviving;
use crate::target::Debuggee;
use answer::Answer;
use wire::query::{self, BadRequest, Query, ReplyHead, Status};

/// Which query is being answered, and which is waiting.
#[derive(Debug)]
pub(crate) struct Live {
    /// The number of the query that was answered last.
    answered: u16,
    /// One more than the number of the query that is being answered.
    answering: Surviving,
    waiting: Option<Job>,
}

/// What to do about a query, which has this number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Job {
    Answer(u16, Query),
    Refuse(u16),
}

impl Live {
    /// Returns the state with no query pending.
    pub(crate) const fn new() -> Self {
        Self { answered: 0, answering: Surviving::new(), waiting: None }
    }

    /// Accepts a query, to be answered once no reply is being sent, and returns
    /// it; none if it was damaged.
    ///
    /// Only one query can wait. Others are dropped, and so is a repetition of
    /// the one being answered: host-cli asks again.
    pub(crate) fn accept(
        &mut self,
        body: &[u8],
        outgoing: &QueryReply,
    ) -> Option<Job> {
        let job = match query::decode_request(body) {
            Ok(request) => Job::Answer(request.id, request.query),
            Err(BadRequest::Damaged) => return None,
            // The version at the start of the reply says the rest.
            Err(BadRequest::Version(_)) => Job::Refuse(0),
            Err(BadRequest::NotUnderstood(id)) => Job::Refuse(id),
        };
        let (Job::Answer(id, _) | Job::Refuse(id)) = job;
        if self.waiting.is_none() && !(outgoing.is_due() && self.answered == id)
        {
            self.waiting = Some(job);
        }
        Some(job)
    }

    /// Answers the waiting query, if no reply is being sent.
    pub(crate) fn work<M: Machine>(
        &mut self,
        debuggee: &mut Debuggee<M>,
        about: &About,
        outgoing: &mut QueryReply,
    ) {
        if !LIVE || outgoing.is_due() {
            return;
        }
        let Some(job) = self.waiting.take() else { return };
        if about.stop.is_some() {
            outgoing.spent = Spent::new();
        }
        let body = outgoing.body();
        let (id, answer) = match job {
            Job::Refuse(id) => (id, Answer::new(Status::NotUnderstood)),
            Job::Answer(id, query) => {
                self.answering.begin(u32::from(id).saturating_add(1));
                let answer = answer::answer(query, debuggee, about, body);
                self.answering.end();
                (id, answer)
            }
        };
        let machine = &mut debuggee.machine;
        self.reply(id, &answer, machine, about, outgoing);
    }

    /// Replies that the stub faulted on the query, if it was answering one.
    pub(crate) fn give_up<M: Machine>(
        &mut self,
        machine: &mut M,
        about: &About,
        outgoing: &mut QueryReply,
    ) {
        if !LIVE {
            return;
        }
        let id = self.answering.take().and_then(|it| it.checked_sub(1));
        if let Some(id) = id.and_then(|id| u16::try_from(id).ok()) {
            let answer = Answer::new(Status::Faulted);
            self.reply(id, &answer, machine, about, outgoing);
        }
    }

    fn reply<M: Machine>(
        &mut self,
        id: u16,
        answer: &Answer,
        machine: &mut M,
        about: &About,
        outgoing: &mut QueryReply,
    ) {
        let head = ReplyHead {
            id,
            status: answer.status,
            running: about.stop.is_none(),
            consistent: machine.is_consistent(),
            generation: machine.generation(),
            task: answer.task,
            process: answer.process,
            next: answer.next,
        };
        self.answered = id;
        outgoing.begin(&head, answer.body_bytes, machine.boot());
    }

    /// Returns whether a query is waiting for its answer.
    pub(crate) const fn has_query(&self) -> bool {
        LIVE && self.waiting.is_some()
    }
}
