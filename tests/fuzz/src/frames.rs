//! Input for the decoders of both ends.

use crate::bytes::{damage, frame, number};
use crate::packets::request;
use host_cli::client::reply;
use tests::host::random::Random;
use wire::frame::{Decoder, Event, Kind, query_frame};
use wire::query::{decode_request, encode_request};

/// Feeds one input: a few frames, damaged or not, and noise between them.
pub fn feed(random: &mut Random) {
    let mut decoder = Decoder::<128>::new();
    for _ in 0..1 + number(random, 4) {
        let (kind, body) = body(random);
        let mut bytes = match kind {
            Kind::Rsp => frame(&body),
            Kind::Query => query_frame(&body),
        };
        let is_whole = number(random, 2) == 0;
        if !is_whole {
            damage(&mut bytes, random);
        }
        let was_between = !decoder.is_inside();
        let mut last = Event::None;
        for &byte in &bytes {
            last = decoder.push(byte);
            assert!(decoder.body().len() <= 128, "a body outgrows its place");
            if let Event::Frame(kind) = last {
                understand(kind, decoder.body());
            }
        }
        // What is whole is found, from between frames at least.
        if is_whole && was_between {
            let expected = if body.len() <= 128 {
                Event::Frame(kind)
            } else {
                Event::TooLong(kind)
            };
            assert_eq!(last, expected, "{bytes:?}");
            if body.len() <= 128 {
                assert_eq!(decoder.body(), body, "{bytes:?}");
            }
        }
        if number(random, 4) == 0 {
            decoder.abandon();
        }
        if number(random, 8) == 0 {
            decoder.spoil();
        }
    }
}

fn understand(kind: Kind, body: &[u8]) {
    if kind == Kind::Rsp {
        return;
    }
    if let Ok(request) = decode_request(body) {
        let mut buffer = [0; wire::query::MAX_REQUEST_BYTES];
        let again = encode_request(&request, &mut buffer);
        let again = again.expect("what was decoded fits");
        assert_eq!(decode_request(again), Ok(request));
    }
    // That it makes no sense is an answer.
    let _ = reply::decode(body);
}

fn body(random: &mut Random) -> (Kind, Vec<u8>) {
    match number(random, 4) {
        0 => (Kind::Query, request(random)),
        1 => {
            let length = number(random, 160);
            (Kind::Query, (0..length).map(|_| random.bits() as u8).collect())
        }
        _ => {
            let length = number(random, 160);
            let byte = |_| match random.bits() as u8 {
                b'$' | b'#' => b'x',
                byte => byte,
            };
            (Kind::Rsp, (0..length).map(byte).collect())
        }
    }
}
