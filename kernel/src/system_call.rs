//! System calls: the table in `abi` says which function of [`calls`] carries
//! out which call.

mod calls;

use crate::machine::trap_frame::TrapFrame;
use abi::{Call, Error, to_register};

/// Carries out the call in `frame` and stores its result there.
///
/// Kept apart from the entry code so that a debugger can stop here.
#[inline(never)]
pub(crate) fn dispatch(frame: &mut TrapFrame) {
    let TrapFrame { eax, ebx, ecx, edx, esi, edi, .. } = *frame;
    let result = match Call::from_number(eax) {
        Some(call) => perform(call, [ebx, ecx, edx, esi, edi]),
        None => Err(Error::InvalidArgument),
    };
    frame.eax = to_register(result);
}

macro_rules! perform {
    ($($(#[doc = $does:literal])+
       $variant:ident $name:ident = $number:literal
           ($($parameter:ident),*) -> $returns:literal
           [$($error:ident),*];
    )+) => {
        fn perform(call: Call, arguments: [u32; 5]) -> Result<u32, Error> {
            match call {
                $(Call::$variant => {
                    let [$($parameter,)* ..] = arguments;
                    calls::$name($($parameter),*).outcome()
                })+
            }
        }
    };
}
abi::system_calls!(perform);

/// What the function of a call may return.
trait Outcome {
    fn outcome(self) -> Result<u32, Error>;
}

impl Outcome for Result<u32, Error> {
    fn outcome(self) -> Self {
        self
    }
}

impl Outcome for Result<(), Error> {
    fn outcome(self) -> Result<u32, Error> {
        self.map(|()| 0)
    }
}

impl Outcome for u32 {
    fn outcome(self) -> Result<u32, Error> {
        Ok(self)
    }
}

impl Outcome for () {
    fn outcome(self) -> Result<u32, Error> {
        Ok(0)
    }
}
