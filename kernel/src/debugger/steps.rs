//! Instructions that need care when they are single-stepped.

use crate::debugger::tasks;
use crate::machine::selectors::KERNEL_CODE;
use crate::memory::physical::PhysicalWindow;
use layout::VirtAddr;
use layout::paging::walk;
use wire::i386::general::{CS, EIP};

/// `pause` is a `nop` with a prefix.
const PAUSE: [u8; 2] = [0xF3, 0x90];
const STI: u8 = 0xFB;
const HLT: u8 = 0xF4;

/// Prepares a step of `task`; returns whether the step will halt until an
/// interrupt comes.
pub(super) fn prepare(task: u32) -> bool {
    look(&mut PhysicalWindow::new(), task).unwrap_or(false)
}

fn look(window: &mut PhysicalWindow, task: u32) -> Option<bool> {
    let registers = tasks::registers(window, task)?;
    let (at, cs) = (registers[EIP], registers[CS]);
    let directory = tasks::directory(task)?;
    let mut code = [0; 2];
    for (byte, address) in code.iter_mut().zip(at..) {
        let walk = walk(window, directory, VirtAddr(address)).ok()?;
        let mut read = [0];
        window.read(walk.physical()?, &mut read).ok()?;
        [*byte] = read;
    }
    if code == PAUSE {
        // QEMU 7.2 loses TF at it and executes the next instruction as well.
        tasks::set_register(window, task, EIP, at.wrapping_add(1));
    }
    let sleeps = matches!(code, [HLT, _] | [STI, HLT]);
    Some(sleeps && cs == u32::from(KERNEL_CODE))
}
