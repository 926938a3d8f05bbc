//! The I/O ports that ring 3 may use now.
//!
//! Tasks are switched in software, so the one kernel TSS has one I/O bitmap,
//! and it grants the ports of the running process. A switch between processes
//! changes only the bits of their port ranges.
//!
//! Spec: `virtual-memory.md`, row "Kernel TSS".

use crate::descriptors::port_bitmap;
use crate::records::process::{PROCESSES, Process};
use crate::records::table::Slot;
use core::sync::atomic::{AtomicU32, Ordering};
use structures::port_bitmap::{self as bitmap, Ports};

/// The process whose ports the bitmap grants; 0 if none.
static SHOWN: AtomicU32 = AtomicU32::new(0);

/// The number of port ranges that programs have claimed.
static USERS: AtomicU32 = AtomicU32::new(0);

/// Makes the bitmap grant the ports of `process`, which is about to run.
pub(crate) fn show(process: u32) {
    let shown = SHOWN.load(Ordering::Relaxed);
    // As long as no program has claimed ports, nothing else has to be done.
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

/// Grants the running `process` ports that it has just claimed.
pub(crate) fn add(process: u32, ports: Ports) {
    USERS.fetch_add(1, Ordering::Relaxed);
    show(process);
    bitmap::permit(port_bitmap(), ports);
}

/// Revokes a process' access to ports that it has released.
pub(crate) fn remove(process: &Slot<Process>, ports: Ports) {
    USERS.fetch_sub(1, Ordering::Relaxed);
    if SHOWN.load(Ordering::Relaxed) == process.id() {
        bitmap::deny(port_bitmap(), ports);
        if process.ports.is_empty() {
            SHOWN.store(0, Ordering::Relaxed);
        }
    }
}
