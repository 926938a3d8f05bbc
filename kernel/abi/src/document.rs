//! The page `docs/system-calls.md`, printed from the tables.

use crate::{
    ARGUMENT_REGISTERS, ERRORS, FIRST_ERROR, SYSTEM_CALL_VECTOR, SYSTEM_CALLS,
};
use core::fmt;

/// Prints as the Markdown of `docs/system-calls.md`.
#[derive(Clone, Copy, Debug)]
pub struct SystemCallsPage;

impl fmt::Display for SystemCallsPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# System calls\n\n\
             <!-- Printed from kernel/abi/src/calls.rs by\n     \
             cargo run -p abi --example system-calls -->\n\n\
             A program in ring 3 executes `int {SYSTEM_CALL_VECTOR:#x}` with \
             the number in EAX and the arguments in the registers named \
             below. EAX returns the result: from {FIRST_ERROR:#x} on it is a \
             negated error code, below that a value. All other registers are \
             preserved.\n"
        )?;
        calls(f)?;
        errors(f)
    }
}

fn calls(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for row in SYSTEM_CALLS {
        writeln!(f, "## {}: {}\n", row.call.number(), row.name)?;
        writeln!(f, "{}\n", row.does.trim_start())?;
        for (register, name) in ARGUMENT_REGISTERS.iter().zip(row.parameters) {
            writeln!(f, "- {register}: `{name}`")?;
        }
        writeln!(f, "- result: {}", row.returns)?;
        for (index, error) in row.errors.iter().enumerate() {
            let lead = if index == 0 { "- errors: " } else { ", " };
            write!(f, "{lead}{} ({})", error.name(), error.code())?;
        }
        let end = if row.errors.is_empty() { "" } else { "\n" };
        writeln!(f, "{end}")?;
    }
    Ok(())
}

fn errors(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "## Error codes\n\n| code | name | meaning |\n|---|---|---|")?;
    for error in ERRORS {
        writeln!(f, "| {} | {} | {error} |", error.code(), error.name())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::string::ToString;

    #[test]
    fn the_page_names_every_call_register_and_error() {
        let page = SystemCallsPage.to_string();
        for row in SYSTEM_CALLS {
            assert!(page.contains(row.name));
            assert!(row.parameters.iter().all(|name| page.contains(name)));
        }
        for error in ERRORS {
            assert!(page.contains(&error.to_string()));
        }
        let limit = std::format!("at most {} bytes", crate::MAX_LOG_BYTES);
        assert!(page.contains(&limit));
        assert!(!page.contains("\n\n\n"), "one blank line is enough");
        assert!(page.ends_with("|\n"));
    }
}
