//! What every ring-3 program starts with.
#![no_std]
