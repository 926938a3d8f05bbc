//! A debugger that may look, and do nothing else.
//!
//! It is answered while the system runs, and never stops it.

use super::debugger::Client;
use super::greeting::hello;
use crate::answers::{About, After};
use crate::embed::Machine;
use crate::link::Reply;
use crate::protocol::Refused;
use crate::target::Debuggee;

/// What a debugger is told that wants more.
const REFUSAL: &str = "E.debug-access=inspect: only host-cli may look here";

/// What gdb may have: it needs no stop and changes nothing. Tables are not
/// among it: what is read piece by piece would be of several moments.
const HARMLESS: [&[u8]; 9] = [
    b"qC",
    b"qfThreadInfo",
    b"qsThreadInfo",
    b"qThreadExtraInfo,",
    b"qXfer:features:",
    b"qAttached",
    b"m",
    b"x",
    b"H",
];

/// What would stop the system or change it, or tell of a stop.
///
/// And gdb's first question after `qSupported`: it prints a refusal of that
/// and ends, whereas after one of `?` it waits for a stop for ever.
const FORBIDDEN: [&[u8]; 20] = [
    b"?", b"g", b"G", b"p", b"P", b"M", b"X", b"Z", b"z", b"c", b"C", b"s",
    b"S", b"k", b"R", b"vCont;", b"vKill", b"vRun", b"qRcmd,", b"vMust",
];

impl Client {
    /// Answers the packet `body` of a debugger that may only look.
    pub(crate) fn inspect<M: Machine>(
        &mut self,
        body: &[u8],
        about: &About,
        debuggee: &mut Debuggee<M>,
        reply: &mut Reply,
    ) {
        let begins = |start: &&[u8]| body.starts_with(start);
        let result = if let Some(features) = hello(body) {
            self.open(features, debuggee, reply);
            self.is_open = false;
            Ok(After::Answered)
        } else if body == b"D" || body.starts_with(b"D;") {
            reply.set_ok();
            Ok(After::Answered)
        } else if HARMLESS.iter().any(begins) {
            self.inside(body, about, debuggee, reply)
        } else {
            reply.clear();
            if FORBIDDEN.iter().any(begins) {
                reply.push_str(REFUSAL);
            }
            Ok(After::Answered)
        };
        match result {
            Ok(After::Answered) => {}
            // No harmless packet leads to anything else.
            Ok(_) => reply.set_error(Refused::Unsupported.code()),
            Err(refused) => reply.set_error(refused.code()),
        }
    }
}
