//! Mailboxes, and the names under which others find them.

use super::{address, raw};
use abi::{DO_NOT_BLOCK, Envelope, Error, TIMEOUT_SHIFT};

/// Creates a mailbox of this process and returns its id.
///
/// # Errors
///
/// Fails if memory is short or the capacity is out of range.
pub fn mailbox_create(capacity_bytes: u32) -> Result<u32, Error> {
    raw::mailbox_create(capacity_bytes)
}

/// Destroys a mailbox of this process. Whoever waits for it, waits no more.
///
/// # Errors
///
/// Fails if there is no such mailbox, or it is another process'.
pub fn mailbox_destroy(mailbox: u32) -> Result<(), Error> {
    raw::mailbox_destroy(mailbox)?;
    Ok(())
}

/// Drops the messages of a mailbox of this process and returns how many
/// there were.
///
/// # Errors
///
/// Fails if there is no such mailbox, or it is another process'.
pub fn mailbox_flush(mailbox: u32) -> Result<u32, Error> {
    raw::mailbox_flush(mailbox)
}

/// Lets only that process, and only that task, send to a mailbox of this
/// process; 0 stands for any.
///
/// # Errors
///
/// Fails if there is no such mailbox, or it is another process'.
pub fn mailbox_allow(
    mailbox: u32,
    process: u32,
    task: u32,
) -> Result<(), Error> {
    raw::mailbox_allow(mailbox, process, task)?;
    Ok(())
}

/// How long a call may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Until it can go on.
    Forever,
    /// At most so many milliseconds; 0 is none at all.
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
/// Fails if there is no such mailbox, it is not open to this task, or the
/// message can never fit.
pub fn mailbox_send(
    mailbox: u32,
    envelope: &Envelope,
    data: &[u8],
) -> Result<(), Error> {
    mailbox_send_within(Patience::Forever, mailbox, envelope, data)
}

/// Sends a message as [`mailbox_send`] does, but waits only so long.
///
/// # Errors
///
/// Fails as [`mailbox_send`] does, or if there was no room in time.
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
    )?;
    Ok(())
}

/// Receives the oldest message of a mailbox: its envelope, and how many
/// bytes of `buffer` it filled. Waits for one.
///
/// # Errors
///
/// Fails if the mailbox is not one of this process', another thread waits
/// for it already, or the message is longer than the buffer.
pub fn mailbox_receive(
    mailbox: u32,
    buffer: &mut [u8],
) -> Result<(Envelope, usize), Error> {
    mailbox_receive_within(Patience::Forever, mailbox, buffer)
}

/// Receives a message as [`mailbox_receive`] does, but waits only so long.
///
/// # Errors
///
/// Fails as [`mailbox_receive`] does, or if no message came in time.
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

/// Lets other processes find a mailbox by name.
///
/// # Errors
///
/// Fails if the mailbox is not one of this process', the name is taken,
/// empty or too long, or there are too many services.
pub fn service_publish(name: &str, mailbox: u32) -> Result<(), Error> {
    raw::service_publish(address(name.as_ptr()), name.len() as u32, mailbox)?;
    Ok(())
}

/// Takes back the name of one of this process' services.
///
/// # Errors
///
/// Fails if nobody has published the name, or another process has.
pub fn service_withdraw(name: &str) -> Result<(), Error> {
    raw::service_withdraw(address(name.as_ptr()), name.len() as u32)?;
    Ok(())
}

/// Finds a mailbox by name.
///
/// # Errors
///
/// Fails if nobody has published the name.
pub fn service_find(name: &str) -> Result<u32, Error> {
    raw::service_find(address(name.as_ptr()), name.len() as u32)
}
