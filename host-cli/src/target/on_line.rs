//! How questions are put to a kernel that answers host-cli's frames.

mod memory;
mod questions;
mod scan;

use super::answer::{Answer, Observed, Rows, decode};
use super::error::{Error, NoSuch};
use crate::client::{Client, Reply};
use serde::Deserialize;
use wire::query::{Query, Space, Status};

/// How often a table that changes meanwhile is read again from the start.
const RESTARTS: u32 = 3;
/// More pages than any table has; a target that sends more is broken.
const MAX_PAGES: usize = 10_000;

/// A kernel at the other end of a line, which answers host-cli's frames.
pub(super) struct OnLine {
    client: Client,
    observed: Observed,
}

impl OnLine {
    /// Returns the kernel that `client` talks to.
    pub(super) fn new(client: Client) -> Self {
        Self { client, observed: Observed::default() }
    }

    /// Returns what the answers so far said about the system.
    pub(super) fn observed(&self) -> Observed {
        let avoids_flow_control = self.client.avoids_flow_control();
        Observed { avoids_flow_control, ..self.observed }
    }

    /// Notes that the answers, taken together, do not show a single moment.
    pub(super) const fn set_inconsistent(&mut self) {
        self.observed.consistent = Some(false);
    }

    /// Returns the line, to talk to what is there otherwise.
    pub(super) fn into_client(self) -> Client {
        self.client
    }

    fn ask(&mut self, query: Query) -> Result<Reply, Error> {
        let reply = self.client.ask(query)?;
        self.observe(&reply)?;
        match refusal(&reply, query) {
            Some(error) => Err(error),
            None => Ok(reply),
        }
    }

    /// Asks for one record.
    fn record<T>(&mut self, query: Query) -> Result<Answer<T>, Error>
    where
        T: for<'a> Deserialize<'a>,
    {
        let reply = self.ask(query)?;
        let value = decode(&reply.body)?;
        Ok(Answer::of(&reply.head, value))
    }

    /// Asks page by page, and starts over if rows came or went. For every page
    /// but the first, `query` is given the task of the first.
    fn pages(
        &mut self,
        query: impl Fn(u32, Option<u32>) -> Query,
    ) -> Result<Answer<Rows>, Error> {
        let mut restarts = 0;
        'restart: loop {
            let first = self.ask(query(0, None))?;
            let task = first.head.task;
            let mut from = 0;
            let mut next = first.head.next;
            let mut pages = vec![first.body];
            while let Some(at) = next {
                if at <= from || pages.len() > MAX_PAGES {
                    return Err(Error::MALFORMED);
                }
                from = at;
                let page = self.ask(query(from, Some(task)))?;
                if page.head.generation != first.head.generation {
                    restarts += 1;
                    if restarts <= RESTARTS {
                        continue 'restart;
                    }
                    self.set_inconsistent();
                }
                next = page.head.next;
                pages.push(page.body);
            }
            return Ok(Answer::of(&first.head, Rows { pages }));
        }
    }

    /// Notes what a reply says about the system. Fails if it is no longer the
    /// one that the replies before were from.
    fn observe(&mut self, reply: &Reply) -> Result<(), Error> {
        let observed = &mut self.observed;
        let boot = reply.trailer.boot;
        if *observed.boot.get_or_insert(boot) != boot {
            return Err(Error::Reset);
        }
        let consistent = observed.consistent != Some(false);
        observed.running = Some(reply.head.running);
        observed.consistent = Some(consistent && reply.head.consistent);
        if reply.head.running {
            let pause = reply.trailer.pause_us;
            let stolen = reply.trailer.stolen_us;
            let before = observed.stolen_us.unwrap_or(0);
            observed.pause_us = observed.pause_us.max(Some(pause));
            observed.stolen_us = Some(before.saturating_add(stolen));
        }
        Ok(())
    }
}

/// Returns why `reply` does not answer `query`, or none if it does.
fn refusal(reply: &Reply, query: Query) -> Option<Error> {
    let space = match query {
        Query::Translate { space, .. }
        | Query::Regions { space, .. }
        | Query::Read { space, .. }
        | Query::Checksum { space, .. }
        | Query::Search { space, .. } => space,
        Query::Registers { task: Some(id) }
        | Query::FloatRegisters { task: Some(id) } => Space::Task(id),
        _ => Space::Current,
    };
    let of = match query {
        Query::Rows { of, .. } => of,
        _ => 0,
    };
    Some(match reply.head.status {
        Status::Answered => return None,
        Status::NoSuchTask => Error::NoSuch(match space {
            Space::Task(id) => NoSuch::Task(id),
            _ => NoSuch::CurrentTask,
        }),
        Status::NoSuchProcess => Error::NoSuch(match space {
            Space::Process(id) => NoSuch::Process(id),
            _ if of != 0 => NoSuch::Process(of),
            _ => NoSuch::CurrentTask,
        }),
        Status::NoSuchMailbox => Error::NoSuch(NoSuch::Mailbox(of)),
        Status::NoSuchWindow => Error::NoSuch(NoSuch::Window(of)),
        Status::Unmapped(at) => Error::Unmapped(space, at.0),
        Status::NoMemory(at) => Error::NoMemory(at),
        Status::NotUnderstood => Error::NotUnderstood,
        Status::Unsupported => Error::Unsupported,
        Status::Faulted => Error::Faulted,
    })
}
