//! Frames on the line: RSP's `$…#cc` and our own `%…#cc`.
//!
//! Both carry RSP's checksum, the sum of the body's bytes modulo 256 in two
//! hexadecimal digits. gdb ignores whole frames that begin with `%`, so the
//! two kinds share one line. A `%` frame escapes the bytes that have a
//! meaning between frames, so a receiver that lost its place finds it again
//! at the next `$` or `%`.

mod bytes;
mod decoder;
mod encoder;

pub use bytes::{
    ESCAPE, ESCAPE_XOR, GAP_MS, INTERRUPT, Kind, is_flow_control, must_escape,
};
pub use decoder::{Decoder, Event};
pub use encoder::{Encoder, Escapes, checksum, query_frame, query_frame_with};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    extern crate std;
    use std::vec::Vec;

    fn events<const N: usize>(
        decoder: &mut Decoder<N>,
        bytes: &[u8],
    ) -> Vec<Event> {
        bytes
            .iter()
            .map(|byte| decoder.push(*byte))
            .filter(|event| *event != Event::None)
            .collect()
    }

    #[test]
    fn a_known_packet_is_found_in_noise() {
        let mut decoder = Decoder::<8>::new();
        let found = events(&mut decoder, b"x+$g#67\x03-");
        assert_eq!(
            found,
            [
                Event::Noise,
                Event::Ack,
                Event::Frame(Kind::Rsp),
                Event::Interrupt,
                Event::Nak,
            ]
        );
        assert_eq!(decoder.body(), b"g");
    }

    #[test]
    fn bad_long_and_cut_frames_cost_only_themselves() {
        let mut decoder = Decoder::<4>::new();
        assert_eq!(
            events(&mut decoder, b"$g#68$g#zz$12345#ff$m1,$g#67"),
            [
                Event::BadChecksum(Kind::Rsp),
                Event::BadChecksum(Kind::Rsp),
                Event::TooLong(Kind::Rsp),
                Event::Cut(Kind::Rsp),
                Event::Frame(Kind::Rsp),
            ]
        );
    }

    #[test]
    fn a_frame_that_begins_where_digits_should_stand_is_found() {
        for cut in [&b"$g#"[..], b"$g#6", b"%a#", b"%a#6"] {
            let mut decoder = Decoder::<8>::new();
            let found = events(&mut decoder, cut);
            assert_eq!(found, []);
            let found = events(&mut decoder, b"$g#67");
            assert!(matches!(
                found[..],
                [Event::Cut(_), Event::Frame(Kind::Rsp)]
            ));
        }
    }

    #[test]
    fn a_spoiled_frame_is_bad_whatever_its_sum() {
        let mut decoder = Decoder::<8>::new();
        decoder.spoil();
        assert_eq!(events(&mut decoder, b"$g"), []);
        decoder.spoil();
        let found = events(&mut decoder, b"#67$g#67");
        let expected = [Event::BadChecksum(Kind::Rsp), Event::Frame(Kind::Rsp)];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_interrupt_inside_a_body_is_data() {
        let mut decoder = Decoder::<8>::new();
        let found = events(&mut decoder, b"$X\x03#5b");
        assert_eq!(found, [Event::Frame(Kind::Rsp)]);
        assert_eq!(decoder.body(), b"X\x03");
    }

    proptest! {
        #[test]
        fn escapes_keep_the_body_and_spare_their_bytes(
            first in 4_u8..16,
            mut body: Vec<u8>,
        ) {
            body.insert(0, first);
            for escapes in
                [Escapes::Framing, Escapes::FlowControl, Escapes::Control]
            {
                let bytes: Vec<u8> = query_frame_with(escapes, &body);
                let mut decoder = Decoder::<256>::new();
                prop_assert_eq!(
                    events(&mut decoder, &bytes),
                    [Event::Frame(Kind::Query)]
                );
                prop_assert_eq!(decoder.body(), &body[..]);
                let avoids = escapes == Escapes::FlowControl;
                prop_assert_eq!(decoder.avoids_flow_control(), avoids);
                let spared = |byte: &u8| match escapes {
                    Escapes::Framing => false,
                    Escapes::FlowControl => is_flow_control(*byte),
                    Escapes::Control => byte.is_ascii_control(),
                };
                prop_assert!(!bytes[2..].iter().any(spared));
            }
        }

        #[test]
        fn what_is_encoded_is_decoded(body: Vec<u8>) {
            let bytes: Vec<u8> = query_frame(&body);
            let mut decoder = Decoder::<256>::new();
            prop_assert_eq!(
                events(&mut decoder, &bytes),
                [Event::Frame(Kind::Query)]
            );
            prop_assert_eq!(decoder.body(), body);
            let inner = &bytes[1..bytes.len() - 3];
            prop_assert!(!inner.iter().any(|b| b"$#*%\x03".contains(b)));
        }

        #[test]
        fn any_stream_is_survived_and_the_next_frame_found(
            noise: Vec<u8>,
            body: Vec<u8>,
        ) {
            let mut decoder = Decoder::<256>::new();
            events(&mut decoder, &noise);
            decoder.abandon();
            let found = events(&mut decoder, &query_frame::<Vec<u8>>(&body));
            prop_assert_eq!(found, [Event::Frame(Kind::Query)]);
            prop_assert_eq!(decoder.body(), body);
        }
    }
}
