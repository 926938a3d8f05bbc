//! A target that offers gdbstub whatever it can use, and gdbstub in front of
//! it, as its documentation says: one state machine for a session.

use gdbstub::arch::Arch;
use gdbstub::common::{Signal, Tid};
use gdbstub::conn::Connection;
use gdbstub::stub::state_machine::GdbStubStateMachine;
use gdbstub::stub::{DisconnectReason, GdbStubBuilder, MultiThreadStopReason};
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::multithread::{
    MultiThreadBase, MultiThreadRangeStepping, MultiThreadRangeSteppingOps,
    MultiThreadResume, MultiThreadResumeOps, MultiThreadSchedulerLocking,
    MultiThreadSchedulerLockingOps, MultiThreadSingleStep,
    MultiThreadSingleStepOps,
};
use gdbstub::target::ext::base::single_register_access::{
    SingleRegisterAccess, SingleRegisterAccessOps,
};
use gdbstub::target::ext::breakpoints::{
    Breakpoints, BreakpointsOps, HwBreakpoint, HwBreakpointOps, HwWatchpoint,
    HwWatchpointOps, SwBreakpoint, SwBreakpointOps, WatchKind,
};
use gdbstub::target::ext::memory_map::{MemoryMap, MemoryMapOps};
use gdbstub::target::ext::monitor_cmd::{
    ConsoleOutput, MonitorCmd, MonitorCmdOps,
};
use gdbstub::target::ext::target_description_xml_override::{
    TargetDescriptionXmlOverride, TargetDescriptionXmlOverrideOps,
};
use gdbstub::target::ext::thread_extra_info::{
    ThreadExtraInfo, ThreadExtraInfoOps,
};
use gdbstub::target::{Target, TargetError, TargetResult};
use gdbstub_arch::x86::X86_SSE;
use gdbstub_arch::x86::reg::X86CoreRegs;
use gdbstub_arch::x86::reg::id::X86CoreRegId;
use std::convert::Infallible;

/// Where its memory begins; what is below is not there.
const MEMORY: u32 = 0xFFFF_F000;

/// How many bytes its memory has, up to the last address there is.
const MEMORY_BYTES: usize = 0x1000;

/// A buffer for packets, in bytes. A longer one hides nothing.
pub(crate) const BUFFER_BYTES: usize = 64;

/// The document that it has for its description and its memory map.
const DOCUMENT: &[u8] = b"<document/>";

/// A machine with two threads; notes what is done to it.
#[derive(Default)]
pub(crate) struct Machine {
    pub(crate) memory: Vec<u8>,
    pub(crate) notes: Vec<String>,
    /// What reads are cut to, in bytes; 0 for not at all.
    pub(crate) most_read: usize,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let memory = (0..MEMORY_BYTES).map(|at| at as u8).collect();
        Self { memory, ..Self::default() }
    }

    fn note(&mut self, what: String) {
        self.notes.push(what);
    }

    fn at(&mut self, address: u32, len: usize) -> Option<&mut [u8]> {
        let offset = address.checked_sub(MEMORY)? as usize;
        self.memory.get_mut(offset..)?.get_mut(..len)
    }
}

/// How a session goes on after a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum After {
    /// It waits for the next packet.
    Idle,
    /// The machine runs.
    Running,
    /// The client has gone.
    Gone(DisconnectReason),
    /// gdbstub has given up, and has lost its state and its buffer.
    Lost,
}

/// Lets gdbstub take `packets`, which are complete frames; returns what it
/// has sent, and what came of it.
pub(crate) fn session(
    machine: &mut Machine,
    packets: &[&[u8]],
) -> (String, After) {
    let mut sent = Vec::new();
    let mut buffer = [0; BUFFER_BYTES];
    let stub = GdbStubBuilder::new(Sent(&mut sent))
        .with_packet_buffer(&mut buffer)
        .build()
        .expect("a buffer");
    let state = stub.run_state_machine(machine).expect("a machine");
    let after = feed(state, machine, &packets.concat());
    (String::from_utf8_lossy(&sent).into_owned(), after)
}

/// Lets gdbstub answer the packet `body`; returns what it says, without
/// frames and acknowledgements, and what came of it. More than one frame is
/// told apart by `|`.
pub(crate) fn ask(machine: &mut Machine, body: &str) -> (String, After) {
    let (sent, after) = session(machine, &[&frame(body.as_bytes())]);
    let bodies = sent.split('$').skip(1);
    let bodies = bodies.map(|frame| frame.split('#').next().unwrap_or(""));
    (bodies.collect::<Vec<_>>().join("|"), after)
}

/// Lets gdbstub answer a packet after which it waits for the next.
pub(crate) fn reply(machine: &mut Machine, body: &str) -> String {
    let (reply, after) = ask(machine, body);
    assert_eq!(after, After::Idle, "{body}");
    reply
}

/// Returns what gdbstub says when a breakpoint stops thread 1.
pub(crate) fn breakpoint_report(machine: &mut Machine) -> String {
    let mut sent = Vec::new();
    let mut buffer = [0; BUFFER_BYTES];
    let stub = GdbStubBuilder::new(Sent(&mut sent))
        .with_packet_buffer(&mut buffer)
        .build()
        .expect("a buffer");
    let mut state = stub.run_state_machine(machine).expect("a machine");
    for byte in frame(b"vCont;c") {
        let State::Idle(idle) = state else { panic!("it runs too early") };
        state = idle.incoming_data(machine, byte).expect("a packet");
    }
    let State::Running(running) = state else { panic!("it does not run") };
    let reason = MultiThreadStopReason::SwBreak(Tid::new(1).expect("not 0"));
    let state = running.report_stop(machine, reason);
    assert!(matches!(state, Ok(State::Idle(_))));
    String::from_utf8_lossy(&sent).into_owned()
}

/// Returns `body` in a frame.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    let sum = wire::frame::checksum(body);
    [b"$", body, format!("#{sum:02x}").as_bytes()].concat()
}

type State<'b, 's> = GdbStubStateMachine<'b, Machine, Sent<'s>>;

fn feed(
    mut state: State<'_, '_>,
    machine: &mut Machine,
    bytes: &[u8],
) -> After {
    for &byte in bytes {
        let next = match state {
            State::Idle(idle) => idle.incoming_data(machine, byte),
            State::Running(running) => running.incoming_data(machine, byte),
            other => Ok(other),
        };
        let Ok(next) = next else { return After::Lost };
        state = next;
    }
    match state {
        State::Running(_) => After::Running,
        State::Disconnected(it) => After::Gone(it.get_reason()),
        _ => After::Idle,
    }
}

/// Keeps what gdbstub sends.
struct Sent<'s>(&'s mut Vec<u8>);

impl Connection for Sent<'_> {
    type Error = Infallible;

    fn write(&mut self, byte: u8) -> Result<(), Infallible> {
        self.0.push(byte);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Target for Machine {
    type Arch = X86_SSE;
    type Error = &'static str;

    fn base_ops(&mut self) -> BaseOps<'_, X86_SSE, Self::Error> {
        BaseOps::MultiThread(self)
    }

    /// Bytes are compared as they are.
    fn use_rle(&self) -> bool {
        false
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_monitor_cmd(&mut self) -> Option<MonitorCmdOps<'_, Self>> {
        Some(self)
    }

    fn support_memory_map(&mut self) -> Option<MemoryMapOps<'_, Self>> {
        Some(self)
    }

    fn support_target_description_xml_override(
        &mut self,
    ) -> Option<TargetDescriptionXmlOverrideOps<'_, Self>> {
        Some(self)
    }
}

impl MultiThreadBase for Machine {
    fn read_registers(
        &mut self,
        _: &mut X86CoreRegs,
        _: Tid,
    ) -> TargetResult<(), Self> {
        Ok(())
    }

    fn write_registers(
        &mut self,
        registers: &X86CoreRegs,
        _: Tid,
    ) -> TargetResult<(), Self> {
        self.note(format!("eax = {:#x}", registers.eax));
        Ok(())
    }

    fn support_single_register_access(
        &mut self,
    ) -> Option<SingleRegisterAccessOps<'_, Tid, Self>> {
        Some(self)
    }

    fn read_addrs(
        &mut self,
        start: u32,
        data: &mut [u8],
        _: Tid,
    ) -> TargetResult<usize, Self> {
        let most =
            if self.most_read == 0 { usize::MAX } else { self.most_read };
        let len = data.len().min(most);
        let bytes = self.at(start, len).ok_or(TargetError::Errno(14))?;
        data[..len].copy_from_slice(bytes);
        Ok(len)
    }

    fn write_addrs(
        &mut self,
        start: u32,
        data: &[u8],
        _: Tid,
    ) -> TargetResult<(), Self> {
        let place = self.at(start, data.len());
        place.ok_or(TargetError::Errno(14))?.copy_from_slice(data);
        Ok(())
    }

    fn list_active_threads(
        &mut self,
        thread_is_active: &mut dyn FnMut(Tid),
    ) -> Result<(), Self::Error> {
        for id in [1, 0x12] {
            thread_is_active(Tid::new(id).expect("not 0"));
        }
        Ok(())
    }

    fn support_resume(&mut self) -> Option<MultiThreadResumeOps<'_, Self>> {
        Some(self)
    }

    fn support_thread_extra_info(
        &mut self,
    ) -> Option<ThreadExtraInfoOps<'_, Self>> {
        Some(self)
    }
}

impl SingleRegisterAccess<Tid> for Machine {
    fn read_register(
        &mut self,
        _: Tid,
        _: X86CoreRegId,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        buffer.fill(0);
        Ok(buffer.len())
    }

    fn write_register(
        &mut self,
        _: Tid,
        register: X86CoreRegId,
        value: &[u8],
    ) -> TargetResult<(), Self> {
        self.note(format!("{register:?} = {value:x?}"));
        Ok(())
    }
}

impl MultiThreadResume for Machine {
    fn resume(&mut self) -> Result<(), Self::Error> {
        self.note("resume".to_owned());
        Ok(())
    }

    fn clear_resume_actions(&mut self) -> Result<(), Self::Error> {
        self.notes.clear();
        Ok(())
    }

    fn set_resume_action_continue(
        &mut self,
        tid: Tid,
        signal: Option<Signal>,
    ) -> Result<(), Self::Error> {
        self.note(format!("continue {tid} {:?}", signal.map(|it| it.0)));
        Ok(())
    }

    fn support_single_step(
        &mut self,
    ) -> Option<MultiThreadSingleStepOps<'_, Self>> {
        Some(self)
    }

    fn support_range_step(
        &mut self,
    ) -> Option<MultiThreadRangeSteppingOps<'_, Self>> {
        Some(self)
    }

    fn support_scheduler_locking(
        &mut self,
    ) -> Option<MultiThreadSchedulerLockingOps<'_, Self>> {
        Some(self)
    }
}

impl MultiThreadSingleStep for Machine {
    fn set_resume_action_step(
        &mut self,
        tid: Tid,
        signal: Option<Signal>,
    ) -> Result<(), Self::Error> {
        self.note(format!("step {tid} {:?}", signal.map(|it| it.0)));
        Ok(())
    }
}

impl MultiThreadRangeStepping for Machine {
    fn set_resume_action_range_step(
        &mut self,
        tid: Tid,
        start: u32,
        end: u32,
    ) -> Result<(), Self::Error> {
        self.note(format!("step {tid} in {start:#x}..{end:#x}"));
        Ok(())
    }
}

impl MultiThreadSchedulerLocking for Machine {
    fn set_resume_action_scheduler_lock(&mut self) -> Result<(), Self::Error> {
        self.note("the others stay".to_owned());
        Ok(())
    }
}

impl Breakpoints for Machine {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_breakpoint(&mut self) -> Option<HwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_watchpoint(&mut self) -> Option<HwWatchpointOps<'_, Self>> {
        Some(self)
    }
}

impl SwBreakpoint for Machine {
    fn add_sw_breakpoint(
        &mut self,
        address: u32,
        _: usize,
    ) -> TargetResult<bool, Self> {
        self.note(format!("breakpoint at {address:#x}"));
        Ok(true)
    }

    fn remove_sw_breakpoint(
        &mut self,
        _: u32,
        _: usize,
    ) -> TargetResult<bool, Self> {
        Ok(true)
    }
}

impl HwBreakpoint for Machine {
    fn add_hw_breakpoint(
        &mut self,
        address: u32,
        kind: usize,
    ) -> TargetResult<bool, Self> {
        self.add_sw_breakpoint(address, kind)
    }

    fn remove_hw_breakpoint(
        &mut self,
        _: u32,
        _: usize,
    ) -> TargetResult<bool, Self> {
        Ok(true)
    }
}

impl HwWatchpoint for Machine {
    /// Like the processor, which has nothing for reads alone.
    fn add_hw_watchpoint(
        &mut self,
        _: u32,
        _: u32,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        Ok(kind != WatchKind::Read)
    }

    fn remove_hw_watchpoint(
        &mut self,
        _: u32,
        _: u32,
        _: WatchKind,
    ) -> TargetResult<bool, Self> {
        Ok(true)
    }
}

impl ThreadExtraInfo for Machine {
    fn thread_extra_info(
        &self,
        _: Tid,
        buffer: &mut [u8],
    ) -> Result<usize, Self::Error> {
        buffer[..2].copy_from_slice(b"hi");
        Ok(2)
    }
}

impl MonitorCmd for Machine {
    fn handle_monitor_cmd(
        &mut self,
        _: &[u8],
        mut out: ConsoleOutput<'_>,
    ) -> Result<(), Self::Error> {
        out.write_raw(b"one ");
        out.write_raw(b"two");
        Ok(())
    }
}

impl TargetDescriptionXmlOverride for Machine {
    fn target_description_xml(
        &self,
        _: &[u8],
        offset: u64,
        length: usize,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        Ok(piece(offset, length, buffer))
    }
}

impl MemoryMap for Machine {
    fn memory_map_xml(
        &self,
        offset: u64,
        length: usize,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        Ok(piece(offset, length, buffer))
    }
}

fn piece(offset: u64, length: usize, buffer: &mut [u8]) -> usize {
    let rest = DOCUMENT.get(offset as usize..).unwrap_or(&[]);
    let piece = &rest[..length.min(rest.len()).min(buffer.len())];
    buffer[..piece.len()].copy_from_slice(piece);
    piece.len()
}

/// Returns `registers` as a `g` packet has them.
pub(crate) fn serialized(registers: &<X86_SSE as Arch>::Registers) -> String {
    use gdbstub::arch::Registers as _;
    let mut text = String::new();
    registers.gdb_serialize(|byte| {
        text += &byte.map_or("xx".to_owned(), |byte| format!("{byte:02x}"));
    });
    text
}
