//! What every command can do.

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;

/// What every command can do.
pub trait Run {
    /// The members of its JSON document.
    const MEMBERS: &'static [&'static str];

    /// Does it.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing to print.
    fn run(&self, context: &mut Context) -> Result<Outcome, Failure>;
}
