//! Names for addresses and addresses for names, from ELF files.

use crate::failure::{Failure, Kind};
use layout::{VirtAddr, regions};
use object::{Object, ObjectSymbol, SymbolKind, SymbolSection};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use wire::rows;

/// The images that were given.
#[derive(Debug, Default)]
pub struct Images {
    images: Vec<Image>,
    /// Whether the running kernel has a build id to compare with.
    verified: bool,
}

#[derive(Debug)]
struct Image {
    path: PathBuf,
    build_id: Option<Vec<u8>>,
    /// Whether its entry point is in the kernel's row.
    starts_in_kernel: bool,
    role: Role,
    /// In order of their addresses.
    symbols: Vec<Symbol>,
}

/// How an image relates to the running system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    /// The running kernel's image, as far as is known.
    Kernel,
    /// The image of a program, which the target knows by this id.
    Program(u32),
    /// An image of a target that does not know its images: the user's word is
    /// taken for it.
    Trusted,
    /// An image that the target does not know.
    Unrelated,
}

#[derive(Debug)]
struct Symbol {
    address: u32,
    /// 0 if unknown: up to the next symbol.
    bytes: u32,
    name: String,
    demangled: String,
    /// Whether it is a number, such as a linker script's, and names no place.
    is_absolute: bool,
}

/// An address as a symbol and an offset from it.
///
/// Serializes as the name alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct SymbolOffset<'a> {
    /// The symbol's name.
    pub name: &'a str,
    /// The offset from the symbol's address, in bytes.
    #[serde(skip)]
    pub offset: u32,
}

impl fmt::Display for SymbolOffset<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match self.offset {
            0 => Ok(()),
            offset => write!(f, "+{offset:#x}"),
        }
    }
}

impl Images {
    /// Reads the ELF files at `paths`.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be read or is no ELF file.
    pub fn load(paths: &[PathBuf]) -> Result<Self, Failure> {
        let images = paths.iter().map(|path| Image::load(path));
        let images = images.collect::<Result<_, _>>()?;
        Ok(Self { images, verified: false })
    }

    /// Returns whether no images were given.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Finds out by build ids what each image is: from the running kernel's,
    /// which is empty if it has none, and from those of the `known` images. A
    /// file's name says nothing.
    pub fn identify(&mut self, build_id: &[u8], known: &[rows::Image<'_>]) {
        self.verified = !build_id.is_empty();
        for image in &mut self.images {
            let id = image.build_id.as_deref().filter(|id| !id.is_empty());
            let is_kernel = match self.verified {
                true => id == Some(build_id),
                false => image.starts_in_kernel,
            };
            let is_it =
                |row: &&rows::Image<'_>| row.build_id.map(|id| id.0) == id;
            let program = known.iter().filter(|_| id.is_some()).find(is_it);
            image.role = match program {
                _ if is_kernel => Role::Kernel,
                Some(program) => Role::Program(program.id),
                None => Role::Unrelated,
            };
        }
    }

    /// Takes the images as the user gives them: nothing says what the target
    /// was started from.
    pub fn trust(&mut self) {
        for image in &mut self.images {
            image.role = Role::Trusted;
        }
    }

    /// Returns whether an image is the running kernel's; none if that is
    /// unknown, or only programs' images were given.
    #[must_use]
    pub fn matches(&self) -> Option<bool> {
        let has = |role| self.images.iter().any(|image| image.role == role);
        match () {
            () if !self.verified => None,
            () if has(Role::Kernel) => Some(true),
            () => has(Role::Unrelated).then_some(false),
        }
    }

    /// Returns the images that the target does not know.
    pub fn unrelated(&self) -> impl Iterator<Item = &Path> {
        let strange = |image: &&Image| image.role == Role::Unrelated;
        self.images.iter().filter(strange).map(|image| &*image.path)
    }

    /// Returns the address that `name` means.
    ///
    /// # Errors
    ///
    /// Fails if no image has such a symbol, several do, or only an image that
    /// the target does not know.
    pub fn lookup(&self, name: &str) -> Result<u32, Failure> {
        for image in &self.images {
            let named = |s: &&Symbol| s.name == name || s.demangled == name;
            let found = image.symbols.iter().filter(named);
            let places: BTreeSet<u32> = found.map(|s| s.address).collect();
            let Some(&address) = places.first() else { continue };
            return match (places.len(), image.role) {
                (1, Role::Unrelated) => Err(image.unusable_for(name)),
                (1, _) => Ok(address),
                (count, _) => {
                    let what = format!("{count} symbols are named {name}");
                    Err(Failure::usage(what)
                        .hint("the address of the one you mean"))
                }
            };
        }
        Err(Failure::usage(format_args!(
            "{name} is neither a number nor a symbol of an image"
        ))
        .hint("0x before hexadecimal digits"))
    }

    /// Returns the symbol at `address` in a process that was made from the
    /// image with this id.
    ///
    /// Kernel addresses are looked up in the kernel's image, others in the
    /// process's own.
    #[must_use]
    pub fn name(
        &self,
        address: u32,
        made_from: Option<u32>,
    ) -> Option<SymbolOffset<'_>> {
        let in_kernel = regions::KERNEL.contains(VirtAddr(address));
        let image = self.images.iter().find(|image| match image.role {
            Role::Kernel => in_kernel,
            Role::Program(id) => !in_kernel && Some(id) == made_from,
            Role::Trusted => image.name(address).is_some(),
            Role::Unrelated => false,
        })?;
        image.name(address)
    }
}

impl Image {
    fn load(path: &Path) -> Result<Self, Failure> {
        let unusable = |error: &dyn fmt::Display| {
            let what = format!("cannot use image {}: {error}", path.display());
            Failure::new(Kind::Image, what)
                .hint("the ELF file that the kernel was started from")
        };
        let bytes = std::fs::read(path).map_err(|e| unusable(&e))?;
        let file = object::File::parse(&*bytes).map_err(|e| unusable(&e))?;
        let build_id = file.build_id().map_err(|e| unusable(&e))?;
        let entry = u32::try_from(file.entry()).unwrap_or(0);
        let mut symbols: Vec<_> = file.symbols().filter_map(symbol).collect();
        symbols.sort_by_key(|symbol| symbol.address);
        Ok(Self {
            path: path.to_owned(),
            build_id: build_id.map(<[u8]>::to_vec),
            starts_in_kernel: regions::KERNEL.contains(VirtAddr(entry)),
            role: Role::Unrelated,
            symbols,
        })
    }

    fn unusable_for(&self, symbol: &str) -> Failure {
        let what = format!(
            "{} is not the image of the running kernel or of any program \
             there, so the address of {symbol} is unknown",
            self.path.display()
        );
        Failure::new(Kind::Image, what)
            .cause("the kernel was rebuilt after it had been started")
            .hint("restart it, or give the image that it was started from")
    }

    fn name(&self, address: u32) -> Option<SymbolOffset<'_>> {
        let end = self.symbols.partition_point(|s| s.address <= address);
        let before = self.symbols[..end].iter().rev();
        // Of several symbols before the address, the one that covers it. A
        // symbol without a size is an assembler's label.
        let covers = |symbol: &&Symbol| match symbol.bytes {
            _ if symbol.is_absolute => false,
            0 => true,
            bytes => address - symbol.address < bytes,
        };
        let found = before.take(8).find(covers)?;
        let offset = address - found.address;
        Some(SymbolOffset { name: &found.demangled, offset })
    }
}

fn symbol<'data>(symbol: impl ObjectSymbol<'data>) -> Option<Symbol> {
    let named = matches!(
        symbol.kind(),
        SymbolKind::Text | SymbolKind::Data | SymbolKind::Unknown
    );
    let name = symbol.name().ok().filter(|name| !name.is_empty())?;
    if !named || symbol.is_undefined() {
        return None;
    }
    Some(Symbol {
        address: u32::try_from(symbol.address()).ok()?,
        bytes: u32::try_from(symbol.size()).ok()?,
        name: name.to_owned(),
        is_absolute: symbol.section() == SymbolSection::Absolute,
        demangled: format!("{:#}", rustc_demangle::demangle(name)),
    })
}
