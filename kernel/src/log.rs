//! The kernel's log: every line of the console, in global memory, where a
//! debugger reads it even after a panic.
//!
//! Before there is global memory, the lines go to a small ring in the
//! image. The console lets one line in at a time: see `console::line`.

use crate::clock;
use crate::console::Piece;
use crate::memory::address_space::mapped_bytes;
use crate::memory::records::Change;
use crate::memory::{Label, OutOfMemory, global};
use core::sync::atomic::{AtomicU32, Ordering};
use layout::{PAGE_BYTES, VirtAddr};
use spin::Mutex;
use structures::log_ring::{MAX_TEXT_BYTES, NewEntry, Ring, Writer};

/// The size of the ring.
const PAGES: u32 = 64 * 1024 / PAGE_BYTES;

const EARLY_BYTES: usize = 4096;

/// What was printed before there was global memory.
static EARLY: Mutex<[u8; EARLY_BYTES]> = Mutex::new([0; EARLY_BYTES]);

/// Where the ring is; 0 before it is anywhere.
static RING: AtomicU32 = AtomicU32::new(0);

/// Odd while an entry is being written.
static CHANGES: AtomicU32 = AtomicU32::new(0);

/// Moves the log to global memory.
///
/// # Errors
///
/// Fails if there is none left; the log is not kept then.
pub(crate) fn initialise() -> Result<(), OutOfMemory> {
    let start = global::allocate(PAGES, Label::Log)?;
    let bytes = mapped_bytes(start, PAGES * PAGE_BYTES);
    let mut writer = Writer::create(bytes);
    if let Some(early) = Ring::open(&*EARLY.lock()) {
        for entry in early.entries_from(0) {
            let mut copy = writer.begin(entry.tick);
            copy.push(entry.text.as_bytes());
            writer = copy.finish();
        }
    }
    RING.store(start.0, Ordering::Relaxed);
    Ok(())
}

/// Adds a line. The caller lets no other line in.
pub(crate) fn line(pieces: &[Piece<'_>]) {
    let _change = Change::begin(&CHANGES);
    let tick = clock::ticks();
    if let Some(bytes) = ring() {
        if let Some(ring) = Writer::open(bytes) {
            write(ring.begin(tick), pieces);
        }
        return;
    }
    let Some(mut early) = EARLY.try_lock() else { return };
    if Ring::open(&*early).is_none() {
        Writer::create(&mut *early);
    }
    if let Some(ring) = Writer::open(&mut *early) {
        write(ring.begin(tick), pieces);
    }
}

/// Returns the ring; none before it stands in global memory.
pub(crate) fn ring_to_read() -> Option<Ring<'static>> {
    ring().and_then(|bytes| Ring::open(bytes))
}

/// Returns a number that is odd while an entry is being written.
pub(crate) fn changes() -> u32 {
    CHANGES.load(Ordering::Relaxed)
}

fn write(mut entry: NewEntry<'_>, pieces: &[Piece<'_>]) {
    for piece in pieces {
        piece.print(|bytes| entry.push(bytes));
    }
    entry.finish();
}

fn ring() -> Option<&'static mut [u8]> {
    let start = VirtAddr(RING.load(Ordering::Relaxed));
    let exists = start.0 != 0;
    exists.then(|| mapped_bytes(start, PAGES * PAGE_BYTES))
}

const _: () = assert!(MAX_TEXT_BYTES > abi::MAX_LOG_BYTES as usize);
