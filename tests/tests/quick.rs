//! One boot that host-cli and gdb look at: the system's part of
//! `./x test quick`.

use tests::machine::Setup;
use tests::scenes::{by_host_cli, goes_on, in_a_system_call, text};

#[test]
fn host_cli_and_gdb_see_one_system_and_leave_it_as_it_was() {
    let mut machine = Setup::demo().boot();
    let gdb = in_a_system_call(&machine);
    let gdb = by_host_cli(gdb, &machine);
    goes_on(gdb, &machine, &[]);
    text::assert_untouched(&mut machine);
}
