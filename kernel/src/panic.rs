//! What the kernel does when it finds an invariant broken.

use crate::devices::console::{self, print_line};
use crate::devices::stop_request;
use core::panic::PanicInfo;

/// Prints where, then waits for a debugger, or halts if there is no stub. A
/// debugger can set a breakpoint here.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    console::take_over();
    let text = info.message().as_str().unwrap_or("an invariant is broken");
    match info.location() {
        Some(at) => {
            print_line!("panic: ", text, " at ", at.file(), ":", at.line());
        }
        None => print_line!("panic: ", text),
    }
    stop_request::panicked()
}
