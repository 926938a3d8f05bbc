//! Queries that go through memory, slice by slice.

use crate::queries::Bench;
use crc::{CRC_32_MPEG_2, Crc};
use fake_machine::{KERNEL, LAST, LONE, SHARED};
use wire::query::{Checksum, Pattern, Query, Searched, Space, Status};

fn search(address: u32, len_bytes: u32, pattern: &[u8]) -> Query {
    let pattern = Pattern::new(pattern).expect("neither empty nor too long");
    Query::Search { space: Space::Task(1), address, len_bytes, pattern }
}

/// Asks until all is searched; returns where it is, and how often it took.
fn searched(bench: &mut Bench, query: Query) -> (Option<u32>, u32) {
    let Query::Search { space, mut address, mut len_bytes, pattern } = query
    else {
        panic!("{query:?}");
    };
    for asked in 1.. {
        let query = Query::Search { space, address, len_bytes, pattern };
        let reply = bench.ask(query);
        assert_eq!(reply.head.status, Status::Answered);
        let answer: Searched =
            postcard::from_bytes(&reply.body).expect("an answer");
        if answer.found.is_some() || answer.done_bytes == len_bytes {
            return (answer.found, asked);
        }
        assert!(answer.done_bytes > 0, "it comes nowhere");
        address += answer.done_bytes;
        len_bytes -= answer.done_bytes;
    }
    unreachable!("there is no last number")
}

#[test]
fn a_checksum_is_the_same_in_one_piece_and_in_many() {
    let mut bench = Bench::new();
    let bytes: Vec<_> = (0..4096_u32).map(|i| (i * 7 + 1) as u8).collect();
    let mut crc = u32::MAX;
    let mut done = 0;
    while done < 4096 {
        let reply = bench.ask(Query::Checksum {
            space: Space::Task(1),
            address: SHARED + done,
            len_bytes: (4096 - done).min(1000),
            crc,
        });
        let answer: Checksum =
            postcard::from_bytes(&reply.body).expect("an answer");
        assert!(answer.done_bytes > 0, "it comes nowhere");
        crc = answer.crc;
        done += answer.done_bytes;
    }
    assert_eq!(crc, Crc::<u32>::new(&CRC_32_MPEG_2).checksum(&bytes));
}

#[test]
fn a_checksum_of_what_is_not_mapped_is_refused() {
    let mut bench = Bench::new();
    let query = Query::Checksum {
        space: Space::Task(1),
        address: LONE + 4000,
        len_bytes: 200,
        crc: u32::MAX,
    };
    let reply = bench.ask(query);
    let hole = layout::VirtAddr(LONE + 4096);
    assert_eq!(reply.head.status, Status::Unmapped(hole));
}

#[test]
fn a_pattern_is_found_across_holes_and_at_the_very_end() {
    let mut bench = Bench::new();
    // The bytes of SHARED go up by 7.
    let three = [8 + 7 * 300, 15 + 7 * 300, 22 + 7 * 300_u32];
    let three = three.map(|byte| byte as u8);
    // The same bytes come again after 256.
    let at = SHARED + 301 % 256;
    let (found, _) = searched(&mut bench, search(SHARED, 4096, &three));
    assert_eq!(found, Some(at));
    // From below, over some 200 MiB of nothing.
    let below = KERNEL + 0x10_0000;
    let query = search(below, SHARED + 4096 - below, &three);
    let (found, asked) = searched(&mut bench, query);
    assert_eq!(found, Some(at));
    // Page by page where there is a table: the first has 512 more.
    assert!(asked < 12, "{asked} slices for tables that do not exist");

    bench.machine.state().set_byte(1, LAST + 4095, 0xA5);
    let (found, _) = searched(&mut bench, search(LAST, 4096, &[0xA5]));
    assert_eq!(found, Some(LAST + 4095));
    let (found, _) = searched(&mut bench, search(LAST, 4095, &[0xA5]));
    assert_eq!(found, None);
    // What goes beyond the end is not found.
    let (found, _) = searched(&mut bench, search(LAST, 5000, &[0xA5, 0]));
    assert_eq!(found, None);
}

#[test]
fn a_slice_is_short_and_the_next_goes_on() {
    let mut bench = Bench::new();
    let query = search(0, u32::MAX, b"never there");
    let (found, asked) = searched(&mut bench, query);
    assert_eq!(found, None);
    assert!(asked > 1, "4 GiB in one slice");
    let reply = bench.ask(query);
    // What the fake clock adds for each look at it comes on top.
    assert!(reply.trailer.pause_us < 500, "{:?}", reply.trailer);
}
