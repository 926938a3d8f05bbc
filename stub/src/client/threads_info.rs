//! `jThreadsInfo`: lldb's way to learn the names of tasks.

use super::exchange::Exchange;
use crate::embed::Machine;
use crate::storage::Text;
use crate::target::signal;
use core::fmt::Write;
use gdbstub::common::Signal;
use wire::i386::general::EIP;

/// The longest name, in bytes.
const NAME_BYTES: usize = 120;

/// More than one task takes, in bytes.
const TASK_BYTES: usize = 2 * NAME_BYTES + 100;

impl<M: Machine> Exchange<'_, M> {
    /// Lists the tasks, each with its name and EIP, as many as fit. lldb asks
    /// for the others one by one.
    pub(super) fn threads_info(&mut self) {
        let stopped = self.shown_stop();
        let Self { debuggee, reply, .. } = self;
        reply.clear();
        let mut last = 0;
        while reply.room() > TASK_BYTES
            && let Some(id) = debuggee.task_after(last)
        {
            reply.push(if last == 0 { b'[' } else { b',' });
            last = id;
            let mut name = Text::<NAME_BYTES>::new();
            // What is too long is cut off.
            let _ = debuggee.machine.describe_task(id, &mut name);
            let eip = debuggee.eip(id).0.swap_bytes();
            let mut out = reply.binary();
            // There is room.
            let _ = write!(out, "{{\"tid\":{id},\"name\":\"");
            for character in name.as_str().chars() {
                let _ = match character {
                    '"' | '\\' => write!(out, "\\{character}"),
                    character if character.is_control() => out.write_char(' '),
                    character => out.write_char(character),
                };
            }
            let _ = write!(out, "\",\"registers\":{{\"{EIP}\":\"{eip:08x}\"}}");
            if let Some((task, Signal(signal))) = stopped
                && task == id
            {
                let _ = write!(out, ",\"signal\":{signal}");
            }
            let _ = out.write_char('}');
        }
        if last != 0 {
            reply.push(b']');
        }
    }

    /// Returns the task that lldb believes has stopped, and its signal.
    fn shown_stop(&self) -> Option<(u32, Signal)> {
        let stopped = self.client.stop?;
        let shown = self.client.pin.task.unwrap_or(stopped.task);
        let is_real = shown == stopped.task;
        let signal =
            if is_real { signal(stopped.reason) } else { Signal::SIGINT };
        Some((shown, signal))
    }
}
