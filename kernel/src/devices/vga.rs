//! The text screen, 80 by 25 characters.

use core::ptr;
use layout::regions::VIDEO_MEMORY;

const COLUMNS: usize = 80;
const ROWS: usize = 25;
const GREY_ON_BLACK: u16 = 0x0700;

/// The screen, written from top to bottom and then scrolled.
pub(crate) struct Screen {
    row: usize,
    column: usize,
}

impl Screen {
    pub(crate) const fn new() -> Self {
        Self { row: 0, column: 0 }
    }

    pub(crate) fn put_all(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.put(*byte));
    }

    pub(crate) fn put(&mut self, byte: u8) {
        if byte == b'\n' || self.column == COLUMNS {
            self.column = 0;
            self.row += 1;
            if self.row == ROWS {
                self.row -= 1;
                scroll();
            }
        }
        if byte != b'\n' {
            write(self.row, self.column, u16::from(byte) | GREY_ON_BLACK);
            self.column += 1;
        }
    }
}

fn scroll() {
    for row in 1..ROWS {
        for column in 0..COLUMNS {
            write(row - 1, column, read(row, column));
        }
    }
    for column in 0..COLUMNS {
        write(ROWS - 1, column, GREY_ON_BLACK);
    }
}

fn cell(row: usize, column: usize) -> *mut u16 {
    let cells = VIDEO_MEMORY.start.0 as usize as *mut u16;
    cells.wrapping_add((row % ROWS) * COLUMNS + column % COLUMNS)
}

fn write(row: usize, column: usize, value: u16) {
    // SAFETY: `cell` stays within the screen's 4000 bytes, which every
    // directory maps, and which are accessible before paging is on.
    unsafe { ptr::write_volatile(cell(row, column), value) }
}

fn read(row: usize, column: usize) -> u16 {
    // SAFETY: as in `write`.
    unsafe { ptr::read_volatile(cell(row, column)) }
}
