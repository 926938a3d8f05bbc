//! I/O ports: which process may access which from ring 3.

use crate::cpu::Port;
use crate::process::UNFINISHED;
use crate::records::claim::{CLAIMS, Claim};
use crate::records::list::Link;
use crate::records::process::Process;
use crate::records::table::Slot;
use crate::schedule::{self, port_access};
use abi::Error;
use spin::Mutex;
use structures::change::Change;
use structures::port_bitmap::{self as bitmap, BYTES, Ports};

/// The unclaimed ports, as bits that are set.
static UNCLAIMED: Mutex<[u8; BYTES]> = Mutex::new([0xFF; BYTES]);

/// How many ranges a process may claim: each switch to it grants them all.
const MAX_CLAIMS: usize = 64;

/// Ports by which a program could write to any memory, reset the machine, or
/// reconfigure interrupts: DMA, the keyboard controller's command port, SMI and
/// ACPI, edge/level control, firmware configuration, PCI.
const KEPT: [Ports; 9] = [
    Ports { first: 0x00, last: 0x1F },
    Ports { first: 0x64, last: 0x64 },
    Ports { first: 0x80, last: 0x9F },
    Ports { first: 0xB2, last: 0xB3 },
    Ports { first: 0xC0, last: 0xDF },
    Ports { first: 0x4D0, last: 0x4D1 },
    Ports { first: 0x510, last: 0x51B },
    Ports { first: 0x600, last: 0x63F },
    Ports { first: 0xCF8, last: 0xCFF },
];

/// Claims the ports that the kernel itself uses, those of its serial lines, and
/// those that no program may have, so that no process can claim them.
///
/// # Errors
///
/// Fails if there is too little memory.
pub(crate) fn claim_for_kernel(
    kernel: u32,
    lines: impl Iterator<Item = Ports>,
) -> Result<(), Error> {
    let own = [
        (Port::MasterPicCommand, Port::MasterPicData),
        (Port::TimerChannel0, Port::TimerCommand),
        (Port::SystemControlB, Port::SystemControlB),
        (Port::SlavePicCommand, Port::SlavePicData),
    ];
    let own = own
        .map(|(first, last)| Ports { first: first as u16, last: last as u16 });
    for ports in own.into_iter().chain(lines).chain(KEPT) {
        match take(kernel, ports) {
            // The console and the debugger may be on the same port.
            Ok(_) | Err(Error::Busy) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Claims ports for the running process; see the system call.
#[inline(never)]
pub(crate) fn claim(first: u32, count: u32) -> Result<(), Error> {
    let _unfinished = Change::begin(&UNFINISHED);
    let ports = Ports::new(first, count)?;
    let process = schedule::current().process().ok_or(Error::OutOfMemory)?;
    if process.ports.iter().count() >= MAX_CLAIMS {
        return Err(Error::OutOfMemory);
    }
    let claim = take(process.id(), ports)?;
    process.ports.push(claim);
    port_access::add(process.id(), ports);
    Ok(())
}

/// Releases a range of the running process; see the system call.
#[inline(never)]
pub(crate) fn release(first: u32, count: u32) -> Result<(), Error> {
    let _unfinished = Change::begin(&UNFINISHED);
    let ports = Ports::new(first, count).map_err(|_| Error::AccessDenied)?;
    let process = schedule::current().process().ok_or(Error::AccessDenied)?;
    let mut claims = process.ports.iter();
    let claim = claims.find(|claim| claim.ports == ports);
    give_back(process, claim.ok_or(Error::AccessDenied)?);
    Ok(())
}

/// Releases all ranges of a process.
pub(crate) fn release_all_of(process: &Slot<Process>) {
    while let Some(claim) = process.ports.first() {
        give_back(process, claim);
    }
}

/// Gives unclaimed ports to a process.
fn take(process: u32, ports: Ports) -> Result<&'static Slot<Claim>, Error> {
    let mut unclaimed = UNCLAIMED.lock();
    if !bitmap::denies_all(&mut unclaimed, ports) {
        return Err(Error::Busy);
    }
    let claim =
        CLAIMS.insert(Claim { ports, process, owner_link: Link::new() })?;
    bitmap::permit(&mut unclaimed, ports);
    Ok(claim)
}

fn give_back(process: &Slot<Process>, claim: &Slot<Claim>) {
    let ports = claim.ports;
    process.ports.remove(claim);
    CLAIMS.remove(claim.id());
    bitmap::deny(&mut UNCLAIMED.lock(), ports);
    port_access::remove(process, ports);
}
