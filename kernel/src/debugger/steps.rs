//! Instructions that need care when they are single-stepped.

use crate::debugger::tasks;
use crate::machine::selectors::KERNEL_CODE;
use crate::memory::physical::PhysicalWindow;
use layout::paging::walk;
use layout::{PhysAddr, VirtAddr};
use stub::Prefixes;
use wire::i386::general::{CS, EIP};

const NOP: u8 = 0x90;
/// With this prefix, wherever it is among others, a `nop` is a `pause`.
const REP: u8 = 0xF3;
const LOCK: u8 = 0xF0;
const STI: u8 = 0xFB;
const HLT: u8 = 0xF4;

/// Prepares a step of `task`; returns whether the step will halt until an
/// interrupt comes.
pub(super) fn prepare(task: u32) -> bool {
    look(&mut PhysicalWindow::new(), task).unwrap_or(false)
}

fn look(window: &mut PhysicalWindow, task: u32) -> Option<bool> {
    let registers = tasks::registers(window, task)?;
    let (start, cs) = (registers[EIP], registers[CS]);
    let directory = tasks::directory(task)?;
    let mut code = Code { window, directory };
    let mut at = start;
    let (mut is_repeated, mut is_locked) = (false, false);
    let opcode = loop {
        let byte = code.byte(at)?;
        if !Prefixes::has(byte) || at.wrapping_sub(start) >= Prefixes::LONGEST {
            break byte;
        }
        is_repeated |= byte == REP;
        is_locked |= byte == LOCK;
        at = at.wrapping_add(1);
    };
    if is_locked {
        // Neither may be: they fault.
        return Some(false);
    }
    if opcode == NOP && is_repeated {
        // QEMU 7.2 loses TF at `pause` and executes the next instruction as
        // well. The `nop` in it does the same.
        tasks::set_register(window, task, EIP, at);
        return Some(false);
    }
    let halts = match opcode {
        HLT => true,
        STI => code.byte(at.wrapping_add(1)) == Some(HLT),
        _ => false,
    };
    Some(halts && cs == u32::from(KERNEL_CODE))
}

/// A task's code, read as far as it matters.
struct Code<'w> {
    window: &'w mut PhysicalWindow,
    directory: PhysAddr,
}

impl Code<'_> {
    fn byte(&mut self, at: u32) -> Option<u8> {
        let walk = walk(self.window, self.directory, VirtAddr(at)).ok()?;
        let mut byte = [0];
        self.window.read(walk.physical()?, &mut byte).ok()?;
        let [byte] = byte;
        Some(byte)
    }
}
