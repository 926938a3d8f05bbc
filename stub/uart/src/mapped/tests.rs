use super::*;
use crate::detect::{Model, Unusable};
use crate::driver::Uart;
use crate::fake::{Fake, Fault};
use std::cell::RefCell;
use std::rc::Rc;
use stub::embed::{Port, Received, SerialLine};

const STRIDES: [(Stride, usize); 3] =
    [(Stride::One, 1), (Stride::Two, 2), (Stride::Four, 4)];

/// A fake whose registers are a given number of bytes apart.
#[derive(Clone, Debug)]
struct FakeMemory {
    fake: Rc<RefCell<Fake>>,
    stride_bytes: usize,
}

impl FakeMemory {
    fn new(model: Model, fault: Fault, stride_bytes: usize) -> Self {
        let fake = Rc::new(RefCell::new(Fake::new(model, fault)));
        Self { fake, stride_bytes }
    }

    fn register(&self, offset_bytes: usize) -> Register {
        let registers = [
            Register::Data,
            Register::InterruptEnable,
            Register::FifoControl,
            Register::LineControl,
            Register::ModemControl,
            Register::LineStatus,
            Register::ModemStatus,
            Register::Scratch,
        ];
        let is_between = !offset_bytes.is_multiple_of(self.stride_bytes);
        assert!(!is_between, "{offset_bytes} is between two registers");
        registers[offset_bytes / self.stride_bytes]
    }
}

impl Memory for FakeMemory {
    fn read(&mut self, offset_bytes: usize) -> u8 {
        let register = self.register(offset_bytes);
        self.fake.borrow_mut().read(register)
    }

    fn write(&mut self, offset_bytes: usize, value: u8) {
        let register = self.register(offset_bytes);
        self.fake.borrow_mut().write(register, value);
    }
}

/// The same fake at I/O ports.
struct FakePorts(Rc<RefCell<Fake>>);

impl Registers for FakePorts {
    fn number(&self) -> u8 {
        2
    }

    fn read(&mut self, register: Register) -> u8 {
        self.0.borrow_mut().read(register)
    }

    fn write(&mut self, register: Register, value: u8) {
        self.0.borrow_mut().write(register, value);
    }
}

/// Does everything with a UART that the stub does, and returns the register
/// writes.
fn drive(
    registers: impl Registers,
    fake: &RefCell<Fake>,
    model: Model,
) -> Vec<(Register, u8)> {
    let mut uart = Uart::open(registers, 9600).expect("it works");
    assert_eq!(uart.port(), Port { number: 2, uart: model.name() });
    uart.set_interrupts(true, false);
    fake.borrow_mut().arrive(b'?');
    assert_eq!(uart.receive(), Some(Received::Byte(b'?')));
    assert_eq!(uart.receive(), None);
    uart.send_all(b"sent", || {});
    while uart.room() == 0 {}
    assert_eq!(uart.peer_signals(), 0x20);
    let fake = fake.borrow();
    assert_eq!(fake.sent, b"sent");
    fake.writes.clone()
}

#[test]
fn a_mapped_uart_is_driven_as_one_at_ports_at_every_stride() {
    for model in [Model::N8250, Model::N16450, Model::N16550, Model::N16550A] {
        let fake = Rc::new(RefCell::new(Fake::new(model, Fault::None)));
        let at_ports = drive(FakePorts(Rc::clone(&fake)), &fake, model);
        for (stride, stride_bytes) in STRIDES {
            let memory = FakeMemory::new(model, Fault::None, stride_bytes);
            let fake = Rc::clone(&memory.fake);
            let mapped = Mapped::new(2, memory, stride);
            assert_eq!(drive(mapped, &fake, model), at_ports, "{stride:?}");
        }
    }
}

#[test]
fn no_uart_is_found_where_no_memory_answers() {
    for (stride, stride_bytes) in STRIDES {
        let memory =
            FakeMemory::new(Model::N16550A, Fault::Absent, stride_bytes);
        let refused = Uart::open(Mapped::new(1, memory, stride), 9600);
        assert_eq!(refused.err(), Some(Unusable::Absent));
    }
}
