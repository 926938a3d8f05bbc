//! The general registers, and the three orders in which they appear: gdb's, a
//! TSS's and a trap frame's.

use crate::machine::trap_frame::TrapFrame;
use wire::i386::GENERAL;
use x86::bits32::task::TaskStateSegment;

/// The registers in gdb's order, that of [`GENERAL`].
pub(crate) type GeneralRegisters = [u32; GENERAL.len()];

macro_rules! general_registers {
    ($($name:ident)*) => {
        const NAMES: [&str; GENERAL.len()] = [$(stringify!($name)),*];

        /// Returns the registers of a task that has been interrupted, from its
        /// TSS.
        #[inline(always)]
        pub(crate) fn from_tss(tss: &TaskStateSegment) -> GeneralRegisters {
            [$(tss.$name as u32),*]
        }

        /// The place of each register in the order.
        #[expect(non_camel_case_types, reason = "the names are the list's")]
        enum At { $($name),* }

        /// Returns one register from a TSS; none if there is none with this
        /// index. Each hit of a breakpoint changes some, and copying all
        /// sixteen would take longer than the rest of the change.
        pub(crate) fn one_from_tss(
            tss: &TaskStateSegment,
            index: usize,
        ) -> Option<u32> {
            Some(match index {
                $(at if at == At::$name as usize => tss.$name as u32,)*
                _ => return None,
            })
        }

        /// Sets one register in a TSS.
        pub(crate) fn set_one_in_tss(
            tss: &mut TaskStateSegment,
            index: usize,
            value: u32,
        ) {
            match index {
                $(at if at == At::$name as usize => tss.$name = value as _,)*
                _ => {}
            }
        }

        /// Sets the registers with which an interrupted task will continue.
        pub(crate) fn set_in_tss(
            tss: &mut TaskStateSegment,
            registers: &GeneralRegisters,
        ) {
            let [$($name),*] = *registers;
            $(tss.$name = $name as _;)*
        }

        /// Returns the registers of a task that has entered the kernel.
        pub(crate) const fn from_frame(frame: &TrapFrame) -> GeneralRegisters {
            [$(frame.$name),*]
        }

        /// Sets the registers with which a task will return from the kernel.
        pub(crate) const fn set_in_frame(
            frame: &mut TrapFrame,
            registers: &GeneralRegisters,
        ) {
            let [$($name),*] = *registers;
            $(frame.$name = $name;)*
        }
    };
}
general_registers!(
    eax ecx edx ebx esp ebp esi edi eip eflags cs ss ds es fs gs
);

const _: () = {
    let mut index = 0;
    while index < NAMES.len() {
        let (ours, gdbs) =
            (NAMES[index].as_bytes(), GENERAL[index].name.as_bytes());
        assert!(ours.len() == gdbs.len(), "not gdb's order");
        let mut at = 0;
        while at < ours.len() {
            assert!(ours[at] == gdbs[at], "not gdb's order");
            at += 1;
        }
        index += 1;
    }
};
