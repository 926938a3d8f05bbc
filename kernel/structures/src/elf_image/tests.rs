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
    assert_eq!(text, "a segment does not follow the one before it: 0x40000000");
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
