//! The machine behind a GDB stub of any kernel.

use super::answer::{RegistersSeen, Seen};
use super::error::Error;
use super::machine::{Control, Machine};
use super::reach::{Hints, Reach};
use crate::rsp::{self, Stub};
use layout::PhysAddr;
use std::time::Duration;
use wire::i386::{self, Register};

/// The registers of a processor of 64 bits that hold those of 32.
const WIDE: [(&str, &str); 10] = [
    ("eax", "rax"),
    ("ecx", "rcx"),
    ("edx", "rdx"),
    ("ebx", "rbx"),
    ("esp", "rsp"),
    ("ebp", "rbp"),
    ("esi", "rsi"),
    ("edi", "rdi"),
    ("eip", "rip"),
    ("eflags", "eflags"),
];

/// The machine behind a GDB stub.
pub(super) struct BehindStub {
    stub: Stub,
    hints: Hints,
    /// How physical memory is reached, once that was found out.
    reach: Option<Reach>,
}

impl BehindStub {
    pub(super) const fn new(stub: Stub, hints: Hints) -> Self {
        Self { stub, hints, reach: None }
    }

    /// Returns a register by the name it has in 32 bits.
    fn register(&mut self, name: &str) -> Result<Option<u64>, rsp::Error> {
        let value = self.stub.register(name)?;
        let wide = WIDE.iter().find(|(narrow, _)| *narrow == name);
        match (value, wide) {
            (None, Some((_, wide))) => self.stub.register(wide),
            (value, _) => Ok(value),
        }
    }

    fn values<const N: usize>(
        &mut self,
        registers: &[Register; N],
    ) -> Result<[Option<u32>; N], Error> {
        let mut values = [None; N];
        for (value, register) in values.iter_mut().zip(registers) {
            *value = self.register(register.name)?.map(|value| value as u32);
        }
        Ok(values)
    }

    /// Finds out how physical memory is reached, if it was not yet.
    fn find_reach(&mut self) -> Result<&mut Reach, Error> {
        let reach = match self.reach.take() {
            Some(reach) => reach,
            None => {
                let control = self.control();
                Reach::find(self.hints, &mut self.stub, control)?
            }
        };
        Ok(self.reach.insert(reach))
    }
}

impl Machine for BehindStub {
    fn seen(&mut self) -> Result<Seen, Error> {
        let eip = self.register("eip")?.map(|eip| eip as u32);
        let paging = match self.control() {
            Ok(control) => control.paging_in_words().to_owned(),
            Err(Error::Unknown(_)) => "not told by the stub".to_owned(),
            Err(error) => return Err(error),
        };
        let physical = match self.find_reach() {
            Ok(reach) => Some(reach.to_string()),
            Err(Error::Unknown(_)) => None,
            Err(error) => return Err(error),
        };
        let offered = self.stub.offered();
        Ok(Seen {
            what: "a GDB stub, not of Stormglass",
            offers: offered.features.clone(),
            architecture: offered.architecture.clone(),
            signal: self.stub.signal(),
            physical,
            paging,
            recursive_slot: None,
            eip,
        })
    }

    fn registers(&mut self) -> Result<RegistersSeen, Error> {
        let general = self.values(&i386::GENERAL)?;
        let system = self.values(&i386::SYSTEM)?;
        Ok(RegistersSeen { general, system })
    }

    fn control(&mut self) -> Result<Control, Error> {
        let mut control = |name| -> Result<u64, Error> {
            self.register(name)?.ok_or(Error::Unknown(
                "its control registers: its GDB stub does not tell them",
            ))
        };
        let (cr0, cr3) = (control("cr0")? as u32, control("cr3")? as u32);
        let cr4 = control("cr4")? as u32;
        let efer = self.register("efer")?.unwrap_or(0);
        Ok(Control { cr0, cr3, cr4, efer })
    }

    fn physical(&mut self, at: PhysAddr, len: u32) -> Result<Vec<u8>, Error> {
        self.find_reach()?;
        let reach = self.reach.as_mut().ok_or(Error::MALFORMED)?;
        reach.read(&mut self.stub, at, len)
    }

    fn release(&mut self) -> Result<Duration, Error> {
        Ok(self.stub.release()?)
    }
}
