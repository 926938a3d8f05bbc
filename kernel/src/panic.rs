//! The end of a kernel that found an invariant broken.

use crate::devices::console::{self, line};
use crate::devices::piece::Piece;
use crate::devices::stop_request;
use core::panic::PanicInfo;

/// Says where, then waits for a debugger, or stops for good. A debugger
/// may put a breakpoint here.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    console::take_over();
    let text = info.message().as_str().unwrap_or("an invariant is broken");
    match info.location() {
        Some(place) => line(&[
            Piece::Text("panic: "),
            Piece::Text(text),
            Piece::Text(" at "),
            Piece::Text(place.file()),
            Piece::Text(":"),
            Piece::Number(place.line()),
        ]),
        None => line(&[Piece::Text("panic: "), Piece::Text(text)]),
    }
    stop_request::panicked()
}
