//! host-cli's queries, while the system runs and while it is stopped.

use crate::debugger::GDB;
use crate::kernel::{GO_ON, Kernel};
use crate::line::FakeLine;
use fake_machine::size::{Everything, Size};
use fake_machine::{BOOT, FakeMachine, LONE, SHARED};
use layout::runs::runs;
use layout::{PhysAddr, VirtAddr};
use stub::Session;
use stub::embed::{Machine, Stop};
use wire::frame::{
    Decoder, Escapes, Event, Kind, is_flow_control, query_frame,
    query_frame_with,
};
use wire::query::{
    self, Hello, LINE_PATTERN, MAX_READ_BYTES, MAX_REQUEST_BYTES, Query,
    Region, Registers, ReplyHead, Request, Space, Status, Trailer, Translation,
};
use wire::rows::{Process, Table};

/// A machine that is called by hand.
pub(crate) struct Bench<S = Everything> {
    session: Box<Session<FakeMachine<S>, FakeLine>>,
    pub(crate) machine: FakeMachine<S>,
    line: FakeLine,
}

/// A reply, taken apart.
pub(crate) struct Reply {
    pub(crate) head: ReplyHead,
    pub(crate) body: Vec<u8>,
    pub(crate) trailer: Trailer,
    interrupts: usize,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::sized()
    }
}

impl<S: Size> Bench<S>
where
    FakeMachine<S>: Machine,
{
    /// Returns a machine of any size.
    pub(crate) fn sized() -> Self {
        let machine = FakeMachine::sized();
        let line = FakeLine::new();
        let session = Session::new(machine.clone(), line.clone());
        Self { session: Box::new(session), machine, line }
    }

    /// Takes interrupts until none is due; returns how many.
    fn run(&mut self) -> usize {
        let mut interrupts = 0;
        while self.line.interrupt_is_due() {
            assert_eq!(self.session.on_interrupt(), None);
            assert!(!self.machine.state().window_is_open);
            interrupts += 1;
            assert!(interrupts < 10_000, "it never ends");
        }
        interrupts
    }

    pub(crate) fn ask(&mut self, query: Query) -> Reply {
        self.line.give(&request(7, query));
        let interrupts = self.run();
        let reply = parse(&self.line.taken(), interrupts);
        assert_eq!(reply.head.id, 7);
        assert!(reply.head.running);
        reply
    }
}

fn request(id: u16, query: Query) -> Vec<u8> {
    let mut buffer = [0; MAX_REQUEST_BYTES];
    let request = Request { id, query };
    let body = query::encode_request(&request, &mut buffer).expect("it fits");
    query_frame(body)
}

fn payloads(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = Decoder::<8192>::new();
    let mut all = Vec::new();
    for byte in bytes {
        match decoder.push(*byte) {
            Event::None => {}
            Event::Frame(Kind::Query) => all.push(decoder.body().to_vec()),
            other => panic!("{other:?}"),
        }
    }
    assert!(!decoder.is_inside());
    all
}

fn parse(bytes: &[u8], interrupts: usize) -> Reply {
    let payloads = payloads(bytes);
    assert_eq!(payloads.len(), 1);
    let content = query::checked(&payloads[0]).expect("the CRC is right");
    let (version, rest) = content.split_first().expect("a version");
    assert_eq!(*version, query::VERSION);
    let (rest, trailer) = rest.split_last_chunk().expect("a trailer");
    let (head, body) = postcard::take_from_bytes(rest).expect("a head");
    let trailer = Trailer::from_bytes(*trailer);
    Reply { head, body: body.to_vec(), trailer, interrupts }
}

#[test]
fn hello_tells_who_is_there() {
    let mut bench = Bench::new();
    bench.line.give(b"%damaged#00");
    let reply = bench.ask(Query::Hello);
    assert_eq!(reply.head.status, Status::Answered);
    assert_eq!((reply.head.task, reply.head.process), (1, 1));
    assert_eq!(reply.head.generation, 17);
    assert!(reply.head.consistent);
    let hello: Hello<'_> = postcard::from_bytes(&reply.body).expect("hello");
    assert!(hello.stub.starts_with("stormglass-stub "));
    assert_eq!(hello.kernel, "a kernel 1.2");
    assert_eq!(hello.build_id.0, [0xAB, 0xCD]);
    let faults = hello.faults;
    assert_eq!((hello.baud, faults.overruns, faults.naks), (115_200, 3, 1));
    assert_eq!((hello.port, hello.uart), (1, "16550A"));
    assert_eq!(hello.stop, None);
}

#[test]
fn a_question_that_avoids_flow_control_is_answered_alike() {
    let mut bench = Bench::new();
    let mut ask = |escapes, query| {
        let mut buffer = [0; MAX_REQUEST_BYTES];
        let request = Request { id: 7, query };
        let body = query::encode_request(&request, &mut buffer);
        let frame: Vec<u8> = query_frame_with(escapes, body.expect("it fits"));
        bench.line.give(&frame);
        bench.run();
        bench.line.taken()
    };
    for escapes in [Escapes::Framing, Escapes::Control] {
        let bytes = ask(escapes, Query::Probe);
        assert_eq!(parse(&bytes, 0).body, LINE_PATTERN);
        // As it is, but for what the framing needs.
        let marks = bytes.windows(8).filter(|w| *w == b"[line:\x13\x11");
        assert_eq!(marks.count(), 1);
    }
    let query = Query::Read {
        space: Space::Task(1),
        address: SHARED,
        len_bytes: MAX_READ_BYTES,
    };
    let plain = ask(Escapes::Framing, query);
    assert!(plain.iter().any(|byte| is_flow_control(*byte)));
    let body = parse(&plain, 0).body;
    // From then on, whoever asks.
    for escapes in [Escapes::FlowControl, Escapes::Framing] {
        let bytes = ask(escapes, query);
        assert!(!bytes.iter().any(|byte| is_flow_control(*byte)));
        assert_eq!(parse(&bytes, 0).body, body);
    }
}

#[test]
fn an_echo_of_a_reply_is_not_answered() {
    let mut bench = Bench::new();
    let mut give = |bytes: &[u8]| {
        bench.line.give(bytes);
        bench.run();
        bench.line.taken()
    };
    let query = Query::Rows { table: Table::Processes, of: 0, from: 0 };
    for query in [Query::Hello, query, Query::Registers { task: Some(99) }] {
        let reply = give(&request(7, query));
        assert!(!reply.is_empty(), "{query:?}");
        assert_eq!(give(&reply), b"", "{query:?}");
    }
}

#[test]
fn a_long_reply_leaves_burst_by_burst() {
    let mut bench = Bench::new();
    let query = Query::Read {
        space: Space::Task(1),
        address: SHARED,
        len_bytes: MAX_READ_BYTES,
    };
    let reply = bench.ask(query);
    let want: Vec<_> =
        (0..u32::from(MAX_READ_BYTES)).map(|i| (i * 7 + 1) as u8).collect();
    assert_eq!(reply.body, want);
    assert!(reply.interrupts > want.len() / 16, "{}", reply.interrupts);
    assert!(bench.line.state().longest_burst <= 16);
    let Trailer { pause_us, stolen_us, boot } = reply.trailer;
    assert_eq!(boot, BOOT);
    assert!(pause_us > 0 && stolen_us >= pause_us, "{:?}", reply.trailer);
    assert!(stolen_us as usize >= 5 * want.len() / 16);
    // The next, short query does not pay for it.
    let next = bench.ask(Query::Hello).trailer;
    assert!(next.stolen_us < stolen_us / 4, "{next:?}");
}

#[test]
fn a_read_says_where_it_ended() {
    let mut bench = Bench::new();
    let hole = LONE + 0x1000;
    let mut read = |space, address| {
        bench.ask(Query::Read { space, address, len_bytes: 16 })
    };
    let reply = read(Space::Process(1), hole - 4);
    assert_eq!(reply.head.status, Status::Unmapped(VirtAddr(hole)));
    assert_eq!(reply.body, [0x55; 4]);
    let reply = read(Space::Physical, 0x7F_FFFF);
    let end = Status::NoMemory(PhysAddr(0x80_0000));
    assert_eq!(reply.head.status, end);
    assert_eq!(reply.body.len(), 1);
    let reply = read(Space::Task(9), SHARED);
    assert_eq!(reply.head.status, Status::NoSuchTask);
    let reply = read(Space::Process(9), SHARED);
    assert_eq!(reply.head.status, Status::NoSuchProcess);
    let reply = read(Space::Task(1), 0xFFFF_FFFC);
    assert_eq!(reply.head.status, Status::Unmapped(VirtAddr(0)));
    assert_eq!(reply.body.len(), 4);
}

#[test]
fn translate_shows_the_entries_as_they_stand() {
    let mut bench = Bench::new();
    let mut translate = |space, address| {
        let address = VirtAddr(address);
        let reply = bench.ask(Query::Translate { space, address });
        (reply.head, reply.body)
    };
    let (head, body) = translate(Space::Task(3), SHARED);
    assert_eq!((head.task, head.process), (3, 2));
    let found: Translation = postcard::from_bytes(&body).expect("entries");
    let entry = found.table_entry.expect("a table");
    let (_, body) = translate(Space::Task(3), LONE);
    let hole: Translation = postcard::from_bytes(&body).expect("entries");
    assert_eq!(hole.directory_entry, found.directory_entry);
    assert_eq!(hole.table_entry, Some(0));
    let (_, body) = translate(Space::Task(3), 0x4000_0000);
    let none: Translation = postcard::from_bytes(&body).expect("entries");
    assert_eq!((none.directory_entry, none.table_entry), (0, None));
    let (head, _) = translate(Space::Physical, 0);
    assert_eq!(head.status, Status::Unsupported);
    let state = bench.machine.state();
    let directory = state.tasks[&3].directory.0;
    assert_eq!(entry & !0xFFF, state.frame_of(directory, SHARED));
}

#[test]
fn regions_are_the_runs_of_the_task() {
    let mut bench = Bench::new();
    let from = VirtAddr(0);
    let query = Query::Regions { space: Space::Current, from };
    let reply = bench.ask(query);
    assert_eq!(reply.head.next, None);
    let mut rest = &reply.body[..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (region, left) =
            postcard::take_from_bytes::<Region>(rest).expect("a region");
        found.push((region.page, region.pages, region.rights));
        rest = left;
    }
    let directory = bench.machine.state().tasks[&1].directory;
    let mut want = Vec::new();
    runs(&mut bench.machine.clone(), directory, from, |run| {
        want.push((run.start.page_number(), run.pages, 3));
        true
    })
    .expect("every table is there");
    assert_eq!(found, want);
    assert_eq!(found.len(), 5);
}

#[test]
fn rows_that_do_not_fit_go_on_in_the_next_reply() {
    let mut bench = Bench::new();
    bench.machine.state().processes = 300;
    let mut ids = Vec::new();
    let mut from = 0;
    let mut replies = 0;
    loop {
        let table = Table::Processes;
        let reply = bench.ask(Query::Rows { table, of: 0, from });
        let mut rest = &reply.body[..];
        while !rest.is_empty() {
            let (row, left) =
                postcard::take_from_bytes::<Process<'_>>(rest).expect("a row");
            ids.push(row.id);
            rest = left;
        }
        replies += 1;
        match reply.head.next {
            Some(next) => from = next,
            None => break,
        }
    }
    assert_eq!(ids, (0..300).collect::<Vec<_>>());
    assert!(replies > 2);
    let mut status =
        |table, of| bench.ask(Query::Rows { table, of, from: 0 }).head.status;
    assert_eq!(status(Table::Messages, 7), Status::Answered);
    assert_eq!(status(Table::Messages, 6), Status::NoSuchMailbox);
    assert_eq!(status(Table::Ports, 0), Status::Unsupported);
}

#[test]
fn registers_are_those_of_the_task() {
    let mut bench = Bench::new();
    let reply = bench.ask(Query::Registers { task: Some(3) });
    let all: Registers = postcard::from_bytes(&reply.body).expect("all");
    assert_eq!(all.general[8], 0x0003_0008);
    assert_eq!(all.system[0], 0x8001_0011);
    let reply = bench.ask(Query::Registers { task: None });
    assert_eq!(reply.head.task, 1);
    let reply = bench.ask(Query::Registers { task: Some(4) });
    assert_eq!(reply.head.status, Status::NoSuchTask);
}

#[test]
fn one_query_waits_and_the_third_is_dropped() {
    let mut bench = Bench::new();
    let read =
        Query::Read { space: Space::Current, address: SHARED, len_bytes: 1000 };
    bench.line.give(&request(1, read));
    bench.session.on_interrupt();
    bench.line.give(&request(1, read)); // a resend of what is under way
    bench.line.give(&request(2, Query::Hello));
    bench.line.give(&request(3, Query::Hello));
    bench.run();
    let ids: Vec<u16> = payloads(&bench.line.taken())
        .iter()
        .map(|payload| {
            let content = query::checked(payload).expect("a CRC");
            let (head, _) =
                postcard::take_from_bytes::<ReplyHead>(&content[1..])
                    .expect("a head");
            head.id
        })
        .collect();
    assert_eq!(ids, [1, 2]);
}

#[test]
fn what_is_no_request_gets_a_reply_only_if_it_was_whole() {
    let mut bench = Bench::new();
    let mut damaged = request(1, Query::Hello);
    damaged[2] ^= 1;
    bench.line.give(&damaged);
    bench.run();
    assert_eq!(bench.line.taken(), b"");
    for version in [query::VERSION, query::VERSION + 1] {
        let mut body = vec![version, 5, 0x7F];
        let crc = query::CRC.checksum(&body);
        body.extend(crc.to_le_bytes());
        bench.line.give(&query_frame::<Vec<u8>>(&body));
        let interrupts = bench.run();
        let reply = parse(&bench.line.taken(), interrupts);
        assert_eq!(reply.head.status, Status::NotUnderstood);
        let id = if version == query::VERSION { 5 } else { 0 };
        assert_eq!(reply.head.id, id);
    }
}

#[test]
fn a_reply_under_way_is_finished_before_a_stop_is_told() {
    let mut bench = Bench::new();
    let query =
        Query::Read { space: Space::Current, address: SHARED, len_bytes: 500 };
    bench.line.give(&request(1, query));
    bench.session.on_interrupt();
    let mut sent = bench.line.taken();
    assert!(sent.len() <= 16);
    // A debugger comes, and goes: all is polled while stopped.
    bench.line.give(b"$qSupported#37+$D#44");
    let resume = bench.session.on_interrupt();
    assert_eq!(resume, Some(GO_ON));
    sent.extend(bench.line.taken());
    let end = sent.iter().position(|byte| *byte == b'#').expect("an end");
    let (query, rest) = sent.split_at(end + 3);
    assert_eq!(parse(query, 0).body.len(), 500);
    assert!(rest.starts_with(b"+$PacketSize="), "{rest:?}");
    assert!(rest.ends_with(b"+$OK#9a"), "{rest:?}");
}

#[test]
fn a_stopped_system_answers_too_and_says_why_it_stands() {
    let kernel = Kernel::attached();
    let line = &kernel.debugger.line;
    kernel.debugger.say("vCont;c");
    kernel.resumed();
    let address = VirtAddr(0x10);
    kernel.trap_at(0x1234, Stop::Fault { vector: 14, code: 2, address });
    kernel.debugger.hear();
    line.give(&request(9, Query::Hello));
    let mut bytes = Vec::new();
    while bytes.last() != Some(&b'#') {
        bytes.push(line.take());
    }
    bytes.extend([line.take(), line.take()]);
    let reply = parse(&bytes, 0);
    assert!(!reply.head.running);
    let (pause_us, stolen_us) = (0, 0);
    assert_eq!(reply.trailer, Trailer { pause_us, stolen_us, boot: BOOT });
    let hello: Hello<'_> = postcard::from_bytes(&reply.body).expect("hello");
    let stop = hello.stop.expect("it is stopped");
    assert_eq!((stop.task, stop.eip), (1, VirtAddr(0x1234)));
    assert_eq!(stop.reason, "page fault at 0x00000010, error code 0x2");
    assert!(kernel.debugger.ask("?").starts_with("T0b"));
}

#[test]
fn breakpoints_do_not_show_in_a_query_either() {
    let mut bench = Bench::new();
    let packet = format!("Z0,{SHARED:x},1");
    let packet = crate::debugger::frame(packet.as_bytes());
    bench.line.give(&crate::debugger::frame(GDB.as_bytes()));
    bench.line.give(b"+");
    bench.line.give(&packet);
    bench.line.give(b"+$vCont;c#a8");
    let mut interrupts = (0..10).map(|_| bench.session.on_interrupt());
    assert_eq!(interrupts.find_map(|resume| resume), Some(GO_ON));
    bench.line.taken();
    assert_eq!(bench.machine.byte(1, SHARED), 0xCC);
    let physical = {
        let state = bench.machine.state();
        state.frame_of(state.tasks[&1].directory.0, SHARED)
    };
    for (space, address) in
        [(Space::Task(2), SHARED), (Space::Physical, physical)]
    {
        let query = Query::Read { space, address, len_bytes: 2 };
        assert_eq!(bench.ask(query).body, [1, 8]);
    }
}
