//! Mailboxes that other programs find by name, and the messages in them.

use crate::kernel;
use abi::{Envelope, Error};

/// The protocol of the demo programs among themselves.
pub const GENERAL: u32 = 1;

/// The class of a message that carries a [`Parcel`].
pub const PARCEL: u32 = 16;

/// How long to wait before looking again for a service, in milliseconds.
const RETRY_MS: u32 = 20;

/// The payload of the demo programs' messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parcel {
    /// Counts from 0.
    pub number: u32,
    /// A value that depends on the sender.
    pub value: u32,
}

impl Parcel {
    /// The size in a message.
    pub const BYTES: usize = 8;

    /// Returns the bytes in a message.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let number = u64::from(self.number);
        (number | u64::from(self.value) << 32).to_le_bytes()
    }

    /// Reads the bytes in a message.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let both = u64::from_le_bytes(bytes);
        Self { number: both as u32, value: (both >> 32) as u32 }
    }
}

/// Creates a mailbox and publishes it.
///
/// # Errors
///
/// Fails if there is too little memory or the name is taken.
pub fn offer(name: &str, capacity_bytes: u32) -> Result<u32, Error> {
    let mailbox = kernel::mailbox_create(capacity_bytes)?;
    kernel::service_publish(name, mailbox)?;
    Ok(mailbox)
}

/// Returns the mailbox of a service; waits until it is published.
///
/// # Errors
///
/// Fails if no service can have this name.
pub fn find(name: &str) -> Result<u32, Error> {
    loop {
        match kernel::service_find(name) {
            Err(Error::ServiceUnavailable) => kernel::sleep(RETRY_MS),
            result => return result,
        }
    }
}

/// Sends a parcel; waits for room.
///
/// # Errors
///
/// Fails if the mailbox does not exist or is too small.
pub fn send(mailbox: u32, parcel: Parcel) -> Result<(), Error> {
    send_as(PARCEL, mailbox, parcel)
}

/// Sends a parcel in a message of this class; waits for room.
///
/// # Errors
///
/// Fails if the mailbox does not exist or is too small.
pub fn send_as(class: u32, mailbox: u32, parcel: Parcel) -> Result<(), Error> {
    let envelope = Envelope { protocol: GENERAL, class, ..Envelope::default() };
    kernel::mailbox_send(mailbox, &envelope, &parcel.to_bytes())
}

/// Receives a parcel; waits for one.
///
/// # Errors
///
/// Fails if the mailbox is not one of this process', or the message is not a
/// parcel.
pub fn receive(mailbox: u32) -> Result<Parcel, Error> {
    receive_as(PARCEL, mailbox)
}

/// Receives a parcel in a message of this class; waits for one.
///
/// # Errors
///
/// Fails if the mailbox is not one of this process', or the message has another
/// class.
pub fn receive_as(class: u32, mailbox: u32) -> Result<Parcel, Error> {
    let mut buffer = [0; Parcel::BYTES];
    let (envelope, len) = kernel::mailbox_receive(mailbox, &mut buffer)?;
    let kind = (envelope.protocol, envelope.class, len);
    if kind != (GENERAL, class, Parcel::BYTES) {
        return Err(Error::InvalidArgument);
    }
    Ok(Parcel::from_bytes(buffer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_survives_its_message() {
        let parcel = Parcel { number: 0x0102_0304, value: u32::MAX - 9 };
        assert_eq!(Parcel::from_bytes(parcel.to_bytes()), parcel);
        assert_eq!(parcel.to_bytes()[..4], [4, 3, 2, 1]);
    }
}
