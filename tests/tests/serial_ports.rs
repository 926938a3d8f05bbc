//! The stub at each serial port of a PC, and ports where it cannot be.

use std::time::Duration;
use tests::artifacts;
use tests::clients::gdb::Gdb;
use tests::clients::host_cli;
use tests::machine::{Machine, Setup};
use tests::scenes::ticks;

const LIMIT: Duration = Duration::from_secs(60);

/// Both debuggers reach the system, and it continues after them.
fn assert_is_debugged(machine: &mut Machine, port: usize, baud: u32) {
    let info = host_cli::json(machine.endpoint(), &["info"]);
    let link = info.member("link");
    assert_eq!(link["port"], format!("com{port}"), "{link}");
    assert_eq!(link["uart"], "16550A", "{link}");
    assert_eq!(link["baud"], baud, "{link}");
    let mut gdb = Gdb::start(&artifacts::kernel());
    gdb.attach(&machine.endpoint().for_gdb());
    gdb.send("continue");
    gdb.wait_until_continuing();
    ticks::wait_for(machine, 1);
    gdb.interrupt();
    let stop = gdb.answer();
    assert!(stop.contains("SIGINT"), "{stop}");
    gdb.command("detach");
    ticks::wait_for(machine, 1);
}

/// COM3 shares its interrupt line with COM1, COM4 with COM2.
#[test]
fn the_stub_works_at_each_port_and_each_common_rate() {
    for (port, baud) in [(2, 57_600), (3, 115_200), (4, 9600), (1, 19_200)] {
        let mut machine = Setup::demo().on_port(port, baud).boot();
        let found = machine.wait_for_line("debugger: ", LIMIT);
        let heard = if baud > 19_200 { 8 } else { 14 };
        assert_eq!(
            found,
            format!(
                "debugger: com{port} is a 16550A at {baud} baud, \
                 read every {heard} bytes"
            )
        );
        assert_is_debugged(&mut machine, port, baud);
    }
}

#[test]
fn the_console_tells_what_its_port_is() {
    let machine = Setup::without_stub().boot();
    let found = machine.wait_for_line("console: ", LIMIT);
    let expected =
        "console: com2 is a 16550A at 115200 baud, read every 8 bytes";
    assert_eq!(found, expected);
}

#[test]
fn without_a_uart_there_is_no_stub_and_the_console_says_so() {
    let machine = Setup::without_stub().word("debug=com3").boot();
    let [warning] = &machine.lines("warning: ")[..] else {
        panic!("{}", machine.console())
    };
    assert_eq!(warning, "warning: no stub: com3 has no UART");
}

#[test]
fn a_rate_that_no_uart_makes_is_named() {
    let machine = Setup::without_stub().word("debug=com1,110000").boot();
    let [warning] = &machine.lines("warning: ")[..] else {
        panic!("{}", machine.console())
    };
    let expected = "warning: no UART makes this rate: debug=com1,110000";
    assert_eq!(warning, expected);
    let console = machine.console();
    assert!(console.contains("try 9600, 19200, 38400"), "{console}");
}
