use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;

fn add(bytes: &mut [u8], tick: u32, text: &[u8]) {
    let ring = Writer::open(bytes).expect("a ring");
    let mut entry = ring.begin(tick);
    entry.push(text);
    entry.finish();
}

fn texts(bytes: &[u8]) -> Vec<(u32, u32, String)> {
    let ring = Ring::open(bytes).expect("a ring");
    let row = |e: Entry<'_>| (e.number, e.tick, e.text.to_owned());
    ring.entries_from(0).map(row).collect()
}

#[test]
fn an_empty_log_has_no_entries() {
    let mut bytes = [0xA5; MIN_BYTES];
    Writer::create(&mut bytes);
    assert_eq!(texts(&bytes), []);
}

#[test]
fn pieces_make_one_entry() {
    let mut bytes = [0; MIN_BYTES];
    let mut entry = Writer::create(&mut bytes).begin(7);
    for piece in [&b"memory: "[..], b"", b"16 frames"] {
        entry.push(piece);
    }
    entry.finish();
    assert_eq!(texts(&bytes), [(0, 7, "memory: 16 frames".to_owned())]);
}

#[test]
fn entries_can_be_had_from_any_number_on() {
    let mut bytes = [0; MIN_BYTES + 200];
    Writer::create(&mut bytes);
    for _ in 0..400 {
        add(&mut bytes, 0, b"line");
    }
    let ring = Ring::open(&bytes).expect("a ring");
    let numbers = |from| -> Vec<_> {
        ring.entries_from(from).map(|entry| entry.number).collect()
    };
    assert_eq!(numbers(398), [398, 399]);
    assert_eq!(numbers(400), []);
    let all = numbers(0);
    assert!(all[0] > 0 && all.is_sorted() && all.last() == Some(&399));
}

#[test]
fn what_is_not_text_becomes_question_marks() {
    let mut bytes = [0; MIN_BYTES];
    Writer::create(&mut bytes);
    add(&mut bytes, 0, b"\x1b[2J caf\xC3\xA9 \xFF\xC3");
    assert_eq!(texts(&bytes)[0].2, "?[2J café ??");
}

#[test]
fn what_is_too_long_is_cut() {
    let mut bytes = [0; MIN_BYTES];
    Writer::create(&mut bytes);
    add(&mut bytes, 0, &[b'x'; MAX_TEXT_BYTES + 1]);
    assert_eq!(texts(&bytes)[0].2, "x".repeat(MAX_TEXT_BYTES));
}

#[test]
fn bytes_that_are_no_ring_are_refused() {
    assert!(Ring::open(&[0; MIN_BYTES]).is_none());
    let mut bytes = [0; MIN_BYTES];
    Writer::create(&mut bytes);
    assert!(Ring::open(&bytes[..MIN_BYTES - 1]).is_none());
}

proptest! {
    #[test]
    fn the_last_entries_are_kept_in_order(
        room in 0_usize..400,
        lengths in prop::collection::vec(0..=MAX_TEXT_BYTES, 0..200),
    ) {
        let mut bytes = vec![0; MIN_BYTES + room];
        Writer::create(&mut bytes);
        let mut model = VecDeque::new();
        for (number, length) in (0_u32..).zip(lengths) {
            let letter = (b'a' + (number % 26) as u8) as char;
            let text = letter.to_string().repeat(length);
            add(&mut bytes, number * 3, text.as_bytes());
            model.push_back((number, number * 3, text));
            let kept = texts(&bytes);
            prop_assert!(!kept.is_empty());
            while model.len() > kept.len() {
                model.pop_front();
            }
            prop_assert_eq!(&model, &VecDeque::from(kept));
        }
    }

    #[test]
    fn a_ring_keeps_what_fits(
        lengths in prop::collection::vec(0_usize..60, 1..300),
    ) {
        let mut bytes = vec![0; 4096];
        Writer::create(&mut bytes);
        for length in &lengths {
            add(&mut bytes, 0, &vec![b'x'; *length]);
        }
        let kept: usize = texts(&bytes)
            .iter()
            .map(|(_, _, text)| PREFIX_BYTES + text.len())
            .sum();
        let all: usize =
            lengths.iter().map(|len| PREFIX_BYTES + len).sum();
        // Lost are at most the room for two entries: the one that is
        // about to come, and the end that is too near.
        let least = all.min(4096 - HEADER_BYTES - 2 * MAX_ENTRY_BYTES);
        prop_assert!(kept + 60 + PREFIX_BYTES >= least);
    }

    #[test]
    fn any_bytes_are_survived(
        mut bytes in prop::collection::vec(any::<u8>(), MIN_BYTES..2000),
        words: [u32; 4],
    ) {
        let header = [MAGIC, VERSION].into_iter().chain(words);
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(header)
        {
            *place = word.to_le_bytes();
        }
        let ring = Ring::open(&bytes).expect("the header is sound");
        prop_assert!(ring.entries_from(0).count() <= bytes.len());
    }

    #[test]
    fn small_wild_numbers_are_survived(
        start in 0_u32..900,
        count in 0_u32..900,
        words: Vec<u16>,
    ) {
        let mut bytes = vec![0; MIN_BYTES + 200];
        let header = [MAGIC, VERSION, start, 5, 0, count];
        let words = words.into_iter().map(u32::from);
        let all = header.into_iter().chain(words);
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(all) {
            *place = word.to_le_bytes();
        }
        let ring = Ring::open(&bytes).expect("the header is sound");
        prop_assert!(ring.entries_from(0).count() <= count as usize);
    }
}
