//! What is built in: the crate's features. What depends on one that is off is
//! never called then, and the compiler leaves it out.

/// Conditions and commands of breakpoints, and the step over a breakpoint of
/// which the debugger is told nothing.
pub(crate) const CONDITIONS: bool = cfg!(feature = "conditions");
/// Breakpoints and watchpoints in debug registers.
pub(crate) const HARDWARE: bool = cfg!(feature = "hardware");
/// host-cli's queries.
pub(crate) const LIVE: bool = cfg!(feature = "live");
/// gdb's `monitor`.
pub(crate) const MONITOR: bool = cfg!(feature = "monitor");
/// gdb's `find` and `compare-sections`, and what host-cli has like them.
pub(crate) const SEARCH: bool = cfg!(feature = "search");
/// Tables: gdb's `info os`, and those of `monitor` and host-cli.
pub(crate) const TABLES: bool = cfg!(feature = "tables");
