//! A ring-3 program in a boot module: an ELF file, in which every number is
//! checked before it is used.
//!
//! Accepted are 32-bit little-endian executables for the i386 at fixed
//! addresses. Each loadable segment begins on a page boundary, lies in the
//! process space, and shares no page with another, so that each page has the
//! rights of one segment. Section headers are not looked at.

use core::fmt;
use elf::abi::{EM_386, ET_EXEC, PF_W, PF_X, PT_LOAD, PT_NOTE};
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::note::Note;
use elf::segment::{ProgramHeader, SegmentTable};
use elf::{ElfBytes, ParseError};
use layout::regions::PROCESS_SPACE;
use layout::{PAGE_BYTES, VirtAddr};

/// The maximum size of a segment in memory: 16 MiB.
pub const MAX_SEGMENT_BYTES: u32 = 16 * 1024 * 1024;

/// A program that can be loaded.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    file: &'a [u8],
    headers: SegmentTable<'a, LittleEndian>,
    entry: VirtAddr,
}

/// A loadable segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment<'a> {
    /// Its first address, on a page boundary.
    pub start: VirtAddr,
    /// Its size in memory, never 0.
    pub len_bytes: u32,
    /// Its initial bytes; the rest of its memory is zero.
    pub data: &'a [u8],
    /// Whether the program may write there.
    pub writable: bool,
    /// Whether it may be executed.
    pub executable: bool,
}

impl Segment<'_> {
    /// Returns the last address.
    pub const fn last(&self) -> VirtAddr {
        VirtAddr(self.start.0 + (self.len_bytes - 1))
    }

    /// Returns how many pages it takes.
    pub const fn pages(&self) -> u32 {
        self.len_bytes.div_ceil(PAGE_BYTES)
    }
}

/// Why a file cannot be loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImageError {
    /// It is not an ELF file, or it is truncated.
    NotElf,
    /// It is for another processor, or not linked to fixed addresses.
    WrongKind,
    /// It has no segments to load.
    NoSegments,
    /// A segment does not begin on a page boundary.
    Misaligned(VirtAddr),
    /// A segment is larger than 16 MiB, or larger in the file than in
    /// memory.
    WrongSize(VirtAddr),
    /// A segment is outside the process space.
    Misplaced(VirtAddr),
    /// A segment's bytes are not all in the file.
    Truncated(VirtAddr),
    /// A segment shares a page with the one before it, or is below it.
    Overlaps(VirtAddr),
    /// The entry point is not in an executable segment.
    NoEntry(VirtAddr),
}

impl ImageError {
    /// Returns what is wrong, and the address if it concerns one; for callers
    /// that cannot format a sentence.
    pub const fn parts(&self) -> (Option<VirtAddr>, &'static str) {
        match *self {
            Self::NotElf => (None, "not a whole ELF file"),
            Self::WrongKind => (None, "not an executable for the i386"),
            Self::NoSegments => (None, "it has no segments to load"),
            Self::NoEntry(at) => (Some(at), "the entry is not in code"),
            Self::Misaligned(at) => {
                (Some(at), "a segment is not on a page boundary")
            }
            Self::WrongSize(at) => {
                (Some(at), "a segment has an impossible size")
            }
            Self::Misplaced(at) => {
                (Some(at), "a segment leaves the process space")
            }
            Self::Truncated(at) => (Some(at), "a segment is cut off"),
            Self::Overlaps(at) => {
                (Some(at), "a segment does not follow the one before it")
            }
        }
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (None, what) => f.write_str(what),
            (Some(at), what) => write!(f, "{what}: {at}"),
        }
    }
}

impl core::error::Error for ImageError {}

impl From<ParseError> for ImageError {
    fn from(_: ParseError) -> Self {
        Self::NotElf
    }
}

impl<'a> Image<'a> {
    /// Checks a whole file.
    ///
    /// # Errors
    ///
    /// Fails with the first problem found.
    pub fn parse(file: &'a [u8]) -> Result<Self, ImageError> {
        let elf = ElfBytes::<LittleEndian>::minimal_parse(file)?;
        let header = elf.ehdr;
        if header.class != Class::ELF32
            || header.e_type != ET_EXEC
            || header.e_machine != EM_386
        {
            return Err(ImageError::WrongKind);
        }
        let headers = elf.segments().ok_or(ImageError::NoSegments)?;
        let entry = VirtAddr(header.e_entry as u32);
        let image = Self { file, headers, entry };
        image.check()?;
        Ok(image)
    }

    /// Returns the address of the first instruction.
    pub const fn entry(&self) -> VirtAddr {
        self.entry
    }

    /// Returns the segments to load, lowest address first.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'a>> {
        self.loadable().filter_map(Result::ok)
    }

    /// Returns the first and the last address of what is loaded.
    pub fn range(&self) -> (VirtAddr, VirtAddr) {
        let first = self.segments().next().map_or(VirtAddr(0), |it| it.start);
        let last = self.segments().last().map_or(first, |it| it.last());
        (first, last)
    }

    /// Returns where the bytes of a segment begin in the file.
    pub fn offset_of(&self, segment: &Segment<'_>) -> u32 {
        (segment.data.as_ptr().addr() - self.file.as_ptr().addr()) as u32
    }

    /// Returns the build id that the linker has given it, if it has.
    pub fn build_id(&self) -> Option<&'a [u8]> {
        let elf = ElfBytes::<LittleEndian>::minimal_parse(self.file).ok()?;
        let is_note = |header: &ProgramHeader| header.p_type == PT_NOTE;
        self.headers.iter().filter(is_note).find_map(|header| {
            let mut notes = elf.segment_data_as_notes(&header).ok()?;
            notes.find_map(|note| match note {
                Note::GnuBuildId(id) => Some(id.0),
                _ => None,
            })
        })
    }

    fn check(&self) -> Result<(), ImageError> {
        let mut last = None;
        let mut entry_is_code = false;
        for segment in self.loadable() {
            let segment = segment?;
            if last.is_some_and(|last: VirtAddr| segment.start <= last) {
                return Err(ImageError::Overlaps(segment.start));
            }
            let range = segment.start..=segment.last();
            entry_is_code |= segment.executable && range.contains(&self.entry);
            // No other segment may use the rest of the last page.
            last = Some(VirtAddr(segment.last().0 | (PAGE_BYTES - 1)));
        }
        match last {
            None => Err(ImageError::NoSegments),
            Some(_) if !entry_is_code => Err(ImageError::NoEntry(self.entry)),
            Some(_) => Ok(()),
        }
    }

    fn loadable(
        &self,
    ) -> impl Iterator<Item = Result<Segment<'a>, ImageError>> + use<'a> {
        let file = self.file;
        let loads = |header: &ProgramHeader| {
            header.p_type == PT_LOAD && header.p_memsz > 0
        };
        let headers = self.headers.iter().filter(loads);
        headers.map(move |header| segment(file, &header))
    }
}

/// Checks what does not depend on other segments.
fn segment<'a>(
    file: &'a [u8],
    header: &ProgramHeader,
) -> Result<Segment<'a>, ImageError> {
    // In a 32-bit file these have 32 bits; the `elf` crate widens them.
    let start = VirtAddr(header.p_vaddr as u32);
    let len_bytes = header.p_memsz as u32;
    if start.offset() != 0 {
        return Err(ImageError::Misaligned(start));
    }
    if len_bytes > MAX_SEGMENT_BYTES || header.p_filesz > header.p_memsz {
        return Err(ImageError::WrongSize(start));
    }
    let last = start.0.checked_add(len_bytes - 1).map(VirtAddr);
    if !PROCESS_SPACE.contains(start)
        || !last.is_some_and(|last| PROCESS_SPACE.contains(last))
    {
        return Err(ImageError::Misplaced(start));
    }
    let offset = header.p_offset as usize;
    let data = offset
        .checked_add(header.p_filesz as usize)
        .and_then(|end| file.get(offset..end))
        .ok_or(ImageError::Truncated(start))?;
    Ok(Segment {
        start,
        len_bytes,
        data,
        writable: header.p_flags & PF_W != 0,
        executable: header.p_flags & PF_X != 0,
    })
}

#[cfg(test)]
mod tests;
