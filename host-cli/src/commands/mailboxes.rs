//! `mailboxes`: their owners, their contents, and the tasks that wait.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/mailboxes.txt")]
#![doc = "```"]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::target::{Error, NoSuch, Rows};
use crate::terminal::table::{self, Side, counted};
use serde::Serialize;
use std::fmt::{self, Write};
use wire::rows::{Mailbox, Message, Table};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/mailboxes.txt"));

/// The mailboxes: their owners, their contents, and the tasks that wait
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {
    /// Only this mailbox, with its messages
    #[arg(value_name = "ID", value_parser = crate::numbers::number)]
    id: Option<u32>,
}

#[derive(Serialize)]
struct Mailboxes<'a> {
    mailboxes: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    mailbox: Mailbox<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<Message<'a>>>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["mailboxes"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let target = context.target()?;
        let (rows, messages);
        let mailboxes = match self.id {
            Some(id) => {
                rows = target.row(Table::Mailboxes, id)?;
                let mut list = rows.decode::<Mailbox<'_>>()?;
                list.retain(|mailbox| mailbox.id == id);
                if list.is_empty() {
                    return Err(Error::NoSuch(NoSuch::Mailbox(id)).into());
                }
                messages = target.rows(Table::Messages, id)?;
                with_messages(list, &messages)?
            }
            None => {
                rows = target.rows(Table::Mailboxes, 0)?;
                let row = |mailbox| Row { mailbox, messages: None };
                rows.decode()?.into_iter().map(row).collect()
            }
        };
        Ok(Outcome::answered(context.form(), &Mailboxes { mailboxes }))
    }
}

fn with_messages<'a>(
    mailboxes: Vec<Mailbox<'a>>,
    messages: &'a Rows,
) -> Result<Vec<Row<'a>>, Failure> {
    let messages = messages.decode::<Message<'_>>()?;
    let row = |mailbox| Row { mailbox, messages: Some(messages.clone()) };
    Ok(mailboxes.into_iter().map(row).collect())
}

impl Report for Mailboxes<'_> {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let mut table = table::Table::new([
            ("mailbox", Side::Right),
            ("owner", Side::Left),
            ("messages", Side::Right),
            ("bytes", Side::Right),
            ("of", Side::Right),
            ("who waits", Side::Left),
        ]);
        for Row { mailbox, .. } in &self.mailboxes {
            let (process, task) = (mailbox.owner_process, mailbox.owner_task);
            table.push([
                mailbox.id.to_string(),
                format!("task {task} of process {process}"),
                mailbox.queued_messages.to_string(),
                mailbox.queued_bytes.to_string(),
                mailbox.capacity_bytes.to_string(),
                who_waits(mailbox),
            ]);
        }
        table.write(out)?;
        for message in self.mailboxes.iter().flat_map(|row| &row.messages) {
            for message in message {
                text_of_message(out, message)?;
            }
        }
        Ok(())
    }
}

fn who_waits(mailbox: &Mailbox<'_>) -> String {
    let reader = mailbox.waiting_reader.map(|id| format!("task {id} reads"));
    let senders: Vec<_> =
        mailbox.waiting_senders.iter().map(|id| id.to_string()).collect();
    let senders = match &senders[..] {
        [] => None,
        [one] => Some(format!("task {one} sends")),
        more => Some(format!("tasks {} send", more.join(" "))),
    };
    let parts: Vec<_> = reader.into_iter().chain(senders).collect();
    match parts.is_empty() {
        true => "nobody".to_owned(),
        false => parts.join(", "),
    }
}

fn text_of_message(out: &mut dyn Write, message: &Message<'_>) -> fmt::Result {
    writeln!(
        out,
        "\nmessage from task {} of process {}: protocol {}, class {}, {}",
        message.from_task,
        message.from_process,
        message.protocol,
        message.class,
        counted(message.bytes, "byte"),
    )?;
    crate::terminal::hexdump::write(out, 0, message.data.0)
}
