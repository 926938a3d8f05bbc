//! Editors: their debug adapters attach, break in a program, and step.
//!
//! The editors themselves are not started. What each sends its adapter is in
//! `docs/editors.md`, from which these sessions are.

use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;
use tests::artifacts;
use tests::clients::dap::Dap;
use tests::clients::host_cli;
use tests::clients::mi::Mi;
use tests::clients::version;
use tests::host::process;
use tests::line::Endpoint;
use tests::machine::{Machine, Serial, Setup};
use tests::scenes::ticks;

const SOON: Duration = Duration::from_secs(30);

fn boot() -> Machine {
    let machine = Setup::demo().serial(Serial::Tcp).boot();
    let _tasks = host_cli::whole_demo(machine.endpoint());
    machine
}

/// Returns lldb's adapter, by any of its names.
fn lldbs_adapter() -> Option<String> {
    let names = ["lldb-dap", "lldb-vscode", "lldb-vscode-14"];
    let names = names.into_iter().map(str::to_owned);
    let newer = (15..30).map(|version| format!("lldb-dap-{version}"));
    let is_there = |name: &String| {
        let found = Command::new(name).arg("--help").output();
        found.is_ok_and(|it| it.status.success())
    };
    let found = names.chain(newer).find(is_there);
    if found.is_none() {
        println!("passed over: lldb's adapter is not installed");
    }
    found
}

/// Returns an entry of the launch file that `./x editor` writes.
fn entry(endpoint: &Endpoint, kind: &str) -> Value {
    let print = "out=$1 address=$2; . ./scripts/editor.sh; launch_file";
    let mut shell = Command::new("sh");
    shell.current_dir(artifacts::root());
    let address = endpoint.for_gdb();
    shell.args(["-eu", "-c", print, "sh", path("").trim_end_matches('/')]);
    let said = process::run(shell.arg(address), SOON);
    let file: Value =
        serde_json::from_str(&said.stdout).expect("it is one document");
    let entries = file["configurations"].as_array().expect("entries");
    let found = entries.iter().find(|entry| entry["type"] == kind);
    found.expect("there is one").clone()
}

fn path(name: &str) -> String {
    artifacts::directory().join(name).display().to_string()
}

/// Returns the frames of a thread, and the id of the first.
fn frames(dap: &mut Dap, thread: &Value) -> (Vec<Value>, Value) {
    let stack = dap.ask("stackTrace", &json!({"threadId": thread}));
    let frames = stack["stackFrames"].as_array().expect("frames").clone();
    let first = frames[0]["id"].clone();
    (frames, first)
}

/// Returns the variables of each scope of a frame.
fn scopes(dap: &mut Dap, frame: &Value) -> Vec<(String, Vec<Value>)> {
    let scopes = dap.ask("scopes", &json!({"frameId": frame}));
    let scopes = scopes["scopes"].as_array().expect("scopes").clone();
    let variables = |scope: Value| {
        let reference = &scope["variablesReference"];
        let of = json!({"variablesReference": reference});
        let all = dap.ask("variables", &of)["variables"].clone();
        let name = scope["name"].as_str().expect("a name").to_owned();
        (name, all.as_array().expect("variables").clone())
    };
    scopes.into_iter().map(variables).collect()
}

fn is_named(value: &Value, name: &str) -> bool {
    value["name"].as_str().is_some_and(|it| it.contains(name))
}

/// What every editor does once a breakpoint was hit in `function`.
fn look_step_and_go(dap: &mut Dap, function: &str) -> Value {
    let stop = dap.event("stopped");
    assert_eq!(stop["reason"], "breakpoint", "{stop}");
    let thread = stop["threadId"].clone();
    let threads = dap.ask("threads", &json!({}))["threads"].clone();
    let threads = threads.as_array().expect("threads");
    let is_it = |it: &&Value| it["id"] == thread;
    let stopped = threads.iter().find(is_it).expect("it is listed");
    assert!(is_named(stopped, "source"), "{stopped}");
    let (frames, first) = frames(dap, &thread);
    assert!(is_named(&frames[0], function), "{frames:?}");
    assert!(frames[0]["line"].as_u64() > Some(0), "{frames:?}");
    let scopes = scopes(dap, &first);
    for scope in ["Registers", "ument", "ocal"] {
        let found = scopes.iter().any(|(name, _)| name.contains(scope));
        assert!(found || scope != "Registers", "{scope} in {scopes:?}");
    }
    for (request, reason) in [("next", "step"), ("stepIn", "step")] {
        dap.forget_events();
        dap.ask(request, &json!({"threadId": thread}));
        assert_eq!(dap.event("stopped")["reason"], reason);
    }
    let none = json!({"breakpoints": []});
    dap.ask("setFunctionBreakpoints", &none);
    dap.forget_events();
    dap.ask("continue", &json!({"threadId": thread}));
    thread
}

#[test]
fn gdbs_adapter_breaks_in_a_program_by_name() {
    if !version::is_at_least("gdb", 14) {
        return;
    }
    let mut machine = boot();
    let sysroot = format!("set sysroot {}", path(""));
    let mut command = Command::new("gdb");
    command.args(["-q", "-nx", "-i", "dap", "-iex", &sysroot]);
    let mut dap = Dap::start(&mut command);
    let target = machine.endpoint().for_gdb();
    let of = json!({"program": path("kernel.elf"), "target": target});
    let attach = dap.send("attach", &of);
    dap.event("initialized");
    let breakpoints = json!({"breakpoints": [{"name": "source::next_parcel"}]});
    dap.ask("setFunctionBreakpoints", &breakpoints);
    dap.ask("configurationDone", &json!({}));
    dap.answer(attach);
    dap.event("stopped");
    dap.ask("continue", &json!({"threadId": 1}));
    let thread = look_step_and_go(&mut dap, "source::next_parcel");
    ticks::wait_for(&mut machine, 1);
    dap.ask("pause", &json!({"threadId": thread}));
    dap.event("stopped");
    dap.ask("disconnect", &json!({}));
    ticks::wait_for(&mut machine, 1);
}

#[test]
fn lldbs_adapter_breaks_in_the_kernel_and_steps() {
    let Some(adapter) = lldbs_adapter() else { return };
    let mut machine = boot();
    let mut dap = Dap::start(&mut Command::new(adapter));
    let attach = dap.send("attach", &entry(machine.endpoint(), "lldb-dap"));
    dap.event("initialized");
    let function = "kernel::process::mailbox::send";
    let breakpoints = json!({"breakpoints": [{"name": function}]});
    dap.ask("setFunctionBreakpoints", &breakpoints);
    dap.ask("configurationDone", &json!({}));
    dap.answer(attach);
    // Version 14 tells of the stop at entry twice, the second time at any
    // moment, and may stop there again: go on as its user would. Where the
    // system runs, it passes over the request.
    let stop = loop {
        let stop = dap.event("stopped");
        if stop["reason"] == "breakpoint" {
            break stop;
        }
        dap.send("continue", &json!({"threadId": stop["threadId"]}));
    };
    let thread = stop["threadId"].clone();
    let (frames, first) = frames(&mut dap, &thread);
    // The innermost may be one that is inlined there.
    let is_there = frames.iter().any(|frame| is_named(frame, function));
    assert!(is_there, "{frames:?}");
    let scopes = scopes(&mut dap, &first);
    assert!(scopes.iter().any(|(name, _)| name == "Registers"));
    for request in ["next", "stepIn"] {
        dap.forget_events();
        dap.ask(request, &json!({"threadId": thread}));
        assert_eq!(dap.event("stopped")["reason"], "step");
    }
    dap.ask("setFunctionBreakpoints", &json!({"breakpoints": []}));
    dap.forget_events();
    dap.ask("continue", &json!({"threadId": thread}));
    ticks::wait_for(&mut machine, 1);
    dap.ask("pause", &json!({"threadId": thread}));
    dap.event("stopped");
    // Version 14 ends without an answer.
    dap.send("disconnect", &json!({"terminateDebuggee": false}));
    ticks::wait_for(&mut machine, 1);
}

/// What VS Code's C/C++ extension sends.
#[test]
fn gdbs_machine_interface_breaks_in_a_program_by_name() {
    let mut machine = boot();
    let mut mi = Mi::start();
    let entry = entry(machine.endpoint(), "cppdbg");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    for command in entry["setupCommands"].as_array().expect("commands") {
        mi.ask(&text(&command["text"]));
    }
    mi.ask("-gdb-set mi-async on");
    let program = text(&entry["program"]);
    mi.ask(&format!("-file-exec-and-symbols {program}"));
    let target = text(&entry["miDebuggerServerAddress"]);
    mi.ask(&format!("-target-select remote {target}"));
    let set = mi.ask("-break-insert source::next_parcel");
    assert!(set.contains("func=\"source::next_parcel\""), "{set}");
    mi.ask("-exec-continue");
    let stop = mi.stop();
    assert!(stop.contains("reason=\"breakpoint-hit\""), "{stop}");
    assert!(stop.contains("thread-id=\"3\""), "{stop}");
    let threads = mi.ask("-thread-info");
    assert!(threads.contains("source/source"), "{threads}");
    let frames = mi.ask("-stack-list-frames");
    assert!(frames.contains("func=\"source::main\""), "{frames}");
    let values = mi.ask("-data-list-register-values x 0 8 9");
    assert!(values.contains("number=\"8\""), "{values}");
    mi.ask("-exec-next");
    assert!(mi.stop().contains("end-stepping-range"));
    mi.ask("-break-delete");
    mi.ask("-exec-continue");
    ticks::wait_for(&mut machine, 1);
    mi.ask("-exec-interrupt");
    assert!(mi.stop().contains("SIGINT"));
    mi.ask("-target-detach");
    ticks::wait_for(&mut machine, 1);
}
