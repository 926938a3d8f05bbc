//! Machines to test on, and witnesses.
#![forbid(unsafe_code)]
