//! Mailboxes, and the names under which others find them.

use super::{address, raw};
use abi::{DO_NOT_BLOCK, Envelope, Error, TIMEOUT_SHIFT};

/// Destroys a mailbox of this process. Tasks waiting for it stop waiting.
///
/// # Errors
///
/// Fails if there is no such mailbox, or it is another process'.
pub fn mailbox_destroy(mailbox: u32) -> Result<(), Error> {
    raw::mailbox_destroy(mailbox).map(drop)
}

/// Lets only that process, and only that task, send to a mailbox of this
/// process; 0 means any.
///
/// # Errors
///
/// Fails if there is no such mailbox, or it is another process'.
pub fn mailbox_allow(
    mailbox: u32,
    process: u32,
    task: u32,
) -> Result<(), Error> {
    raw::mailbox_allow(mailbox, process, task).map(drop)
}

/// How long a call may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Without a time-out.
    Forever,
    /// At most this many milliseconds; 0 means not at all.
    Milliseconds(u32),
}

impl Patience {
    fn flags(self) -> u32 {
        match self {
            Self::Forever => 0,
            Self::Milliseconds(0) => DO_NOT_BLOCK,
            Self::Milliseconds(milliseconds) => {
                milliseconds.min(u32::MAX >> TIMEOUT_SHIFT) << TIMEOUT_SHIFT
            }
        }
    }
}

/// Sends a message, with the protocol and class of `envelope`. Waits for
/// room.
///
/// # Errors
///
/// Fails if there is no such mailbox, this task may not send to it, or the
/// message can never fit.
pub fn mailbox_send(
    mailbox: u32,
    envelope: &Envelope,
    data: &[u8],
) -> Result<(), Error> {
    mailbox_send_within(Patience::Forever, mailbox, envelope, data)
}

/// Sends a message like [`mailbox_send`], but with a limit on the wait.
///
/// # Errors
///
/// Fails like [`mailbox_send`], or if there was no room in time.
pub fn mailbox_send_within(
    patience: Patience,
    mailbox: u32,
    envelope: &Envelope,
    data: &[u8],
) -> Result<(), Error> {
    raw::mailbox_send(
        mailbox,
        address(envelope),
        address(data.as_ptr()),
        data.len() as u32,
        patience.flags(),
    )
    .map(drop)
}

/// Receives the oldest message of a mailbox: its envelope, and how many
/// bytes of `buffer` it filled. Waits for one.
///
/// # Errors
///
/// Fails if the mailbox is not one of this process', another thread is already
/// waiting for it, or the message is longer than the buffer.
pub fn mailbox_receive(
    mailbox: u32,
    buffer: &mut [u8],
) -> Result<(Envelope, usize), Error> {
    mailbox_receive_within(Patience::Forever, mailbox, buffer)
}

/// Receives a message like [`mailbox_receive`], but with a limit on the wait.
///
/// # Errors
///
/// Fails like [`mailbox_receive`], or if no message came in time.
pub fn mailbox_receive_within(
    patience: Patience,
    mailbox: u32,
    buffer: &mut [u8],
) -> Result<(Envelope, usize), Error> {
    let mut envelope = Envelope::default();
    let len_bytes = raw::mailbox_receive(
        mailbox,
        address(&raw mut envelope),
        address(buffer.as_mut_ptr()),
        buffer.len() as u32,
        patience.flags(),
    )?;
    Ok((envelope, len_bytes as usize))
}

/// Publishes a mailbox under a name, by which other processes can find it.
///
/// # Errors
///
/// Fails if the mailbox is not one of this process', the name is taken,
/// empty or too long, or there are too many services.
pub fn service_publish(name: &str, mailbox: u32) -> Result<(), Error> {
    raw::service_publish(address(name.as_ptr()), name.len() as u32, mailbox)
        .map(drop)
}

/// Withdraws the name of one of this process' services.
///
/// # Errors
///
/// Fails if this process has not published the name.
pub fn service_withdraw(name: &str) -> Result<(), Error> {
    raw::service_withdraw(address(name.as_ptr()), name.len() as u32).map(drop)
}

/// Finds a mailbox by name.
///
/// # Errors
///
/// Fails if the name has not been published.
pub fn service_find(name: &str) -> Result<u32, Error> {
    raw::service_find(address(name.as_ptr()), name.len() as u32)
}
