//! The exchange with a scripted line, whatever the speed of the machine.

use super::*;
use std::thread::sleep;
use wire::frame::query_frame;
use wire::frame::{Event as Found, Kind};
use wire::query::{CRC, ReplyHead, Status, Trailer, VERSION, decode_request};

/// What a read of the line does.
type Read = Box<dyn FnMut(&[Request]) -> Vec<u8> + Send>;

/// A line whose reads follow a script. Reading past its end panics.
struct Scripted {
    reads: VecDeque<Read>,
    asked: Vec<Request>,
    decoder: Decoder<MAX_REQUEST_BYTES>,
}

impl Line for Scripted {
    fn read(&mut self, into: &mut [u8], _: Duration) -> io::Result<usize> {
        let mut read = self.reads.pop_front().expect("the script goes on");
        let bytes = read(&self.asked);
        if bytes.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            if self.decoder.push(*byte) == Found::Frame(Kind::Query) {
                let request = decode_request(self.decoder.body());
                self.asked.push(request.expect("a request"));
            }
        }
        Ok(bytes.len())
    }
}

fn client(reads: impl IntoIterator<Item = Read>) -> Client {
    let reads = reads.into_iter().collect();
    let decoder = Decoder::new();
    let line = Box::new(Scripted { reads, asked: Vec::new(), decoder });
    let timeout = Duration::from_secs(60);
    Client::new(line, None, timeout, Interrupt::default())
}

/// The answer to a request.
fn answer(request: &Request) -> Vec<u8> {
    let head = ReplyHead {
        id: request.id,
        status: Status::Answered,
        running: true,
        consistent: true,
        generation: 0,
        task: 1,
        process: 1,
        next: None,
    };
    let mut buffer = [0; 64];
    let head = postcard::to_slice(&head, &mut buffer).expect("it fits");
    let trailer = Trailer { pause_us: 0, stolen_us: 0, boot: 1 };
    let mut body = [&[VERSION], &*head, &trailer.to_bytes()].concat();
    body.extend(CRC.checksum(&body).to_le_bytes());
    query_frame(&body)
}

#[test]
fn an_answer_that_overtakes_another_says_that_the_other_is_lost() {
    let mut client =
        client([Box::new(|asked: &[_]| answer(&asked[1])) as Read]);
    let first = client.submit(Query::Hello).expect("it is sent");
    let second = client.submit(Query::Hello).expect("it is sent");
    let event = client.wait().expect("an answer");
    assert!(matches!(event, Event::Reply(reply) if reply.head.id == second));
    // Nothing is read any more.
    let event = client.wait().expect("no answer");
    assert!(matches!(event, Event::Lost(id) if id == first), "{event:?}");
}

#[test]
fn what_has_come_is_read_before_its_request_is_given_up() {
    let late: Read = Box::new(|_| {
        // The host lets us wait beyond what is right.
        sleep(Duration::from_millis(400));
        Vec::new()
    });
    let mut client = client([late, Box::new(|asked| answer(&asked[0]))]);
    client.submit(Query::Hello).expect("it is sent");
    let event = client.wait().expect("an answer");
    assert!(matches!(event, Event::Reply(_)), "{event:?}");
}

#[test]
fn a_late_answer_to_what_was_asked_twice_counts_once() {
    let late: Read = Box::new(|_| {
        sleep(Duration::from_millis(400));
        Vec::new()
    });
    let twice: Read = Box::new(|asked| {
        assert_eq!(asked.len(), 2, "it was asked again");
        assert_eq!(asked[0], asked[1], "with its number");
        [answer(&asked[0]), answer(&asked[1])].concat()
    });
    let next: Read = Box::new(|asked| answer(&asked[2]));
    let mut client = client([late, Box::new(|_| Vec::new()), twice, next]);
    let first = client.ask(Query::Hello).expect("an answer");
    let second = client.ask(Query::Hello).expect("an answer");
    assert_eq!(second.head.id, first.head.id.wrapping_add(1));
}

#[test]
fn an_answer_to_a_question_that_was_given_up_answers_no_other() {
    let given_up: Read = Box::new(|_| Vec::new());
    let both: Read = Box::new(|asked| {
        [answer(&asked[0]), answer(&asked[asked.len() - 1])].concat()
    });
    let mut client = client([given_up, both]);
    // Pressed for the first question only.
    let first = client.next_id;
    client.interrupt = Interrupt::pressed();
    assert!(matches!(client.ask(Query::Hello), Err(Error::Interrupted)));
    client.interrupt = Interrupt::default();
    let second = client.ask(Query::Hello).expect("an answer");
    assert_eq!(second.head.id, first.wrapping_add(1));
}
