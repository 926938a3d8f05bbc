//! The real tree: its files, and what Cargo knows of its crates.

use crate::modules::Sources;
use serde_json::Value;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate as its `Cargo.toml` has it.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The other crates of the workspace that it is built from.
    pub uses: BTreeSet<String>,
    /// Those that only its tests and examples use.
    pub tests_use: BTreeSet<String>,
    /// The text of its `Cargo.toml`.
    pub manifest: String,
}

/// Returns the folder of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads every Rust file below `src/` of the crate in a folder.
///
/// # Errors
///
/// Fails if a file cannot be read.
pub fn sources(folder: &str) -> std::io::Result<Sources> {
    let src = root().join(folder).join("src");
    let (mut sources, mut folders) = (Sources::new(), vec![src.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let name = path.strip_prefix(&src).unwrap_or(&path);
                let name = name.to_string_lossy().into_owned();
                sources.insert(name, fs::read_to_string(&path)?);
            }
        }
    }
    Ok(sources)
}

/// Asks Cargo for the crates of the workspace.
///
/// # Errors
///
/// Fails if Cargo does, or answers with something else.
pub fn packages() -> Result<Vec<Package>, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> Result<Package, Box<dyn Error>> {
    let names = |for_tests: bool| {
        let all = package["dependencies"].as_array().into_iter().flatten();
        all.filter(|it| it["path"].is_string())
            .filter(|it| (it["kind"] == "dev") == for_tests)
            .filter_map(|it| it["name"].as_str().map(Into::into))
            .collect()
    };
    let name = package["name"].as_str().unwrap_or_default().into();
    let manifest = package["manifest_path"].as_str().unwrap_or_default();
    let manifest = fs::read_to_string(manifest)?;
    Ok(Package { name, uses: names(false), tests_use: names(true), manifest })
}
