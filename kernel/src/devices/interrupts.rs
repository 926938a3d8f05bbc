//! The two interrupt controllers (PICs): which IRQs are enabled.

use crate::cpu::{Port, read_port, write_port};
use crate::machine::vectors::{FIRST_VECTOR, IRQS};
use core::sync::atomic::{AtomicU32, Ordering};

/// The master's input to which the slave is connected.
pub(crate) const CASCADE: u8 = 2;
const END_OF_INTERRUPT: u8 = 0x20;
const READ_REQUESTED: u8 = 0x0A;
const READ_IN_SERVICE: u8 = 0x0B;

/// The number of spurious interrupts.
static SPURIOUS: AtomicU32 = AtomicU32::new(0);

/// The number of interrupts of each IRQ that have ended.
static ENDED: [AtomicU32; IRQS as usize] =
    [const { AtomicU32::new(0) }; IRQS as usize];

/// Programs both controllers, with every IRQ but the cascade masked.
pub(crate) fn initialise() {
    for (irq, wiring) in [(0, 1 << CASCADE), (8, CASCADE)] {
        let (command, data) = controller(irq);
        write_port(command, 0x11);
        write_port(data, FIRST_VECTOR + irq);
        write_port(data, wiring);
        write_port(data, 0x01);
        write_port(data, 0xFF);
    }
    unmask(CASCADE);
}

/// Unmasks `irq`.
pub(crate) fn unmask(irq: u8) {
    let (_, data) = controller(irq);
    write_port(data, read_port(data) & !(1 << (irq % 8)));
}

/// Returns the masked IRQs, as bits.
pub(crate) fn masked() -> u16 {
    let master = read_port(Port::MasterPicData);
    let slave = read_port(Port::SlavePicData);
    u16::from_le_bytes([master, slave])
}

/// Masks the IRQs whose bits are set, and no others.
pub(crate) fn set_masked(lines: u16) {
    let [master, slave] = lines.to_le_bytes();
    write_port(Port::MasterPicData, master);
    write_port(Port::SlavePicData, slave);
}

/// Returns whether this interrupt of a controller's last input is spurious: its
/// cause went away before the processor acknowledged it.
pub(crate) fn is_spurious(irq: u8) -> bool {
    if irq % 8 != 7 {
        return false;
    }
    let (command, _) = controller(irq);
    write_port(command, READ_IN_SERVICE);
    let spurious = read_port(command) & 0x80 == 0;
    if spurious {
        SPURIOUS.fetch_add(1, Ordering::Relaxed);
    }
    if spurious && irq >= 8 {
        // The master did see an interrupt from the slave.
        write_port(Port::MasterPicCommand, END_OF_INTERRUPT);
    }
    spurious
}

/// Returns whether `irq` is requested.
pub(crate) fn is_pending(irq: u8) -> bool {
    let (command, _) = controller(irq);
    write_port(command, READ_REQUESTED);
    read_port(command) & 1 << (irq % 8) != 0
}

/// Returns the requested IRQs, and those in service, as bits.
pub(crate) fn pending_and_in_service() -> [u16; 2] {
    // Whoever else reads a register selects it first.
    [READ_REQUESTED, READ_IN_SERVICE].map(|register| {
        let both = [Port::MasterPicCommand, Port::SlavePicCommand];
        u16::from_le_bytes(both.map(|command| {
            write_port(command, register);
            read_port(command)
        }))
    })
}

/// Returns how many interrupts of `irq` have ended.
pub(crate) fn ended(irq: u8) -> u32 {
    let count = ENDED.get(usize::from(irq));
    count.map_or(0, |count| count.load(Ordering::Relaxed))
}

/// Sends the controllers the end of interrupt for `irq`.
pub(crate) fn end(irq: u8) {
    if let Some(count) = ENDED.get(usize::from(irq)) {
        count.fetch_add(1, Ordering::Relaxed);
    }
    if irq >= 8 {
        write_port(Port::SlavePicCommand, END_OF_INTERRUPT);
    }
    write_port(Port::MasterPicCommand, END_OF_INTERRUPT);
}

/// Ends every IRQ in service: there is none while interrupts are enabled.
pub(crate) fn end_all() {
    for irq in [IRQS - 1, 0] {
        let (command, _) = controller(irq);
        write_port(command, READ_IN_SERVICE);
        for _ in 0..read_port(command).count_ones() {
            write_port(command, END_OF_INTERRUPT);
        }
    }
}

const fn controller(irq: u8) -> (Port, Port) {
    if irq < 8 {
        (Port::MasterPicCommand, Port::MasterPicData)
    } else {
        (Port::SlavePicCommand, Port::SlavePicData)
    }
}
