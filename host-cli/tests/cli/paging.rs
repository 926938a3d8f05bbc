//! Tables and memory that do not fit one answer.

use crate::kernel::{Kernel, byte};
use crate::peer::{Peer, head, reply};
use wire::query::Query;

#[test]
fn a_table_in_pages_is_the_same_table() {
    for line in ["threads", "processes", "mailboxes", "regions", "layout"] {
        let whole = Kernel::new().peer().run(&["--json", line]).json();
        let mut kernel = Kernel::new();
        kernel.rows_a_page = 1;
        let run = kernel.peer().run(&["--json", line]);
        assert_eq!(run.code, Some(0), "{run:?}");
        let pages = run.json();
        assert_eq!(pages["consistent"], true);
        let member =
            whole.as_object().and_then(|object| object.keys().next_back());
        let member = member.expect("a member");
        assert_eq!(pages[member], whole[member]);
    }
}

#[test]
fn a_table_that_changes_all_the_time_is_given_with_a_warning() {
    let changing = || {
        let mut kernel = Kernel::new();
        kernel.rows_a_page = 2;
        kernel.generation_step = 1;
        kernel.peer()
    };
    let document = changing().run(&["--json", "threads"]).json();
    assert_eq!(document["consistent"], false);
    assert_eq!(document["threads"].as_array().map(Vec::len), Some(6));
    let run = changing().run(&["threads"]);
    assert!(run.stderr.contains("during a change"), "{run:?}");
}

#[test]
fn a_table_that_changed_once_is_asked_for_again() {
    let mut kernel = Kernel::new();
    kernel.rows_a_page = 3;
    let mut asked = 0;
    let peer = Peer::answering(move |request| {
        asked += 1;
        // The second page is of another generation; then all is quiet.
        kernel.generation_step = u32::from(asked == 2);
        Some(kernel.answer(&request))
    });
    let document = peer.run(&["--json", "threads"]).json();
    assert_eq!(document["consistent"], true);
    assert_eq!(document["threads"].as_array().map(Vec::len), Some(6));
}

#[test]
fn a_table_that_leads_back_to_its_start_is_refused() {
    let peer = Peer::answering(|request| {
        let mut head = head(&request);
        head.next = Some(0);
        Some(reply(&head, &[]))
    });
    peer.run(&["threads"]).fails(5, "makes no sense");
}

fn expected(address: u32, len: u32) -> Vec<u8> {
    (address..address + len).map(byte).collect()
}

#[test]
fn a_long_read_is_pieced_together_in_a_file() {
    let peer = Kernel::new().peer();
    let run = peer.run(&["read", "0x100000", "256KiB", "-o", "dump"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stdout, "");
    let dump = std::fs::read(peer.directory().join("dump")).expect("a file");
    assert!(dump == expected(0x10_0000, 256 << 10));
}

#[test]
fn a_long_read_of_the_current_task_stays_with_that_task() {
    let mut kernel = Kernel::new();
    let mut spaces = 0;
    let peer = Peer::answering(move |request| {
        if let Query::Read { space, .. } = request.query {
            use wire::query::Space::{Current, Task};
            let wanted = if spaces == 0 { Current } else { Task(1) };
            assert_eq!(space, wanted);
            spaces += 1;
        }
        Some(kernel.answer(&request))
    });
    let run = peer.run(&["--json", "read", "0x100000", "20KiB"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn a_read_keeps_two_questions_in_flight() {
    let mut kernel = Kernel::new();
    let mut held = None;
    // Answers a question only once the next is there, but for the first,
    // which settles the task, and the last.
    let mut count = 0;
    let peer = Peer::answering(move |request| {
        count += 1;
        let answer = kernel.answer(&request);
        let last =
            matches!(request.query, Query::Read { address: 0x0010_3F00.., .. });
        match count {
            1 => Some(answer),
            _ if last => {
                Some([held.take().unwrap_or_default(), answer].concat())
            }
            _ => Some(held.replace(answer).unwrap_or_default()),
        }
    });
    // Five pieces: had each waited for the one before, this would have
    // been given up.
    let run = peer.run(&[
        "--json",
        "--timeout=2000",
        "read",
        "0x100000",
        &(4 * 4032 + 512).to_string(),
    ]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn a_read_of_unmapped_memory_returns_what_precedes_it() {
    let peer = Kernel::new().peer();
    let run = peer.run(&["--json", "read", "0x0d001ff0", "8KiB", "-o", "dump"]);
    run.fails(5, "nothing is mapped at 0x0d003000 in task 1");
    let document = run.json();
    assert_eq!(document["error"]["code"], "refused");
    assert_eq!(document["read"]["address"], "0x0d001ff0");
    assert_eq!(document["read"]["bytes"], 0x1010);
    let data = [expected(0xD0_1FF0, 16), expected(0xD0_2000, 4096)].concat();
    let digits: String = data.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(document["read"]["data"], digits.as_str());
    let dump = peer.directory().join("dump.partial");
    let dump = std::fs::read(dump).expect("a file");
    assert!(dump == data);
}

#[test]
fn a_read_where_nothing_is_mapped_has_empty_data() {
    let run = Kernel::new().peer().run(&["--json", "read", "0", "4"]);
    run.fails(5, "nothing is mapped at 0x00000000");
    assert_eq!(run.json()["read"]["data"], "");
    assert_eq!(run.json()["read"]["bytes"], 0);
}

#[test]
fn the_last_bytes_of_the_address_space_can_be_read() {
    let run = Kernel::new().peer().run(&["--json", "read", "0xfffffffc", "4"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.json()["read"]["bytes"], 4);
    let run = Kernel::new().peer().run(&["read", "0xfffffffc", "5"]);
    run.fails(2, "run past the end of the address space");
}
