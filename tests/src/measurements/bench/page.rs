//! `docs/performance.md`, from what was measured.

use super::faults;
use super::results::{Action, Results, Section};
use super::sample::Sample;
use super::subject::Stub;
use super::table::Table;
use super::tap::{BAUD, Pace};
use std::fmt::Write as _;

impl Section {
    fn text(&self) -> String {
        let mut table = Table::new([
            "action", "stub", "B up", "B down", "trips", "s paced", "unpaced",
            "B ÷", "s ÷",
        ]);
        for action in &self.actions {
            for (stub, name) in [(Stub::Ours, "ours"), (Stub::Qemus, "QEMU's")]
            {
                if let Some(cells) = action.cells(stub, name) {
                    table.row(cells);
                }
            }
        }
        table.text()
    }
}

impl Action {
    fn cells(&self, stub: Stub, name: &str) -> Option<[String; 9]> {
        let paced = self.sample(stub, Pace::Paced)?;
        let unpaced = self.sample(stub, Pace::Unpaced);
        let other = self.sample(Stub::Qemus, Pace::Paced);
        let other = other.filter(|_| stub == Stub::Ours);
        let bytes =
            |sample: Sample| (sample.traffic.up + sample.traffic.down) as f64;
        let ratio = |of: &dyn Fn(Sample) -> f64| {
            let other = other.map_or(0.0, of);
            match other > 0.0 {
                true => format!("{:.2}", of(paced) / other),
                false => String::new(),
            }
        };
        Some([
            match stub {
                Stub::Qemus if self.has(Stub::Ours) => String::new(),
                _ => self.name.clone(),
            },
            name.to_owned(),
            paced.traffic.up.to_string(),
            paced.traffic.down.to_string(),
            paced.traffic.trips.to_string(),
            seconds(paced.seconds),
            unpaced.map_or(String::new(), |s| seconds(s.seconds)),
            ratio(&bytes),
            ratio(&|sample| sample.seconds),
        ])
    }

    fn has(&self, stub: Stub) -> bool {
        self.samples.iter().any(|(s, ..)| *s == stub)
    }
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.4}")
}

impl Results {
    /// Returns the page.
    ///
    /// # Panics
    ///
    /// Never: a string accepts everything.
    #[must_use]
    pub fn page(&self) -> String {
        let mut text = format!(
            "# What the stub costs\n\n\
             Written by `./x bench`; do not edit. Our stub, and QEMU's own \
             beside it in the\nsame run, on the same kernel with the same \
             programs. *Paced* is a line of\n{BAUD} baud, 8N1: 11520 bytes a \
             second each way; *unpaced* is a socket. Bytes\ncount framing and \
             acknowledgements. A trip is a packet or a frame to the\ntarget. \
             Bytes and trips of gdb's packets hardly differ from run to \
             run; host-cli\nasks again where a busy host is slow. Times are \
             those of one run on one host,\nQEMU emulating the processor \
             (TCG); one system runs at a time. Of 0x02800000\nand \
             0x05000000 as much of 64 KiB is read as is mapped there. The \
             last two columns\ndivide ours by QEMU's, paced.\n\n\
             *250 MIPS* is a processor of so many instructions a second \
             (QEMU's\n`-icount shift=2`): it tells what our code costs, and \
             not how the emulator makes\nit.\n\n\
             ## Budgets\n\n"
        );
        let mut budgets = Table::new(["what", "measured", "budget", "met"]);
        for budget in &self.budgets {
            budgets.row(budget.cells());
        }
        text += &budgets.text();
        let sections = [
            ("Single packets", &self.packets),
            ("Memory", &self.memory),
            ("Commands of gdb", &self.commands),
        ];
        for (title, section) in sections {
            writeln!(text, "\n## {title}\n").expect("a string takes all");
            text += &section.text();
        }
        text += "\n## A bad line\n\n\
            Requests of 64 bytes each: right / WRONG / given up. Packets are \
            checked by\ntheir sum of eight bits and tried four times; a \
            write is wrong if it was said to\nbe done and the bytes are \
            others. host-cli's frames have a CRC-32.\n\n";
        text += &faults::table(&self.faulty);
        text += "\n## Questions of host-cli\n\n\
            On a system of 100 processes and 400 tasks that goes on running. \
            Bytes and seconds\nare those of an unpaced line, seconds with \
            host-cli's own start. *Pause* is the\nlongest stretch with \
            interrupts off that a question has caused, *stolen* all\ntime it \
            has taken from the system, both in µs as the target measures \
            them:\nmedian and worst, on a processor of 250 million \
            instructions a second (QEMU's\n`-icount shift=2`). Without that, \
            an emulated processor's clock is the host's, and\nshows how slow \
            the emulator is at port I/O and how busy the host.\n\n";
        let mut looks = Table::new([
            "question",
            "B up",
            "B down",
            "trips",
            "s unpaced",
            "pause",
            "worst",
            "stolen",
            "worst",
        ]);
        for look in &self.looks {
            looks.row(look.cells());
        }
        text += &looks.text();
        text
    }
}
