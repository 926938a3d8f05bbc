//! Services: mailboxes that other processes find by name.

use crate::process::{mailbox, user_memory};
use crate::records::mailbox::MAILBOXES;
use crate::schedule;
use abi::{Error, NAME_BYTES};
use spin::Mutex;

const MAX_SERVICES: usize = 64;
/// How many services one process may publish.
const MAX_OF_ONE_PROCESS: usize = 16;

#[derive(Clone, Copy)]
struct Service {
    name: [u8; NAME_BYTES],
    mailbox: u32,
}

impl Service {
    /// An unused entry of the table.
    const FREE: Self = Self { name: [0; NAME_BYTES], mailbox: 0 };

    /// Returns whether its mailbox still exists.
    fn is_alive(&self) -> bool {
        MAILBOXES.get(self.mailbox).is_some()
    }
}

static SERVICES: Mutex<[Service; MAX_SERVICES]> =
    Mutex::new([Service::FREE; MAX_SERVICES]);

/// Publishes a mailbox of the running process under a name.
#[inline(never)]
pub(crate) fn publish(
    name_at: u32,
    name_len: u32,
    mailbox: u32,
) -> Result<(), Error> {
    let name = user_memory::read_name(name_at, name_len)?;
    let owner_process = mailbox::owned(mailbox)?.owner_process;
    let mut services = SERVICES.lock();
    if services.iter().any(|s| s.name == name && s.is_alive()) {
        return Err(Error::Busy);
    }
    let is_ours = |service: &&Service| {
        MAILBOXES
            .get(service.mailbox)
            .is_some_and(|other| other.owner_process == owner_process)
    };
    if services.iter().filter(is_ours).count() >= MAX_OF_ONE_PROCESS {
        return Err(Error::TooManyServices);
    }
    let mut places = services.iter_mut();
    let place = places.find(|service| !service.is_alive());
    *place.ok_or(Error::TooManyServices)? = Service { name, mailbox };
    Ok(())
}

/// Withdraws the name of one of the running process' services.
#[inline(never)]
pub(crate) fn withdraw(name_at: u32, name_len: u32) -> Result<(), Error> {
    let name = user_memory::read_name(name_at, name_len)?;
    let mut services = SERVICES.lock();
    let mut named = services.iter_mut().filter(|s| s.name == name);
    let service = named.find(|service| service.is_alive());
    let service = service.ok_or(Error::ServiceUnavailable)?;
    let mailbox = MAILBOXES.get(service.mailbox);
    let owner = mailbox.map_or(0, |mailbox| mailbox.owner_process);
    if owner != schedule::current().process {
        return Err(Error::AccessDenied);
    }
    *service = Service::FREE;
    Ok(())
}

/// Returns whether the table is being read or changed.
pub(crate) fn is_in_use() -> bool {
    SERVICES.is_locked()
}

/// Returns the mailbox that was published under a name.
#[inline(never)]
pub(crate) fn find(name_at: u32, name_len: u32) -> Result<u32, Error> {
    let name = user_memory::read_name(name_at, name_len)?;
    let services = SERVICES.lock();
    let mut named = services.iter().filter(|service| service.name == name);
    let service = named.find(|service| service.is_alive());
    Ok(service.ok_or(Error::ServiceUnavailable)?.mailbox)
}
