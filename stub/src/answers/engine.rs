//! gdbstub, one packet at a time.
//!
//! gdbstub's state machine gives up for good on a packet that it rejects. So
//! none outlives a packet: it is built, told the little that it must know, and
//! dropped. It borrows its packet buffer meanwhile, and is moved with every
//! byte, which is cheap because it doesn't hold the buffer.

use crate::embed::Machine;
use crate::link::{PACKET_BYTES, Reply};
use crate::protocol::Refused;
use crate::target::Debuggee;
use core::convert::Infallible;
use gdbstub::conn::Connection;
use gdbstub::stub::state_machine::GdbStubStateMachine;
use gdbstub::stub::{GdbStubBuilder, GdbStubError};
use wire::frame::checksum;
use wire::hex;

/// gdbstub's buffer: a packet with its frame.
#[derive(Debug)]
pub(crate) struct Engine {
    buffer: [u8; PACKET_BYTES + FRAME_BYTES],
}

/// `$`, `#` and the checksum.
const FRAME_BYTES: usize = 4;

impl Engine {
    /// Returns an engine with an empty buffer.
    pub(crate) const fn new() -> Self {
        Self { buffer: [0; PACKET_BYTES + FRAME_BYTES] }
    }

    /// Lets gdbstub answer the packet `body`, byte by byte and framed. Returns
    /// whether the debugger leaves.
    pub(crate) fn answer<M: Machine>(
        &mut self,
        body: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<bool, Refused> {
        reply.clear();
        let stub = GdbStubBuilder::new(Capture { reply, is_inside: false })
            .with_packet_buffer(&mut self.buffer)
            .build()
            .map_err(|_| Refused::Invalid)?;
        let mut state = stub.run_state_machine(debuggee).map_err(refused)?;
        let [high, low] = hex::digits(checksum(body));
        let end = [b'#', high, low];
        for byte in [b'$'].iter().chain(body).chain(&end) {
            let GdbStubStateMachine::Idle(idle) = state else { break };
            state = idle.incoming_data(debuggee, *byte).map_err(refused)?;
        }
        Ok(matches!(state, GdbStubStateMachine::Disconnected(_)))
    }

    /// Returns the buffer, which is used only while a packet is answered.
    pub(crate) const fn buffer(&mut self) -> &mut [u8] {
        &mut self.buffer
    }
}

fn refused(failure: GdbStubError<Refused, Infallible>) -> Refused {
    failure.into_target_error().unwrap_or(Refused::Invalid)
}

/// Captures what gdbstub writes, without its frame: a reply is framed again
/// each time it is sent.
struct Capture<'r> {
    reply: &'r mut Reply,
    is_inside: bool,
}

impl Connection for Capture<'_> {
    type Error = Infallible;

    fn write(&mut self, byte: u8) -> Result<(), Infallible> {
        match byte {
            b'$' => {
                self.reply.clear();
                self.is_inside = true;
            }
            b'#' => self.is_inside = false,
            _ if self.is_inside => self.reply.push(byte),
            _ => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
