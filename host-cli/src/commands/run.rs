//! The trait of every command.

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Outcome;

/// A command, by its parsed arguments.
pub trait Run {
    /// The members of its JSON document, after those that all share.
    const MEMBERS: &'static [&'static str];

    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing to print; a partial answer is an
    /// [`Outcome`] that carries its failure.
    fn run(&self, context: &mut Context) -> Result<Outcome, Failure>;
}
