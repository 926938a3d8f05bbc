//! `info`: the stub, the kernel, and the state of the line.
//!
#![doc = "```text"]
#![doc = include_str!("../../tests/golden/info.txt")]
#![doc = "```"]

use super::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Outcome, Report};
use crate::terminal::table::{counted, plain};
use layout::VirtAddr;
use serde::Serialize;
use std::fmt::{self, Write};
use wire::query::{LineFaults, VERSION};

const EXAMPLE: &str =
    concat!("Example:\n\n", include_str!("../../tests/golden/info.txt"));

/// The stub and the kernel, why it is stopped, and the state of the line
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub struct Args {}

#[derive(Serialize)]
struct Info {
    link: Link,
    stub: Stub,
    image: Image,
    stop: Option<Stop>,
}

#[derive(Serialize)]
struct Link {
    port: String,
    uart: String,
    baud: u32,
    round_trip_us: u64,
    #[serde(flatten)]
    faults: LineFaults,
}

#[derive(Serialize)]
struct Stub {
    name: String,
    kernel: String,
    query_version: u8,
    ticks: u32,
    ticks_per_second: u32,
    frames: u32,
    free_frames: u32,
}

#[derive(Serialize)]
struct Image {
    matches: Option<bool>,
    build_id: Option<String>,
}

#[derive(Serialize)]
struct Stop {
    task: u32,
    eip: VirtAddr,
    reason: String,
}

impl Run for Args {
    const MEMBERS: &'static [&'static str] = &["link", "stub", "image", "stop"];

    fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let images = context.images()?;
        let greeting = context.target()?.hello()?;
        let hello = greeting.hello()?;
        let build_id = hello.build_id;
        let link = Link {
            port: format!("com{}", hello.port),
            uart: plain(hello.uart),
            baud: hello.baud,
            round_trip_us: greeting.round_trip.as_micros() as u64,
            faults: hello.faults,
        };
        let stub = Stub {
            name: plain(hello.stub),
            kernel: plain(hello.kernel),
            query_version: VERSION,
            ticks: hello.ticks,
            ticks_per_second: hello.ticks_per_second,
            frames: hello.frames,
            free_frames: hello.free_frames,
        };
        let image = Image {
            matches: images.matches(),
            build_id: (!build_id.0.is_empty()).then(|| build_id.to_string()),
        };
        let stop = hello.stop.map(|stop| Stop {
            task: stop.task,
            eip: stop.eip,
            reason: plain(stop.reason),
        });
        Ok(Outcome::answered(context.form(), &Info { link, stub, image, stop }))
    }
}

impl Report for Info {
    fn text(&self, out: &mut dyn Write) -> fmt::Result {
        let Self { link, stub, image, stop } = self;
        writeln!(out, "stub     {}", stub.name)?;
        writeln!(out, "kernel   {}", stub.kernel)?;
        let image = match (image.matches, &image.build_id) {
            (Some(true), _) => "matches the one given",
            (Some(false), _) => "differs from the one given",
            (None, Some(build_id)) => build_id,
            (None, None) => "has no build id",
        };
        writeln!(out, "image    {image}")?;
        match stop {
            None => writeln!(out, "system   running")?,
            Some(Stop { task, eip, reason }) => writeln!(
                out,
                "system   stopped in task {task} at {eip}: {reason}"
            )?,
        }
        let Stub { ticks, ticks_per_second, frames, free_frames, .. } = stub;
        let seconds = ticks / (*ticks_per_second).max(1);
        writeln!(
            out,
            "timer    {ticks} ticks, {ticks_per_second} a second: up {} min \
             {} s",
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
}
