//! What the README and the pages under `docs` show of a terminal is what is
//! said there: each of their sessions is held, to the letter. [`page`] says what
//! may differ.

use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::artifacts;
use tests::clients::host_cli;
use tests::line::Endpoint;
use tests::machine::Setup;
use tests::scenes::page::{self, Place};

/// Where the pages have the socket of a machine; ours has a path of its own.
const LINE: &str = "/tmp/line";

/// The pages, apart from the README, whose sessions are held here.
const PAGES: [&str; 2] = ["conditions.md", "gdb.md"];

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a directory can be made")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = artifacts::root().join(path);
    let text = fs::read_to_string(&path);
    text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_readmes_sessions_are_what_is_said() {
    // The time of a build must not count.
    artifacts::directory();
    let scratch = scratch();
    let line = scratch.path().join("line");
    let names = [(LINE, line.to_str().expect("text"))];
    let place = Place { directory: artifacts::root(), scratch: scratch.path() };
    let sessions = page::sessions(&read("README.md"), &names);
    let [run, rest @ ..] = &*sessions else { panic!("it has sessions") };
    let _machine = page::begin(run, place);
    let _tasks = host_cli::whole_demo(&Endpoint::Unix(line));
    assert!(rest.len() >= 3, "host-cli, gdb, lldb");
    for session in rest {
        page::hold(session, place);
    }
}

/// Holds a page's sessions with gdb or lldb, each in a terminal of its own,
/// where the debugger is attached as the README says.
#[track_caller]
fn hold(name: &str, least: usize) {
    let machine = Setup::demo().boot();
    let Endpoint::Unix(line) = machine.endpoint().clone() else {
        panic!("it has a socket");
    };
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let scratch = scratch();
    let place =
        Place { directory: artifacts::directory(), scratch: scratch.path() };
    let line = line.to_str().expect("text");
    let sessions = page::sessions(&read(Path::new("docs").join(name)), &[]);
    assert!(sessions.len() >= least, "{name} has {}", sessions.len());
    for session in sessions {
        let attached = if session.starts_with("(lldb) ") {
            format!(
                "$ lldb\n...\n(lldb) target create --arch \
                 i386-unknown-unknown-elf kernel.elf\n...\n\
                 (lldb) process connect --plugin gdb-remote \
                 unix-connect://{line}\n...\n"
            )
        } else {
            format!("$ gdb kernel.elf\n...\n(gdb) target remote {line}\n...\n")
        };
        page::hold(&(attached + &session), place);
    }
}

#[test]
fn the_sessions_with_plain_gdb_are_what_is_said() {
    hold("gdb.md", 4);
}

#[test]
fn the_sessions_with_conditions_are_what_is_said() {
    hold("conditions.md", 2);
}

#[test]
fn no_page_shows_a_session_that_is_not_held() {
    let pages = fs::read_dir(artifacts::root().join("docs"));
    let pages: Vec<PathBuf> = pages
        .expect("it can be listed")
        .map(|page| page.expect("it can be listed").path())
        .filter(|page| page.extension().is_some_and(|end| end == "md"))
        .collect();
    for page in pages {
        let name = page.file_name().and_then(|name| name.to_str());
        let name = name.expect("text");
        let text = read(&page);
        let is_held = PAGES.contains(&name);
        assert_eq!(!page::sessions(&text, &[]).is_empty(), is_held, "{name}");
        let shows =
            |prompt: &str| text.contains(&format!("\n```text\n{prompt}"));
        assert!(!shows("$ ") && !shows("(gdb) "), "{name}");
    }
}
