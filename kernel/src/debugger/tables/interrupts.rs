//! The rows of the interrupt controllers.

use crate::debugger::collector::{Asked, Collector};
use crate::devices::{clock, debug_irq, interrupts};
use crate::machine::vectors::{FIRST_VECTOR, IRQS};
use crate::schedule::constraint;
use structures::change::Structure;
use stub::embed::{NoRows, RowSink};
use wire::rows;

impl Collector for rows::InterruptLine<'_> {
    /// They are read from the controllers themselves.
    const SOURCES: &'static [Structure] = &[];

    fn collect(asked: Asked<'_>, sink: &mut RowSink<'_>) -> Result<(), NoRows> {
        let masked = constraint::masked_by_kernel();
        let [pending, in_service] = interrupts::pending_and_in_service();
        for line in (0..IRQS).filter(|line| u32::from(*line) >= asked.from) {
            let is = |lines: u16| lines >> line & 1 != 0;
            let row = rows::InterruptLine {
                line,
                vector: FIRST_VECTOR + line,
                masked: is(masked),
                pending: is(pending),
                in_service: is(in_service),
                count: interrupts::ended(line),
                served_by: served_by(line),
            };
            if !sink.push(line.into(), &row) {
                break;
            }
        }
        Ok(())
    }
}

fn served_by(line: u8) -> Option<&'static str> {
    match line {
        clock::IRQ => Some("timer"),
        interrupts::CASCADE => Some("second controller"),
        line if line == debug_irq::number() => Some("debugger"),
        _ => None,
    }
}
