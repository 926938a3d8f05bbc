//! Why a process could not be created.

use crate::memory::OutOfMemory;
use abi::Error;
use structures::elf_image::ImageError;

/// Why a process could not be created.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NotCreated {
    OutOfMemory,
    /// The image is not a program that can be loaded here.
    BadImage(ImageError),
    /// Two of its segments share a page.
    SharedPage,
}

impl From<OutOfMemory> for NotCreated {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

impl From<NotCreated> for Error {
    fn from(error: NotCreated) -> Self {
        match error {
            NotCreated::OutOfMemory => Self::OutOfMemory,
            NotCreated::BadImage(_) | NotCreated::SharedPage => {
                Self::ProgramUnavailable
            }
        }
    }
}
