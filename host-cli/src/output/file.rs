//! A file that appears under its name only once it is whole.

use crate::failure::Failure;
use std::fs::{self, File};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

/// A file that is to be written. Until it is whole, it has another name, and
/// what had its name before is kept.
#[derive(Debug)]
pub struct FileToBe {
    /// What it is called once it is whole.
    path: PathBuf,
    /// What it is called until then; none for what is not a regular file, such
    /// as a pipe, which cannot be renamed.
    partial: Option<PathBuf>,
    file: File,
}

impl FileToBe {
    /// Creates the file.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        // A link stays one.
        let known = path.canonicalize();
        let path = known.unwrap_or_else(|_| path.to_owned());
        let before = fs::metadata(&path).ok();
        let is_regular = before.as_ref().is_none_or(fs::Metadata::is_file);
        let partial = is_regular.then(|| with_suffix(&path, ".partial"));
        let create = || {
            if before.is_some() {
                // What may not be written may not be replaced either.
                File::options().append(true).open(&path)?;
            }
            let file = File::create(partial.as_ref().unwrap_or(&path))?;
            if let Some(before) = before.filter(|_| is_regular) {
                file.set_permissions(before.permissions())?;
            }
            Ok(file)
        };
        match create() {
            Ok(file) => Ok(Self { path, partial, file }),
            Err(error) => Err(unwritable(&path, &error)),
        }
    }

    /// Writes all that there is of the file, and returns under which name. It
    /// gets its own if that is the whole of it.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn write(
        mut self,
        bytes: &[u8],
        is_whole: bool,
    ) -> Result<PathBuf, Failure> {
        let written = self.file.write_all(bytes);
        let named = written.and_then(|()| match self.partial.take() {
            Some(partial) if is_whole => fs::rename(partial, &self.path),
            Some(partial) => {
                self.path = partial;
                Ok(())
            }
            None => Ok(()),
        });
        match named {
            Ok(()) => Ok(mem::take(&mut self.path)),
            Err(error) => Err(unwritable(&self.path, &error)),
        }
    }
}

impl Drop for FileToBe {
    /// Removes the file if nothing has come.
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            let _ = fs::remove_file(partial);
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let what = format!("cannot write {}: {error}", path.display());
    Failure::usage(what)
}
