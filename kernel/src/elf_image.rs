//! A ring-3 program as a boot module brings it: an ELF file, believed only
//! after every number in it was checked.
//!
//! Accepted are 32-bit little-endian executables for the i386 at fixed
//! addresses. Each loadable segment begins on a page boundary, lies in the
//! process space, and shares no page with another, so that each page has the
//! rights of one segment. Section headers are not looked at.

use core::fmt;
use elf::abi::{EM_386, ET_EXEC, PF_W, PF_X, PT_LOAD};
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::segment::{ProgramHeader, SegmentTable};
use elf::{ElfBytes, ParseError};
use layout::regions::PROCESS_SPACE;
use layout::{PAGE_BYTES, VirtAddr};

/// The most memory that one segment may take: 16 MiB.
pub(crate) const MAX_SEGMENT_BYTES: u32 = 16 * 1024 * 1024;

/// A program that can be loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image<'a> {
    file: &'a [u8],
    headers: SegmentTable<'a, LittleEndian>,
    entry: VirtAddr,
}

/// A loadable segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Segment<'a> {
    /// Its first address, on a page boundary.
    pub(crate) start: VirtAddr,
    /// How much memory it takes, never 0.
    pub(crate) len_bytes: u32,
    /// What it begins with; the rest of its memory is zero.
    pub(crate) data: &'a [u8],
    /// Whether the program may write there.
    pub(crate) writable: bool,
    /// Whether it holds code.
    pub(crate) executable: bool,
}

impl Segment<'_> {
    /// Returns the last address.
    pub(crate) const fn last(&self) -> VirtAddr {
        VirtAddr(self.start.0 + (self.len_bytes - 1))
    }

    /// Returns how many pages it takes.
    pub(crate) const fn pages(&self) -> u32 {
        self.len_bytes.div_ceil(PAGE_BYTES)
    }
}

/// Why a file cannot be loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ImageError {
    /// It is no ELF file, or its end is missing.
    NotElf,
    /// It is for another processor, or not linked to fixed addresses.
    WrongKind,
    /// Nothing in it is to be loaded.
    NoSegments,
    /// A segment does not begin on a page boundary.
    Misaligned(VirtAddr),
    /// A segment is larger than 16 MiB, or larger in the file than in
    /// memory.
    WrongSize(VirtAddr),
    /// A segment leaves the process space.
    Misplaced(VirtAddr),
    /// A segment's bytes are not all in the file.
    Truncated(VirtAddr),
    /// A segment shares a page with the one before it, or stands below it.
    Overlaps(VirtAddr),
    /// The entry point is not in an executable segment.
    NoEntry(VirtAddr),
}

impl ImageError {
    /// Returns what is wrong, and at which address if it is at one: for
    /// whoever has no room to format a sentence.
    pub(crate) const fn parts(&self) -> (Option<VirtAddr>, &'static str) {
        match *self {
            Self::NotElf => (None, "not a whole ELF file"),
            Self::WrongKind => (None, "not an executable for the i386"),
            Self::NoSegments => (None, "no segment is to be loaded"),
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
    /// Fails with the first thing that is wrong.
    pub(crate) fn parse(file: &'a [u8]) -> Result<Self, ImageError> {
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
    pub(crate) const fn entry(&self) -> VirtAddr {
        self.entry
    }

    /// Returns what is to be loaded, lowest address first.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Segment<'a>> {
        self.loadable().filter_map(Result::ok)
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
            // Nobody else may use the rest of the last page.
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

/// Checks all of a segment that does not depend on others.
fn segment<'a>(
    file: &'a [u8],
    header: &ProgramHeader,
) -> Result<Segment<'a>, ImageError> {
    // In a 32-bit file these have 32 bits; the crate widens them.
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER_BYTES: usize = 52;
    const CODE: u32 = 5;
    const DATA: u32 = 6;

    /// A program header: offset, address, bytes in the file, bytes in
    /// memory, flags.
    type Load = (u32, u32, u32, u32, u32);

    /// A file of 0x300 bytes with these headers, byte by byte.
    fn file(entry: u32, loads: &[Load]) -> Vec<u8> {
        let mut file = b"\x7fELF\x01\x01\x01".to_vec();
        file.resize(16, 0);
        let words = |file: &mut Vec<u8>, words: &[u32]| {
            file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        };
        // Type 2, machine 3; version, entry, headers, no sections, flags;
        // then the sizes of both kinds of header and their counts.
        words(&mut file, &[2 | 3 << 16, 1, entry, HEADER_BYTES as u32, 0, 0]);
        let count = loads.len() as u32;
        words(&mut file, &[52 | 32 << 16, count, 0]);
        assert_eq!(file.len(), HEADER_BYTES);
        for &(offset, address, in_file, in_memory, flags) in loads {
            let sizes = [offset, address, address, in_file, in_memory];
            words(&mut file, &[1]);
            words(&mut file, &sizes);
            words(&mut file, &[flags, PAGE_BYTES]);
        }
        let filler = (file.len()..0x300).map(|index| index as u8);
        file.extend(filler);
        file
    }

    const TEXT: Load = (0x100, 0x4000_0000, 0x80, 0x80, CODE);
    const BSS: Load = (0x180, 0x4000_1000, 0x10, 0x2345, DATA);

    fn refusal(entry: u32, loads: &[Load]) -> ImageError {
        Image::parse(&file(entry, loads)).expect_err("it is refused")
    }

    #[test]
    fn a_program_has_its_segments_and_entry() {
        let file = file(0x4000_0010, &[TEXT, BSS]);
        let image = Image::parse(&file).expect("it is sound");
        assert_eq!(image.entry(), VirtAddr(0x4000_0010));
        let segments: Vec<_> = image.segments().collect();
        let text = Segment {
            start: VirtAddr(0x4000_0000),
            len_bytes: 0x80,
            data: &file[0x100..0x180],
            writable: false,
            executable: true,
        };
        let bss = Segment {
            start: VirtAddr(0x4000_1000),
            len_bytes: 0x2345,
            data: &file[0x180..0x190],
            writable: true,
            executable: false,
        };
        assert_eq!(segments, [text, bss]);
        assert_eq!((text.pages(), bss.pages()), (1, 3));
        assert_eq!(bss.last(), VirtAddr(0x4000_3344));
    }

    #[test]
    fn other_kinds_of_file_are_refused() {
        let good = file(0x4000_0000, &[TEXT]);
        for (at, byte, error) in [
            (0, 0x7E, ImageError::NotElf),
            (4, 2, ImageError::NotElf), // 64 bits: too short for that
            (5, 2, ImageError::NotElf), // big-endian
            (16, 3, ImageError::WrongKind), // position independent
            (18, 62, ImageError::WrongKind), // x86-64
            (28, 0, ImageError::NoSegments),
            (42, 56, ImageError::NotElf), // size of a 64-bit header
        ] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(Image::parse(&bad).err(), Some(error), "byte {at}");
        }
        assert_eq!(Image::parse(&[]).err(), Some(ImageError::NotElf));
        let head = &good[..HEADER_BYTES + 31];
        assert_eq!(Image::parse(head).err(), Some(ImageError::NotElf));
    }

    #[test]
    fn segments_stay_in_the_process_space() {
        use ImageError::{Misaligned, Misplaced, WrongSize};
        let space = PROCESS_SPACE;
        for (start, in_file, in_memory, error) in [
            (0x4000_0800, 0, 1, Misaligned as fn(_) -> _),
            (0x4000_0000, 0, MAX_SEGMENT_BYTES + 1, WrongSize),
            (0x4000_0000, 0, u32::MAX, WrongSize),
            (0x4000_0000, 0x80, 0x7F, WrongSize),
            (space.start.0 - PAGE_BYTES, 0, 0x1001, Misplaced),
            (space.last().0 & !0xFFF, 0, 0x1001, Misplaced),
            (0, 0, 0x1000, Misplaced),
            (0xFFFF_F000, 0, 0x2000, Misplaced),
        ] {
            let load = (0, start, in_file, in_memory, CODE);
            assert_eq!(refusal(start, &[load]), error(VirtAddr(start)));
        }
        let edge = (0, space.last().0 & !0xFFF, 0, 0x1000, CODE);
        assert!(Image::parse(&file(edge.1, &[edge])).is_ok());
        let edge = (0, space.start.0, 0, MAX_SEGMENT_BYTES, CODE);
        assert!(Image::parse(&file(edge.1, &[edge])).is_ok());
    }

    #[test]
    fn bytes_outside_the_file_are_refused() {
        let error = ImageError::Truncated(VirtAddr(0x4000_0000));
        for (offset, in_file) in
            [(0x300, 1), (0x2FF, 2), (u32::MAX, 0x80), (0, 0x301)]
        {
            let load = (offset, 0x4000_0000, in_file, 0x1000, CODE);
            assert_eq!(refusal(0x4000_0000, &[load]), error);
        }
    }

    #[test]
    fn segments_that_share_a_page_are_refused() {
        let second = (0x180, 0x4000_0000, 0x10, 0x10, DATA);
        let error = ImageError::Overlaps(VirtAddr(0x4000_0000));
        assert_eq!(refusal(0x4000_0000, &[TEXT, second]), error);
        assert_eq!(refusal(0x4000_0000, &[BSS, TEXT]), error);
        let inside = (0x180, 0x4000_3000, 0x10, 0x10, DATA);
        let error = ImageError::Overlaps(VirtAddr(0x4000_3000));
        assert_eq!(refusal(0x4000_0000, &[TEXT, BSS, inside]), error);
    }

    #[test]
    fn the_entry_is_in_code() {
        for entry in [0, 0x3FFF_FFFF, 0x4000_0080, 0x4000_1000, u32::MAX] {
            let error = ImageError::NoEntry(VirtAddr(entry));
            assert_eq!(refusal(entry, &[TEXT, BSS]), error);
        }
        assert_eq!(refusal(0, &[]), ImageError::NoSegments);
        let empty = (0, 0x4000_0000, 0, 0, CODE);
        assert_eq!(refusal(0, &[empty]), ImageError::NoSegments);
    }

    #[test]
    fn refusals_read_as_sentences() {
        let text = refusal(0x4000_0000, &[TEXT, TEXT]).to_string();
        assert_eq!(
            text,
            "a segment does not follow the one before it: 0x40000000"
        );
    }

    /// Whatever the file says, what is accepted is safe to load.
    fn is_safe(file: &[u8]) -> bool {
        let Ok(image) = Image::parse(file) else { return true };
        let mut next = PROCESS_SPACE.start;
        image.segments().all(|segment| {
            let follows = segment.start >= next;
            let end = u64::from(segment.start.0)
                + u64::from(segment.pages() * PAGE_BYTES);
            next = VirtAddr(end as u32);
            follows
                && end <= u64::from(PROCESS_SPACE.last().0) + 1
                && segment.data.len() <= segment.len_bytes as usize
        }) && image.segments().any(|segment| {
            (segment.start..=segment.last()).contains(&image.entry())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn damaged_files_are_refused_or_safe(
            damage in prop::collection::vec((0_usize..150, any::<u8>()), 0..6),
            len in prop_oneof![3 => Just(0x300_usize), 1 => 0_usize..0x300],
        ) {
            let mut file = file(0x4000_0010, &[TEXT, BSS]);
            for (at, byte) in damage {
                file[at] = byte;
            }
            file.truncate(len);
            prop_assert!(is_safe(&file));
        }

        #[test]
        fn random_headers_are_refused_or_safe(
            entry in 0x4000_0000_u32..0x4000_3000,
            loads in prop::collection::vec(
                (
                    0_u32..0x400,
                    prop_oneof![0x3_FFFE_u32..0x4_0008, any::<u32>()]
                        .prop_map(|page| page << 12),
                    0_u32..0x200,
                    prop_oneof![0_u32..0x3000, any::<u32>()],
                    0_u32..8,
                ),
                0..5,
            ),
        ) {
            prop_assert!(is_safe(&file(entry, &loads)));
        }

        #[test]
        fn noise_is_refused_or_safe(
            noise in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            prop_assert!(is_safe(&noise));
        }
    }
}
