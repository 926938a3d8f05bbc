//! Where the kernel prints: the screen, or a serial port of its own.
//!
//! A line is a list of pieces and not a format string, because formatting needs
//! more stack than the one page that ring 0 has.

use crate::devices::piece::Piece;
use crate::devices::serial::SerialPort;
use crate::devices::vga::Screen;
use crate::devices::{log, preemption};
use spin::Mutex;

/// Prints a line of pieces.
macro_rules! print_line {
    ($($piece:expr),+ $(,)?) => {
        $crate::devices::console::line(&[$($crate::devices::piece::Piece::from($piece)),+])
    };
}
pub(crate) use print_line;

/// Prints a line of pieces in a task's context; see [`line_of_task`].
macro_rules! print_task_line {
    ($($piece:expr),+ $(,)?) => {
        $crate::devices::console::line_of_task(
            &[$($crate::devices::piece::Piece::from($piece)),+]
        )
    };
}
pub(crate) use print_task_line;

/// Like [`print_line`], for an exception task that may have interrupted a line.
macro_rules! print_interrupting {
    ($($piece:expr),+ $(,)?) => {
        $crate::devices::console::interrupting_line(
            &[$($crate::devices::piece::Piece::from($piece)),+]
        )
    };
}
pub(crate) use print_interrupting;

enum Device {
    Screen(Screen),
    Serial(SerialPort),
}

static DEVICE: Mutex<Device> = Mutex::new(Device::Screen(Screen::new()));

/// Prints to `port` from now on.
pub(crate) fn use_serial(port: SerialPort) {
    *DEVICE.lock() = Device::Serial(port);
}

/// Prints a line, and adds it to the log; see [`print_line`]. For the time
/// before there are tasks, and after [`take_over`]: interrupts stay off. Amid
/// another line it would be lost; see [`interrupting_line`].
pub(crate) fn line(pieces: &[Piece<'_>]) {
    line_waiting(pieces, core::hint::spin_loop);
}

/// Prints a line in a task's context, and adds it to the log. A serial port
/// takes a tenth of a millisecond for each byte, so this is a preemption point.
pub(crate) fn line_of_task(pieces: &[Piece<'_>]) {
    line_waiting(pieces, preemption::allow_interrupts);
}

/// Returns whether a line is being printed.
pub(crate) fn is_in_use() -> bool {
    DEVICE.is_locked()
}

/// Prints a line of an exception task even if it has interrupted another, whose
/// rest follows; see [`print_interrupting`].
pub(crate) fn interrupting_line(pieces: &[Piece<'_>]) {
    let interrupts_line = DEVICE.is_locked();
    if interrupts_line {
        // SAFETY: the holder of the lock does not run until this exception task
        // has returned, and then holds it again.
        unsafe { DEVICE.force_unlock() }
        line(&[]);
    }
    line(pieces);
    if interrupts_line && let Some(guard) = DEVICE.try_lock() {
        core::mem::forget(guard);
    }
}

/// Takes the console from a line that will never be completed, for the last
/// messages of a kernel that halts.
pub(crate) fn take_over() {
    if DEVICE.is_locked() {
        // SAFETY: the holder of the lock has been interrupted for good: the
        // caller does not let it continue.
        unsafe { DEVICE.force_unlock() }
        line(&[Piece::Text(" ...")]);
    }
}

/// Bytes that are sent between two waits of the printer.
const BYTES_PER_WAIT: usize = 32;

fn line_waiting(pieces: &[Piece<'_>], wait: fn()) {
    // An exception task may have interrupted a line, and must not wait for it.
    let Some(mut device) = DEVICE.try_lock() else { return };
    log::line(pieces);
    for piece in pieces {
        match piece {
            Piece::Raw(bytes) => {
                for some in bytes.chunks(BYTES_PER_WAIT) {
                    // With a fast device there would be no preemption point in
                    // a whole line.
                    wait();
                    for byte in some {
                        let printable = matches!(*byte, b' '..=b'~');
                        let byte = if printable { *byte } else { b'?' };
                        put(&mut device, &[byte], wait);
                    }
                }
            }
            piece => piece.print(|bytes| put(&mut device, bytes, wait)),
        }
    }
    put(&mut device, b"\n", wait);
}

fn put(device: &mut Device, bytes: &[u8], wait: fn()) {
    match device {
        Device::Screen(screen) => screen.put_all(bytes),
        Device::Serial(port) => {
            for byte in bytes {
                match byte {
                    b'\n' => port.send_all(b"\r\n", wait),
                    byte => port.send_all(&[*byte], wait),
                }
            }
        }
    }
}
