//! What a debugger may do.

/// What a debugger may do.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Access {
    /// Everything.
    #[default]
    Full,
    /// Inspect the system, but neither stop nor change it.
    Inspect,
}

/// What happens when a debugger vanishes while the system is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum OnLoss {
    /// The system stays stopped and waits for the next debugger.
    #[default]
    Stop,
    /// The system resumes with its breakpoints removed.
    Continue,
}
