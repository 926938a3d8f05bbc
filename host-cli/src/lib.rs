//! Looks into a running Stormglass kernel over its serial line.
#![forbid(unsafe_code)]
