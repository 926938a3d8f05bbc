//! What host-cli says of the kernel's records is what gdb reads in them, by the
//! kernel's debug information: nothing of this goes through the tables that
//! the stub prints.

use serde_json::{Value, json};
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::line::multiplexer::Multiplexer;
use tests::machine::Setup;

/// A table of records, as gdb sees it.
struct Table {
    slot: String,
    addresses: Vec<u32>,
}

impl Table {
    /// Finds the records of a type in its table, by their ids.
    fn find(gdb: &mut Gdb, module: &str, table: &str, record: &str) -> Self {
        let of = format!("'kernel::records::{module}::{table}'");
        let slot = format!(
            "'kernel::records::table::Slot<kernel::records::{module}::{record}>'"
        );
        let base = gdb.number(&format!("{of}.base.__0"));
        let count = gdb.number(&format!("{of}.used_slots.value.value"));
        let bytes = gdb.number(&format!("sizeof({slot})"));
        let mut table = Self { slot, addresses: Vec::new() };
        let mut all: Vec<_> = (0..count)
            .map(|index| base + index * bytes)
            .map(|at| (table.number(gdb, at, "id.value.value"), at))
            .filter(|(id, _)| *id != 0)
            .collect();
        all.sort_unstable();
        table.addresses = all.into_iter().map(|(_, at)| at).collect();
        table
    }

    /// Returns a member of the record at an address.
    fn number(&self, gdb: &mut Gdb, at: u32, member: &str) -> u32 {
        gdb.number(&format!("(({} *) {at:#x})->{member}", self.slot))
    }

    /// Returns a member that is a name.
    fn name(&self, gdb: &mut Gdb, at: u32, member: &str) -> String {
        let place = format!("(({} *) {at:#x})->{member}", self.slot);
        let said = gdb.command(&format!("printf \"<%s>\\n\", {place}"));
        let said = said.split_once('<').and_then(|(_, it)| it.split_once('>'));
        said.expect("a name").0.to_owned()
    }

    /// Returns what `row` makes of each record.
    fn rows(
        &self,
        gdb: &mut Gdb,
        row: impl Fn(&mut Gdb, &Self, u32) -> Value,
    ) -> Vec<Value> {
        self.addresses.iter().map(|at| row(gdb, self, *at)).collect()
    }
}

/// Returns these members of each row that host-cli tells.
fn told(rows: &[Value], members: &[&str]) -> Vec<Value> {
    let only = |row: &Value| {
        members.iter().map(|name| (*name, row[*name].clone())).collect()
    };
    rows.iter().map(only).collect()
}

fn address(value: u32) -> String {
    format!("{value:#010x}")
}

/// Returns a number that is absent where it is 0.
fn if_any(value: u32) -> Option<u32> {
    (value != 0).then_some(value)
}

fn tasks(gdb: &mut Gdb) -> Vec<Value> {
    let tasks = Table::find(gdb, "task", "TASKS", "Task");
    tasks.rows(gdb, |gdb, task, at| {
        json!({
            "id": task.number(gdb, at, "id.value.value"),
            "process": task.number(gdb, at, "value.process"),
            "name": task.name(gdb, at, "value.name"),
            "cr3": address(task.number(gdb, at, "value.directory.__0")),
        })
    })
}

fn processes(gdb: &mut Gdb, tasks: &[Value]) -> Vec<Value> {
    let processes = Table::find(gdb, "process", "PROCESSES", "Process");
    processes.rows(gdb, |gdb, process, at| {
        let id = process.number(gdb, at, "id.value.value");
        let own = tasks.iter().filter(|task| task["process"] == id);
        json!({
            "id": id,
            "name": process.name(gdb, at, "value.name"),
            "image": if_any(process.number(gdb, at, "value.image.value.value")),
            "pages": process.number(gdb, at, "value.pages.value.value"),
            "tasks": own.map(|task| task["id"].clone()).collect::<Vec<_>>(),
        })
    })
}

fn mailboxes(gdb: &mut Gdb) -> Vec<Value> {
    let mailboxes = Table::find(gdb, "mailbox", "MAILBOXES", "Mailbox");
    mailboxes.rows(gdb, |gdb, mailbox, at| {
        let mut number = |member| mailbox.number(gdb, at, member);
        json!({
            "id": number("id.value.value"),
            "owner_process": number("value.owner_process"),
            "owner_task": number("value.owner_task"),
            "capacity_bytes": number("value.capacity_bytes"),
            "waiting_reader": if_any(number("value.reader.value.value")),
        })
    })
}

fn windows(gdb: &mut Gdb) -> Vec<Value> {
    let attachments = Table::find(gdb, "window", "ATTACHMENTS", "Attachment");
    let attachments = attachments.rows(gdb, |gdb, attachment, at| {
        let mut number = |member| attachment.number(gdb, at, member);
        json!({
            "window": number("value.window"),
            "process": number("value.process"),
            "start": address(number("value.start.__0")),
            "writable": number("value.is_writable") != 0,
        })
    });
    let windows = Table::find(gdb, "window", "WINDOWS", "Window");
    windows.rows(gdb, |gdb, window, at| {
        let mut number = |member| window.number(gdb, at, member);
        let id = number("id.value.value");
        let own = attachments.iter().filter(|it| it["window"] == id);
        let own = own.map(|it| {
            let mut it = it.clone();
            it.as_object_mut().expect("a row").shift_remove("window");
            it
        });
        json!({
            "id": id,
            "owner_process": if_any(number("value.owner_process.value.value")),
            "mailbox": if_any(number("value.mailbox")),
            "attachments": own.collect::<Vec<_>>(),
        })
    })
}

#[test]
fn every_record_is_told_as_gdb_reads_it() {
    let machine = Setup::demo().boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    let shared = Multiplexer::new(machine.endpoint());
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.command("set language c");
    gdb.attach(&shared.debugger().for_gdb());
    let all = |table: &str, members: &[&str]| {
        let answer = host_cli::json(&shared.queries(), &[table]);
        told(answer.rows(table), members)
    };
    let of_tasks = tasks(&mut gdb);
    assert!(of_tasks.len() > 10, "{of_tasks:?}");
    assert_eq!(all("threads", &["id", "process", "name", "cr3"]), of_tasks);
    let of_processes = processes(&mut gdb, &of_tasks);
    let members = ["id", "name", "image", "pages", "tasks"];
    assert_eq!(all("processes", &members), of_processes);
    let of_mailboxes = mailboxes(&mut gdb);
    assert!(of_mailboxes.len() > 2, "{of_mailboxes:?}");
    let members = [
        "id",
        "owner_process",
        "owner_task",
        "capacity_bytes",
        "waiting_reader",
    ];
    assert_eq!(all("mailboxes", &members), of_mailboxes);
    let of_windows = windows(&mut gdb);
    assert!(!of_windows.is_empty(), "{of_windows:?}");
    let members = ["id", "owner_process", "mailbox", "attachments"];
    assert_eq!(all("windows", &members), of_windows);
    // A record that gdb changes is told as changed, and noticed.
    let mailboxes = Table::find(&mut gdb, "mailbox", "MAILBOXES", "Mailbox");
    let (slot, at) = (&mailboxes.slot, mailboxes.addresses[0]);
    let place = format!("(({slot} *) {at:#x})->value.owner_task");
    let before = gdb.number(&place);
    gdb.command(&format!("set var {place} = 77"));
    let told = all("mailboxes", &["owner_task"]);
    assert_eq!(told[0]["owner_task"], 77);
    assert_ne!(told[0]["owner_task"], of_mailboxes[0]["owner_task"]);
    gdb.command(&format!("set var {place} = {before}"));
    gdb.command("detach");
}
