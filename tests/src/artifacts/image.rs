//! An ELF image's contents, read without any code of the system under test.

use object::{Object, ObjectSegment, ObjectSymbol};
use rustc_demangle::demangle;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// An image.
#[derive(Clone, Debug)]
pub struct Image {
    name: String,
    addresses: HashMap<String, u32>,
    segments: Vec<Segment>,
}

/// A loadable segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Its first address.
    pub start: u32,
    /// Its bytes in the file; the rest of it in memory is 0.
    pub data: Vec<u8>,
}

impl Image {
    /// Reads the image at `path`.
    ///
    /// # Panics
    ///
    /// Panics if it is not an ELF file.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        let name = path.display().to_string();
        let bytes = fs::read(path)
            .unwrap_or_else(|error| panic!("cannot read {name}: {error}"));
        let file = object::File::parse(&*bytes)
            .unwrap_or_else(|error| panic!("{name} is no image: {error}"));
        let addresses = file
            .symbols()
            .filter_map(|symbol| {
                // Link-time optimisation appends a suffix after a dot.
                let name = symbol.name().ok()?.split('.').next()?;
                let name = format!("{:#}", demangle(name));
                Some((name, u32::try_from(symbol.address()).ok()?))
            })
            .collect();
        let segments = file
            .segments()
            .filter_map(|segment| {
                let start = u32::try_from(segment.address()).ok()?;
                Some(Segment { start, data: segment.data().ok()?.to_owned() })
            })
            .collect();
        Self { name, addresses, segments }
    }

    /// Returns what is loaded into memory, in the file's order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the address of a symbol, such as `null::read_null`.
    ///
    /// # Panics
    ///
    /// Panics if the image has no symbol of this name.
    #[must_use]
    pub fn address(&self, symbol: &str) -> u32 {
        *self
            .addresses
            .get(symbol)
            .unwrap_or_else(|| panic!("{} has no symbol {symbol}", self.name))
    }
}
