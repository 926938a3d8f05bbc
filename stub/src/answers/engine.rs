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
use gdbstub::stub::{DisconnectReason, GdbStubBuilder, GdbStubError};
use wire::frame::checksum;
use wire::hex;

/// gdbstub's buffer: a packet with its frame.
#[derive(Debug)]
pub(crate) struct Engine {
    buffer: [u8; PACKET_BYTES + FRAME_BYTES],
}

/// `$`, `#` and the checksum.
const FRAME_BYTES: usize = 4;

type State<'b, 'r, M> = GdbStubStateMachine<'b, Debuggee<M>, Capture<'r>>;
type Failure = GdbStubError<Refused, Infallible>;

impl Engine {
    /// Returns an engine with an empty buffer.
    pub(crate) const fn new() -> Self {
        Self { buffer: [0; PACKET_BYTES + FRAME_BYTES] }
    }

    /// Lets gdbstub answer the packet `body`. Returns why the debugger leaves,
    /// if it does.
    pub(crate) fn answer<M: Machine>(
        &mut self,
        body: &[u8],
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) -> Result<Option<DisconnectReason>, Refused> {
        let state = self.state(debuggee, reply)?;
        Ok(match feed(state, debuggee, body)? {
            State::Disconnected(it) => Some(it.get_reason()),
            _ => None,
        })
    }

    /// Returns the buffer, which is used only while a packet is answered.
    pub(crate) const fn buffer(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    fn state<'b, 'r, M: Machine>(
        &'b mut self,
        debuggee: &mut Debuggee<M>,
        reply: &'r mut Reply,
    ) -> Result<State<'b, 'r, M>, Refused> {
        reply.clear();
        let capture = Capture { reply, is_inside: false };
        let stub = GdbStubBuilder::new(capture)
            .with_packet_buffer(&mut self.buffer)
            .build()
            .map_err(|_| Refused::Invalid)?;
        stub.run_state_machine(debuggee).map_err(refused)
    }
}

/// Feeds `body`, framed, to gdbstub byte by byte.
fn feed<'b, 'r, M: Machine>(
    mut state: State<'b, 'r, M>,
    debuggee: &mut Debuggee<M>,
    body: &[u8],
) -> Result<State<'b, 'r, M>, Refused> {
    let [high, low] = hex::digits(checksum(body));
    let end = [b'#', high, low];
    let (mut rest, mut is_end) = (body, false);
    let mut byte = b'$';
    loop {
        let State::Idle(idle) = state else { return Ok(state) };
        state = idle.incoming_data(debuggee, byte).map_err(refused)?;
        if rest.is_empty() && !is_end {
            (rest, is_end) = (&end, true);
        }
        let Some((next, behind)) = rest.split_first() else {
            return Ok(state);
        };
        (byte, rest) = (*next, behind);
    }
}

fn refused(failure: Failure) -> Refused {
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
