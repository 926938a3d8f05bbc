//! The kernel's log: every line of the console, in global memory, where a
//! debugger can read it even after a panic.
//!
//! Before there is global memory, lines go to a small ring in the image. The
//! console ensures that one line is written at a time: see `console::line`.

use crate::devices::clock;
use crate::devices::piece::Piece;
use core::slice;
use core::sync::atomic::{AtomicU32, Ordering};
use layout::regions::GLOBAL_DATA;
use layout::{PAGE_BYTES, VirtAddr};
use spin::Mutex;
use structures::change::{Change, Structure};
use structures::log_ring::{MAX_TEXT_BYTES, Ring, Writer};

/// The size of the ring.
pub(crate) const PAGES: u32 = BYTES as u32 / PAGE_BYTES;
const BYTES: usize = 64 * 1024;

const EARLY_BYTES: usize = 4096;

/// The lines printed before there was global memory.
static EARLY: Mutex<[u8; EARLY_BYTES]> = Mutex::new([0; EARLY_BYTES]);

/// The address of the ring; 0 before it has been created.
static RING: AtomicU32 = AtomicU32::new(0);

/// Moves the log to `bytes`: [`PAGES`] pages of global memory.
///
/// # Panics
///
/// Panics if their number is wrong.
pub(crate) fn initialise(bytes: &'static mut [u8]) {
    assert_eq!(bytes.len(), BYTES, "the log has pages of its own");
    let start = VirtAddr(bytes.as_ptr().addr() as u32);
    let mut writer = Writer::create(bytes);
    if let Some(early) = Ring::open(&*EARLY.lock()) {
        for entry in early.entries_from(0) {
            let mut copy = writer.begin(entry.tick);
            copy.push(entry.text.as_bytes());
            writer = copy.finish();
        }
    }
    RING.store(start.0, Ordering::Relaxed);
}

/// Adds a line. The caller ensures that no other is being written.
pub(crate) fn line(pieces: &[Piece<'_>]) {
    let _change = Change::of(Structure::Log);
    if let Some(bytes) = ring() {
        return write(bytes, pieces);
    }
    let Some(mut early) = EARLY.try_lock() else { return };
    if Ring::open(&*early).is_none() {
        Writer::create(&mut *early);
    }
    write(&mut *early, pieces);
}

/// Returns the ring; none before it is in global memory.
pub(crate) fn ring_to_read() -> Option<Ring<'static>> {
    ring().and_then(|bytes| Ring::open(bytes))
}

fn write(bytes: &mut [u8], pieces: &[Piece<'_>]) {
    let Some(ring) = Writer::open(bytes) else { return };
    let mut entry = ring.begin(clock::ticks());
    for piece in pieces {
        piece.print(|bytes| entry.push(bytes));
    }
    entry.finish();
}

fn ring() -> Option<&'static mut [u8]> {
    let start = VirtAddr(RING.load(Ordering::Relaxed));
    let last = VirtAddr(start.0.saturating_add(BYTES as u32 - 1));
    // If the word has been overwritten, printing must not fault.
    let exists = GLOBAL_DATA.contains(start) && GLOBAL_DATA.contains(last);
    let first = start.0 as usize as *mut u8;
    // SAFETY: `initialise` was given these bytes for good. The console writes
    // one line at a time, and a debugger either reads while none is being
    // written, or reports that what it reads may be inconsistent.
    exists.then(|| unsafe { slice::from_raw_parts_mut(first, BYTES) })
}

const _: () = assert!(MAX_TEXT_BYTES > abi::MAX_LOG_BYTES as usize);
