//! Holds the floors of every crate, and draws them.
//!
//! A top-level module of a crate is a floor. A file uses its own floor and
//! those below it, never one above; and no two files import each other in a
//! circle. [`table`] says which floors there are, [`rules::check`] reads the
//! imports of a crate's files and names each that breaks a rule, and
//! [`page`] draws `docs/architecture.md` from the same table.
//!
//! An import is a `use`, a path in the code, a path in what a macro is given,
//! or what a module hands on with `pub use`. A method that is called on a
//! value needs no import, so such a call is out of reach here: it cannot
//! name a type of a floor above, but it may run code that lives there.
#![forbid(unsafe_code)]

pub mod circles;
pub mod modules;
pub mod page;
pub mod resolve;
pub mod rules;
pub mod table;
pub mod workspace;
