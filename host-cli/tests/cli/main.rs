//! The program as people and scripts use it: started for real, with a peer
//! on a Unix socket that answers from fixed data, or misbehaves.

mod any_stub;
mod bounded;
mod complete;
mod disturbed;
mod follow;
mod golden;
mod hostile;
mod image;
mod images;
mod kernel;
mod lines;
mod memory;
mod paging;
mod peer;
mod program;
mod stub;
mod usage;
