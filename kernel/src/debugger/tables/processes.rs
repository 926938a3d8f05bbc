//! The rows of processes and their tasks.

use super::id_list::IdList;
use super::records;
use crate::debugger::collector::Collector;
use crate::debugger::tasks;
use crate::memory::physical::PhysicalWindow;
use crate::records::process::{PROCESSES, Process};
use crate::records::table::Slot;
use crate::records::task::{TASKS, Task};
use abi::Text;
use layout::VirtAddr;
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::i386::general;
use wire::rows;

impl Collector for rows::Process<'_> {
    const SOURCES: &'static [Structure] =
        &[Structure::Processes, Structure::Tasks, Structure::Lists];

    fn collect(
        _: &mut PhysicalWindow,
        _: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        records::collect(&PROCESSES, from, sink, push_process)
    }
}

impl Collector for rows::Thread<'_> {
    const SOURCES: &'static [Structure] = &[Structure::Tasks];

    fn collect(
        window: &mut PhysicalWindow,
        _: u32,
        from: u32,
        sink: &mut RowSink<'_>,
    ) -> Result<(), NoRows> {
        records::collect(&TASKS, from, sink, |task, sink| {
            push_thread(window, task, sink)
        })
    }
}

fn push_process(process: &Slot<Process>, sink: &mut RowSink<'_>) -> bool {
    let tasks = IdList::of(process.tasks.iter().map(Slot::id));
    let row = rows::Process {
        id: process.id(),
        name: Text(&process.name).as_str(),
        tasks: tasks.ids(),
        pages: process.pages.get(),
    };
    sink.push(process.id(), &row)
}

fn push_thread(
    window: &mut PhysicalWindow,
    task: &Slot<Task>,
    sink: &mut RowSink<'_>,
) -> bool {
    let registers = tasks::registers(window, task.id());
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
}
