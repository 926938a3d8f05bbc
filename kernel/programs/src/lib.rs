//! What every ring-3 program starts with: an entry point, the system calls, and
//! macros for the kernel's log.
//!
//! A program is one file in `src/bin`: a `fn main()` and
//! [`program!`](crate::program). It also compiles for the host, so that all
//! lints apply, but there is no kernel there to run it.
//! lint sees it, but there is no kernel there to run on.
#![no_std]

pub mod counts;
pub mod kernel;
pub mod log;
pub mod random;
pub mod service;
pub mod shelf;

/// Makes `main` the program's first function.
#[macro_export]
macro_rules! program {
    ($main:ident) => {
        #[cfg(target_os = "none")]
        #[unsafe(no_mangle)]
        fn program_main() -> ! {
            $main();
            $crate::kernel::exit(0)
        }
    };
}

/// Logs why the program cannot continue, and ends the task that noticed.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let (file, line) = match info.location() {
        Some(place) => (place.file(), place.line()),
        None => ("somewhere", 0),
    };
    let file = file.rsplit('/').next().unwrap_or(file);
    log!("panicked at {file}:{line}: {}", info.message());
    kernel::exit(kernel::PANICKED)
}
