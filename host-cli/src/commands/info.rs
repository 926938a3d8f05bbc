//! `info`: the stub, the kernel, and the state of the line.
#![doc = manual!("info")]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;
use crate::target::{Error, Greeting, Seen};
use crate::terminal::table::{WIDTH, counted, plain, wrap};
use layout::VirtAddr;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::{self, Write};
use wire::query::{Hello, LineFaults, Stop, VERSION};

/// The stub and the kernel, why it is stopped, and the state of the line
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = example!("info"))]
pub struct Args {}

#[derive(Serialize)]
struct Link {
    port: String,
    uart: String,
    baud: u32,
    round_trip_us: u64,
    #[serde(flatten)]
    faults: LineFaults,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] =
        &["link", "stub", "image", "stop", "machine"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let images = context.images()?;
        let greeting = context.target()?.hello()?;
        let round_trip = match &greeting {
            Greeting::Kernel { round_trip, .. } => *round_trip,
            Greeting::Machine(seen) => return Ok(machine(context, seen)),
        };
        let hello = greeting.hello()?.ok_or(Error::Unsupported)?;
        let link = Link {
            port: format!("com{}", hello.port),
            uart: plain(hello.uart),
            baud: hello.baud,
            round_trip_us: round_trip.as_micros() as u64,
            faults: hello.faults,
        };
        let matches = images.matches();
        Ok(context.answer(
            || members(&hello, &link, matches),
            |out| text(out, &hello, &link, matches),
        ))
    }
}

/// Returns the build id of the kernel's image, if it has one.
fn build_id(hello: &Hello<'_>) -> Option<String> {
    let build_id = hello.build_id;
    (!build_id.0.is_empty()).then(|| build_id.to_string())
}

fn members(hello: &Hello<'_>, link: &Link, matches: Option<bool>) -> Value {
    let stop = hello.stop.as_ref().map(|Stop { task, eip, reason }| {
        json!({"task": task, "eip": eip, "reason": plain(reason)})
    });
    json!({
        "link": link,
        "stub": {
            "name": plain(hello.stub),
            "kernel": plain(hello.kernel),
            "query_version": VERSION,
            "ticks": hello.ticks,
            "ticks_per_second": hello.ticks_per_second,
            "frames": hello.frames,
            "free_frames": hello.free_frames,
        },
        "image": {"matches": matches, "build_id": build_id(hello)},
        "stop": stop,
        "machine": null,
    })
}

fn text(
    out: &mut dyn Write,
    hello: &Hello<'_>,
    link: &Link,
    matches: Option<bool>,
) -> fmt::Result {
    writeln!(out, "stub     {}", plain(hello.stub))?;
    writeln!(out, "kernel   {}", plain(hello.kernel))?;
    let build_id = build_id(hello);
    let image = match (matches, &build_id) {
        (Some(true), _) => "matches the one given",
        (Some(false), _) => "differs from the one given",
        (None, Some(build_id)) => build_id,
        (None, None) => "has no build id",
    };
    writeln!(out, "image    {image}")?;
    match &hello.stop {
        None => writeln!(out, "system   running")?,
        Some(Stop { task, eip, reason }) => writeln!(
            out,
            "system   stopped in task {task} at {eip}: {}",
            plain(reason)
        )?,
    }
    let Hello { ticks, ticks_per_second, frames, free_frames, .. } = hello;
    let seconds = ticks / (*ticks_per_second).max(1);
    writeln!(
        out,
        "timer    {ticks} ticks, {ticks_per_second} a second: up {} min {} s",
        seconds / 60,
        seconds % 60,
    )?;
    let size = u64::from(*frames) * u64::from(layout::PAGE_BYTES);
    writeln!(
        out,
        "memory   {frames} frames ({} KiB), {free_frames} free",
        size >> 10,
    )?;
    let Link { port, uart, baud, round_trip_us, faults } = link;
    let (millis, micros) = (round_trip_us / 1000, round_trip_us % 1000);
    writeln!(
        out,
        "line     {port}, {uart}, {baud} baud, round trip {millis}.{micros:03} ms"
    )?;
    let faults = faults.in_words().filter(|(n, _)| *n > 0);
    let faults: Vec<_> = faults.map(|(n, what)| counted(n, what)).collect();
    let faults =
        if faults.is_empty() { "none".into() } else { faults.join(", ") };
    writeln!(out, "faults   {faults}")
}

/// Returns what there is to say of a machine that only shows its registers and
/// memory.
fn machine(context: &Context, seen: &Seen) -> Outcome {
    context.answer(
        || {
            json!({
                "link": null,
                "stub": null,
                "image": null,
                "stop": null,
                "machine": {
                    "what": seen.what,
                    "offers": seen.offers.iter().map(|it| plain(it))
                        .collect::<Vec<_>>(),
                    "architecture": seen.architecture.as_deref().map(plain),
                    "signal": seen.signal,
                    "eip": seen.eip.map(VirtAddr),
                    "paging": seen.paging,
                    "recursive_slot": seen.recursive_slot,
                    "physical_memory": seen.physical,
                },
            })
        },
        |out| machine_text(out, seen),
    )
}

fn machine_text(out: &mut dyn Write, seen: &Seen) -> fmt::Result {
    let mut line = |name: &str, text: &str| -> fmt::Result {
        let mut name = name;
        for text in wrap(text, WIDTH - 12) {
            writeln!(out, "{name:<10}  {text}")?;
            name = "";
        }
        Ok(())
    };
    line("target", seen.what)?;
    if let Some(architecture) = &seen.architecture {
        line("processor", &plain(architecture))?;
    }
    if let Some(eip) = seen.eip {
        let signal = seen.signal.map(|signal| format!(", signal {signal}"));
        let signal = signal.unwrap_or_default();
        line("stopped", &format!("at {}{signal}", VirtAddr(eip)))?;
    }
    line("paging", &seen.paging)?;
    let slot = match seen.recursive_slot {
        Some(slot) => {
            let window = VirtAddr(slot * layout::regions::SLOT_BYTES);
            format!("slot {slot}: the page tables appear from {window} on")
        }
        None => "none".to_owned(),
    };
    line("recursive", &slot)?;
    let physical = seen.physical.as_deref();
    line("physical", physical.unwrap_or("not to be reached"))?;
    let offers: Vec<_> = seen.offers.iter().map(|it| plain(it)).collect();
    line("offers", &offers.join(" "))
}
