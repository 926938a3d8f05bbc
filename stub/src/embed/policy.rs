//! What debuggers may do.

/// What debuggers may do.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Access {
    /// Everything.
    #[default]
    Full,
    /// Look, but neither stop the system nor change it.
    Inspect,
}

/// What happens when a debugger vanishes while the system is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum OnLoss {
    /// It stays stopped for the next one.
    #[default]
    Stop,
    /// It goes on, without the breakpoints.
    Continue,
}
