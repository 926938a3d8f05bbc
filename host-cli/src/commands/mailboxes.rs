//! `mailboxes`: their owners, their contents, and the tasks that wait.
#![doc = manual!("mailboxes")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::target::{NoSuch, Rows};
use crate::terminal::table::Column::{Left, Right};
use crate::terminal::table::{self, counted};
use serde::Serialize;
use serde_json::json;
use std::fmt::{self, Write};
use wire::rows::{Mailbox, Message, Table};

/// The mailboxes: their owners, their contents, and the tasks that wait
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("mailboxes"))]
pub struct Args {
    /// Only this mailbox, with its messages
    #[arg(value_name = "ID", value_parser = crate::numbers::number)]
    id: Option<u32>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    mailbox: &'a Mailbox<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<&'a [Message<'a>]>,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["mailboxes"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let target = context.target()?;
        let rows = target.row_or_all(Table::Mailboxes, self.id)?;
        let mailboxes = rows.decode_row_or_all(
            self.id,
            |mailbox: &Mailbox<'_>| mailbox.id,
            NoSuch::Mailbox,
        )?;
        let rows = self.id.map(|id| target.rows(Table::Messages, id));
        let rows = rows.transpose()?;
        let messages = rows.as_ref().map(Rows::decode).transpose()?;
        let row = |mailbox| Row { mailbox, messages: messages.as_deref() };
        Ok(context.answer(
            || {
                let rows: Vec<_> = mailboxes.iter().map(row).collect();
                json!({"mailboxes": rows})
            },
            |out| text(out, &mailboxes, messages.as_deref().unwrap_or(&[])),
        ))
    }
}

fn text(
    out: &mut dyn Write,
    mailboxes: &[Mailbox<'_>],
    messages: &[Message<'_>],
) -> fmt::Result {
    let mut table = table::Table::new([
        Right("mailbox"),
        Left("owner"),
        Right("messages"),
        Right("bytes"),
        Right("of"),
        Left("waiting"),
    ]);
    for mailbox in mailboxes {
        let (process, task) = (mailbox.owner_process, mailbox.owner_task);
        table.push([
            &mailbox.id,
            &format_args!("task {task} of process {process}"),
            &mailbox.queued_messages,
            &mailbox.queued_bytes,
            &mailbox.capacity_bytes,
            &waiting(mailbox),
        ]);
    }
    table.write(out)?;
    for message in messages {
        text_of_message(out, message)?;
    }
    Ok(())
}

fn waiting(mailbox: &Mailbox<'_>) -> String {
    let reader = mailbox.waiting_reader.map(|id| format!("task {id} to read"));
    let senders: Vec<_> =
        mailbox.waiting_senders.iter().map(|id| id.to_string()).collect();
    let senders = match &senders[..] {
        [] => None,
        [one] => Some(format!("task {one} to send")),
        more => Some(format!("tasks {} to send", more.join(" "))),
    };
    let parts: Vec<_> = reader.into_iter().chain(senders).collect();
    match parts.is_empty() {
        true => "none".to_owned(),
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
