//! The I/O ports that ring 3 may use now.
//!
//! Tasks are switched in software, so the one kernel TSS has one I/O
//! bitmap, and it shows the ports of the process that runs. A switch
//! between processes changes the bits of their ranges only.
//!
//! Spec: `virtual-memory.md`, row "Kernel TSS".

use crate::descriptors::port_bitmap;
use crate::records::process::{PROCESSES, Process};
use crate::records::table::Slot;
use core::sync::atomic::{AtomicU32, Ordering};
use structures::port_bitmap::{self as bitmap, Ports};

/// The process whose ports the bitmap shows; 0 if it shows none.
static SHOWN: AtomicU32 = AtomicU32::new(0);

/// How many ranges programs have.
static USERS: AtomicU32 = AtomicU32::new(0);

/// Makes the bitmap show the ports of `process`, which is about to run.
pub(crate) fn show(process: u32) {
    let shown = SHOWN.load(Ordering::Relaxed);
    // As long as no program has ports, this is all.
    if shown == process || USERS.load(Ordering::Relaxed) == 0 {
        return;
    }
    if let Some(shown) = PROCESSES.get(shown) {
        for claim in shown.ports.iter() {
            bitmap::deny(port_bitmap(), claim.ports);
        }
    }
    SHOWN.store(0, Ordering::Relaxed);
    let Some(process) = PROCESSES.get(process) else { return };
    if !process.ports.is_empty() {
        for claim in process.ports.iter() {
            bitmap::permit(port_bitmap(), claim.ports);
        }
        SHOWN.store(process.id(), Ordering::Relaxed);
    }
}

/// Lets `process`, which runs, use ports that it has got.
pub(crate) fn add(process: u32, ports: Ports) {
    USERS.fetch_add(1, Ordering::Relaxed);
    show(process);
    bitmap::permit(port_bitmap(), ports);
}

/// Lets a process no longer use ports that it has given back.
pub(crate) fn remove(process: &Slot<Process>, ports: Ports) {
    USERS.fetch_sub(1, Ordering::Relaxed);
    if SHOWN.load(Ordering::Relaxed) == process.id() {
        bitmap::deny(port_bitmap(), ports);
        if process.ports.is_empty() {
            SHOWN.store(0, Ordering::Relaxed);
        }
    }
}
