//! The rows of processes and their tasks.

use super::id_list::IdList;
use super::records;
use crate::debugger::collector::{Asked, Collector};
use crate::debugger::tasks;
use crate::records::process::Process;
use crate::records::table::Slot;
use crate::records::task::Task;
use abi::Text;
use layout::VirtAddr;
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::i386::general;
use wire::rows;

impl Collector for rows::Process<'_> {
    const SOURCES: &'static [Structure] =
        &[Structure::Processes, Structure::Tasks, Structure::Lists];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let mut ids = IdList::new();
        records::collect(asked.from, sink, |process: &Slot<Process>, sink| {
            let tasks = ids.fill(process.tasks.iter().map(Slot::id));
            let row = rows::Process {
                id: process.id(),
                name: Text(&process.name).as_str(),
                image: Some(process.image.get()).filter(|image| *image != 0),
                tasks,
                pages: process.pages.get(),
            };
            sink.push(process.id(), &row)
        })
    }
}

impl Collector for rows::Thread<'_> {
    const SOURCES: &'static [Structure] = &[Structure::Tasks];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        records::collect(asked.from, sink, |task: &Slot<Task>, sink| {
            let registers = tasks::registers(asked.window, task.id());
            let eip = registers.map_or(0, |registers| registers[general::EIP]);
            let row = rows::Thread {
                id: task.id(),
                process: task.process,
                name: Text(&task.name).as_str(),
                state: task.state.get(),
                waits_for: task.waits_for.get(),
                eip: VirtAddr(eip),
                cr3: task.directory,
            };
            sink.push(task.id(), &row)
        })
    }
}
