use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;

fn envelope(number: u32) -> Envelope {
    Envelope {
        protocol: number,
        class: !number,
        from_process: number + 1,
        from_task: number + 2,
    }
}

fn payload(number: u32, len: usize) -> Vec<u8> {
    (0..len).map(|index| (number as usize * 7 + index) as u8).collect()
}

fn joined(message: &Message<'_>) -> (Envelope, Vec<u8>) {
    (message.envelope, message.payload.concat())
}

proptest! {
    #[test]
    fn every_history_agrees_with_a_list(
        capacity in 28_usize..400,
        steps in prop::collection::vec((any::<bool>(), 0_usize..90), 1..200)
    ) {
        let mut ring = vec![0xA5; capacity];
        let mut queue = Queue::default();
        let mut model = VecDeque::new();
        let mut used = 0;
        for (number, (send, len)) in (0..).zip(steps) {
            if send {
                let data = payload(number, len);
                let cost = 28 + len;
                let pushed =
                    queue.push(&mut ring, &envelope(number), &data);
                if cost > capacity {
                    prop_assert_eq!(pushed, Err(NoRoom::TooLarge));
                } else if used + cost > capacity {
                    prop_assert_eq!(pushed, Err(NoRoom::Full));
                } else {
                    prop_assert_eq!(pushed, Ok(()));
                    used += cost;
                    model.push_back((envelope(number), data));
                }
            } else {
                let oldest = queue.oldest(&ring);
                let oldest = oldest.as_ref().map(joined);
                let popped = queue.pop(&ring);
                let expected = model.pop_front();
                let len = expected.as_ref().map(|m| m.1.len() as u32);
                used -= len.map_or(0, |len| 28 + len as usize);
                prop_assert_eq!(popped, len);
                prop_assert_eq!(oldest, expected);
            }
            prop_assert!(queue.is_sound(&ring));
            prop_assert_eq!(queue.bytes as usize, used);
            prop_assert_eq!(queue.messages as usize, model.len());
            let all = queue.iter(&ring).map(|m| joined(&m));
            prop_assert!(all.eq(model.iter().cloned()));
        }
    }

    #[test]
    fn a_damaged_queue_is_read_without_harm(
        ring in prop::collection::vec(any::<u8>(), 0..200),
        head in prop_oneof![0_u32..250, any::<u32>()],
        bytes in prop_oneof![0_u32..250, any::<u32>()],
        messages in 0_u32..9,
        damage in prop::collection::vec((any::<usize>(), any::<u8>()), 0..4),
    ) {
        let mut queue = Queue { head, bytes, messages };
        queue.iter(&ring).for_each(|m| { joined(&m); });
        queue.pop(&ring);

        let mut queue = Queue::default();
        let mut ring = vec![0; 200];
        for number in 0..3 {
            let data = payload(number, 20);
            queue.push(&mut ring, &envelope(number), &data)
                .expect("three such messages fit");
        }
        for (at, byte) in damage {
            ring[at % 200] = byte;
        }
        prop_assert!(queue.iter(&ring).count() <= 3);
        while queue.pop(&ring).is_some() {}
    }
}

#[test]
fn an_entry_has_the_documented_bytes() {
    let mut ring = [0xFF; 64];
    let mut queue = Queue::default();
    let envelope =
        Envelope { protocol: 4, class: 5, from_process: 1, from_task: 2 };
    queue.push(&mut ring, &envelope, b"abc").expect("it fits");
    let words = [27, 1, 0, 2, 4, 5, 3].map(u32::to_le_bytes).concat();
    assert_eq!(ring[..28], words);
    assert_eq!(ring[28..32], *b"abc\xff");
    assert_eq!(queue, Queue { head: 0, bytes: 31, messages: 1 });
}

#[test]
fn nothing_shows_before_the_commit() {
    let mut ring = [0; 100];
    let mut queue = Queue::default();
    queue.push(&mut ring, &envelope(1), b"first").expect("it fits");
    let [part, rest] = queue.room(&mut ring, 4).expect("it fits");
    part.copy_from_slice(b"next");
    assert!(rest.is_empty());
    assert_eq!(queue.iter(&ring).count(), 1);
    queue.commit(&mut ring, &envelope(2), 4).expect("it fits");
    let last = queue.iter(&ring).last().expect("there are two");
    assert_eq!(joined(&last), (envelope(2), b"next".to_vec()));
}

#[test]
fn a_message_that_fills_the_ring_fits_wherever_the_last_one_ended() {
    let mut ring = [0; 100];
    let mut queue = Queue::default();
    for number in 0..200 {
        let small = payload(number, number as usize % 7);
        queue.push(&mut ring, &envelope(0), &small).expect("it fits");
        queue.push(&mut ring, &envelope(1), b"x").expect("it fits");
        assert!(queue.pop(&ring).is_some());
        let left = 100 - queue.bytes as usize - PREFIX_BYTES;
        let large = payload(number, left);
        queue.push(&mut ring, &envelope(2), &large).expect("it fits");
        assert_eq!(queue.bytes, 100);
        assert_eq!(queue.push(&mut ring, &envelope(3), b""), Err(NoRoom::Full));
        assert!(queue.pop(&ring).is_some());
        let last = queue.oldest(&ring).expect("one is left");
        assert_eq!(joined(&last), (envelope(2), large));
        assert!(queue.pop(&ring).is_some());
        assert_eq!(queue, Queue::default());
    }
}

#[test]
fn the_longest_message_is_63_kib() {
    let queue = Queue::default();
    assert_eq!(queue.fits(1 << 20, 63 * 1024 - 24), Ok(()));
    for len_bytes in [63 * 1024 - 23, u32::MAX - 28, u32::MAX] {
        assert_eq!(queue.fits(1 << 20, len_bytes), Err(NoRoom::TooLarge));
    }
    assert_eq!(queue.fits(u32::MAX, 0), Ok(()));
}
