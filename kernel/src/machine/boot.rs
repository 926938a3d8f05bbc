//! What the boot loader reports.
//!
//! Spec: Multiboot Specification 0.6.96, "Boot information format".

use core::{ptr, slice};
use layout::regions::KERNEL;
use layout::{PAGE_BYTES, PhysAddr, VirtAddr};
use spin::Once;

/// The maximum number of boot modules; a warning is printed for more.
pub(crate) const MAX_MODULES: usize = 32;
/// The maximum length of the command line and of each module's string.
const MAX_TEXT: usize = 256;
const MAX_RANGES: usize = 16;
/// Memory above this is reported and not used.
const MAX_MEMORY: u64 = 2 << 30;

unsafe extern "C" {
    static kernel_text_end: u8;
    static kernel_rodata_end: u8;
    static kernel_end: u8;
    static stub_start: u8;
    static stub_end: u8;
    static build_id_start: u8;
    static build_id_end: u8;
}

/// Where parts of the kernel image end: text, read-only data, all.
pub(crate) fn image_ends() -> [PhysAddr; 3] {
    // The image is identity-mapped, so a linear address is a physical one.
    [
        &raw const kernel_text_end,
        &raw const kernel_rodata_end,
        &raw const kernel_end,
    ]
    .map(|symbol| PhysAddr(symbol.addr() as u32))
}

/// Returns whether the stub executes the code at `address`.
pub(crate) fn is_stub_code(address: VirtAddr) -> bool {
    let (start, end) = (&raw const stub_start, &raw const stub_end);
    (start.addr()..end.addr()).contains(&(address.0 as usize))
}

/// Returns the image's build id, 20 bytes after a 16-byte note header.
pub(crate) fn build_id() -> &'static [u8] {
    let start = &raw const build_id_start;
    let len = (&raw const build_id_end).addr() - start.addr();
    // SAFETY: the linker script puts the note between the two symbols.
    let note = unsafe { slice::from_raw_parts(start, len) };
    note.get(16..).unwrap_or(&[])
}

/// Text copied from the loader's memory.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    bytes: [u8; MAX_TEXT],
    len: usize,
}

impl Text {
    const EMPTY: Self = Self { bytes: [0; MAX_TEXT], len: 0 };

    /// Returns the text up to the first byte that is not ASCII.
    pub(crate) fn as_str(&self) -> &str {
        let bytes = &self.bytes[..self.len];
        core::str::from_utf8(bytes).unwrap_or("")
    }
}

/// A boot module.
#[derive(Clone, Copy)]
pub(crate) struct Module {
    pub(crate) start: PhysAddr,
    pub(crate) len_bytes: u32,
    pub(crate) text: Text,
}

/// Usable memory: whole frames.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    pub(crate) first_frame: u32,
    pub(crate) frames: u32,
}

/// What the boot loader reports.
pub(crate) struct BootInformation {
    pub(crate) command_line: Text,
    modules: [Module; MAX_MODULES],
    modules_len: usize,
    /// The number of modules beyond [`MAX_MODULES`].
    pub(crate) modules_left_out: u32,
    ranges: [Range; MAX_RANGES],
    ranges_len: usize,
    /// Memory that this kernel does not use, in KiB.
    pub(crate) unused_kib: u32,
}

impl BootInformation {
    pub(crate) fn modules(&self) -> &[Module] {
        &self.modules[..self.modules_len]
    }

    pub(crate) fn ranges(&self) -> &[Range] {
        &self.ranges[..self.ranges_len]
    }

    /// Returns the number of the frame after the last usable one.
    pub(crate) fn frame_limit(&self) -> u32 {
        let ends = self.ranges().iter().map(|r| r.first_frame + r.frames);
        ends.max().unwrap_or(0)
    }

    /// Returns the first frame after the kernel and all modules.
    pub(crate) fn first_free(&self) -> PhysAddr {
        let [.., image_end] = image_ends();
        let modules = self.modules().iter();
        let ends = modules.map(|m| m.start.0 + m.len_bytes);
        let end = ends.fold(image_end.0, u32::max);
        PhysAddr(end.next_multiple_of(PAGE_BYTES))
    }
}

static INFORMATION: Once<BootInformation> = Once::new();

/// Returns what the boot loader has reported.
pub(crate) fn information() -> &'static BootInformation {
    INFORMATION.get().expect("received first of all")
}

/// Saves the boot loader's report; saves nothing without a Multiboot loader.
pub(crate) fn receive(information: Option<u32>) {
    INFORMATION.call_once(|| copy_information(information));
}

/// Copies what the kernel needs, before it uses any memory but its own.
fn copy_information(source: Option<u32>) -> BootInformation {
    let mut copy = BootInformation {
        command_line: Text::EMPTY,
        modules: [Module {
            start: PhysAddr(0),
            len_bytes: 0,
            text: Text::EMPTY,
        }; MAX_MODULES],
        modules_len: 0,
        modules_left_out: 0,
        ranges: [Range { first_frame: 0, frames: 0 }; MAX_RANGES],
        ranges_len: 0,
        unused_kib: 0,
    };
    let Some(base) = source else { return copy };
    let flags = word(base);
    if flags & 1 << 2 != 0 {
        copy.command_line = text(word(base + 16));
    }
    if flags & 1 << 3 != 0 {
        let (count, list) = (word(base + 20), word(base + 24));
        for index in 0..count.min(MAX_MODULES as u32) {
            let entry = list + 16 * index;
            let (start, end) = (word(entry), word(entry + 4));
            copy.modules[copy.modules_len] = Module {
                start: PhysAddr(start),
                len_bytes: end.saturating_sub(start),
                text: text(word(entry + 8)),
            };
            copy.modules_len += 1;
        }
        copy.modules_left_out = count.saturating_sub(MAX_MODULES as u32);
    }
    if flags & 1 << 6 != 0 {
        copy_memory_map(&mut copy, word(base + 44), word(base + 48));
    } else if flags & 1 != 0 {
        let start = u64::from(KERNEL.start.0);
        add_range(&mut copy, start, start + u64::from(word(base + 8)) * 1024);
    }
    copy
}

fn copy_memory_map(copy: &mut BootInformation, len_bytes: u32, map: u32) {
    let mut entry = map;
    while entry < map.saturating_add(len_bytes) {
        let long = |at| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        let (start, size) = (long(entry + 4), long(entry + 12));
        const USABLE: u32 = 1;
        if word(entry + 20) == USABLE {
            add_range(copy, start, start.saturating_add(size));
        }
        match word(entry).checked_add(4).and_then(|n| entry.checked_add(n)) {
            Some(next) => entry = next,
            None => return,
        }
    }
}

/// Adds usable memory, without what is below the kernel or too high.
fn add_range(copy: &mut BootInformation, start: u64, end: u64) {
    let unused = end.saturating_sub(start.max(MAX_MEMORY)) / 1024;
    copy.unused_kib += unused.min(u64::from(u32::MAX)) as u32;
    let page = u64::from(PAGE_BYTES);
    let first = start.max(u64::from(KERNEL.start.0)).div_ceil(page);
    let limit = end.min(MAX_MEMORY) / page;
    if first < limit && copy.ranges_len < MAX_RANGES {
        copy.ranges[copy.ranges_len] =
            Range { first_frame: first as u32, frames: (limit - first) as u32 };
        copy.ranges_len += 1;
    }
}

fn word(address: u32) -> u32 {
    let pointer = address as usize as *const u32;
    // SAFETY: paging is off, so every address can be read, and the loader
    // reports where its structures are.
    unsafe { ptr::read_unaligned(pointer) }
}

fn text(address: u32) -> Text {
    let mut text = Text::EMPTY;
    let bytes = address as usize as *const u8;
    while text.len < MAX_TEXT {
        // SAFETY: as in `word`.
        let byte = unsafe { ptr::read(bytes.wrapping_add(text.len)) };
        if byte == 0 || !byte.is_ascii() {
            break;
        }
        text.bytes[text.len] = byte;
        text.len += 1;
    }
    text
}
