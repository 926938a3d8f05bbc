use super::*;
use crate::fake::{Fake, Fault};
use crate::rate::FASTEST_BAUD;
use proptest::prelude::*;

const MODELS: [Model; 4] =
    [Model::N8250, Model::N16450, Model::N16550, Model::N16550A];

fn open(model: Model, baud: u32) -> Uart<Fake> {
    Uart::open(Fake::new(model, Fault::None), baud).expect("it works")
}

#[test]
fn every_model_is_recognised_and_set_to_8n1() {
    for model in MODELS {
        let uart = open(model, 9600);
        assert_eq!(uart.model(), model);
        assert_eq!(uart.port(), Port { number: 3, uart: model.name() });
        let port = &uart.registers;
        assert_eq!(port.divisor(), 12);
        assert_eq!(port.register(Register::LineControl), 0x03);
        assert_eq!(port.register(Register::InterruptEnable), 0);
        // DTR and RTS; neither loopback nor the interrupt line.
        assert_eq!(port.register(Register::ModemControl), 0x03);
        let fifo = if model == Model::N16550A { 0xC7 } else { 0 };
        assert_eq!(port.register(Register::FifoControl), fifo);
        assert_eq!(port.sent, [0; 0], "the test stays in the loop");
    }
}

#[test]
fn a_port_without_a_uart_is_left_in_peace() {
    for fault in [Fault::Absent, Fault::OpenBus] {
        let port = Fake::new(Model::N16550A, fault);
        let refused = Uart::open(port, FASTEST_BAUD);
        assert_eq!(refused.err(), Some(Unusable::Absent), "{fault:?}");
    }
}

#[test]
fn a_uart_that_does_not_return_what_it_sends_is_refused() {
    let bits = (0..8).map(Fault::StuckBit);
    for fault in bits.chain([Fault::Deaf, Fault::Hung]) {
        for model in MODELS {
            let refused = Uart::open(Fake::new(model, fault), 9600).err();
            assert_eq!(refused, Some(Unusable::LoopbackFails), "{fault:?}");
        }
    }
}

#[test]
fn a_fifo_that_loses_bytes_is_not_used() {
    let port = Fake::new(Model::N16550A, Fault::FalseFifo);
    let mut uart = Uart::open(port, FASTEST_BAUD).expect("it works");
    assert_eq!(uart.model(), Model::N16550);
    assert_eq!(uart.registers.register(Register::FifoControl), 0);
    assert_eq!(uart.room(), 1);
}

#[test]
fn a_rate_without_a_divisor_is_refused() {
    for baud in [0, 7, 110_000, 230_400, u32::MAX] {
        let refused = Uart::open(Fake::new(Model::N16550A, Fault::None), baud);
        assert_eq!(refused.err(), Some(Unusable::WrongSpeed), "{baud}");
    }
    // 450 baud needs a divisor of 256: its low half alone would be 0.
    let port = Fake::new(Model::N16550A, Fault::HalfDivisor);
    let refused = Uart::open(port, 450);
    assert_eq!(refused.err(), Some(Unusable::WrongSpeed));
}

#[test]
fn the_receiver_can_wait_equally_long_at_every_rate() {
    for (baud, divisor, interrupts_at) in [
        (115_200, 1, 8),
        (57_600, 2, 8),
        (38_400, 3, 8),
        (19_200, 6, 14),
        (9600, 12, 14),
        (300, 384, 14),
    ] {
        let uart = open(Model::N16550A, baud);
        assert_eq!(uart.registers.divisor(), divisor);
        assert_eq!(uart.interrupts_at(), interrupts_at, "{baud}");
        let level = uart.registers.register(Register::FifoControl) >> 6;
        assert_eq!(level, if interrupts_at == 8 { 2 } else { 3 });
        let us = (16 - u32::from(interrupts_at)) * 10_000_000 / baud;
        assert!(us >= 690, "{us} µs at {baud}");
        // Without a FIFO each byte interrupts.
        assert_eq!(open(Model::N16450, baud).interrupts_at(), 1);
    }
}

#[test]
fn only_a_working_fifo_takes_more_than_a_byte() {
    for model in MODELS {
        let mut uart = open(model, FASTEST_BAUD);
        let room = if model == Model::N16550A { 16 } else { 1 };
        assert_eq!(uart.room(), room, "{model:?}");
        for byte in 0..room as u8 {
            uart.send(byte);
        }
        assert_eq!(uart.room(), 0, "{model:?} is busy");
        while uart.room() == 0 {}
        let all: Vec<_> = (0..room as u8).collect();
        assert_eq!(uart.registers.sent, all);
    }
}

#[test]
fn lost_bytes_are_counted_on_every_model() {
    for model in MODELS {
        let mut uart = open(model, FASTEST_BAUD);
        let fits = if model == Model::N16550A { 16 } else { 1 };
        for byte in 0..fits {
            uart.registers.arrive(byte);
        }
        assert_eq!(uart.receive(), Some(Received::Byte(0)));
        assert_eq!(uart.overruns(), 0);
        uart.registers.arrive(100);
        uart.registers.arrive(101);
        // Polling the transmitter must not lose the error.
        uart.room();
        assert_eq!(uart.overruns(), 1, "{model:?}");
        while uart.receive().is_some() {}
        assert_eq!(uart.overruns(), 1, "{model:?}");
    }
}

#[test]
fn interrupts_go_off_and_on_and_the_shared_line_is_let_go() {
    let mut uart = open(Model::N16550A, FASTEST_BAUD);
    for (receive, transmit, bits, control) in [
        (true, false, 0x05, 0x0B),
        (true, true, 0x07, 0x0B),
        (false, true, 0x02, 0x0B),
        (false, false, 0x00, 0x03),
    ] {
        uart.registers.writes.clear();
        uart.set_interrupts(receive, transmit);
        let writes = uart.registers.writes.clone();
        let enable = Register::InterruptEnable;
        assert_eq!(writes[..2], [(enable, 0), (enable, bits)]);
        let port = &uart.registers;
        assert_eq!(port.register(Register::ModemControl), control);
    }
}

#[test]
fn the_other_end_shows_by_its_signals() {
    assert_eq!(open(Model::N8250, 9600).peer_signals(), 0x20);
}

proptest! {
    #[test]
    fn whatever_is_sent_goes_out_in_order(
        bytes in proptest::collection::vec(any::<u8>(), 0..100),
        model in proptest::sample::select(&MODELS[..]),
    ) {
        let mut uart = open(model, FASTEST_BAUD);
        // The fake rejects a byte for which there is no room.
        uart.send_all(&bytes, || {});
        while uart.room() == 0 {}
        prop_assert_eq!(&uart.registers.sent, &bytes);
    }

    #[test]
    fn a_divisor_is_exact_or_there_is_none(baud in 0..200_000_u32) {
        match divisor(baud) {
            Some(divisor) => {
                prop_assert_eq!(u32::from(divisor) * baud, FASTEST_BAUD);
            }
            None => prop_assert!(
                baud < 2 || !FASTEST_BAUD.is_multiple_of(baud)
            ),
        }
    }
}
