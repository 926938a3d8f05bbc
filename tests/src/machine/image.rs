//! A boot image: GRUB with the kernel and its modules.

use crate::artifacts;
use crate::host::process;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Makes an image in `scratch` that boots the kernel at once, with `words`
/// and these modules: files with their arguments. Returns its path.
pub(super) fn make(
    scratch: &Path,
    words: &str,
    modules: impl Iterator<Item = (PathBuf, String)>,
) -> PathBuf {
    let (tree, image) = (scratch.join("tree"), scratch.join("image"));
    let boot = tree.join("boot");
    fs::create_dir_all(boot.join("grub")).expect("it can be made");
    copy(&artifacts::module("kernel.elf"), &boot.join("kernel.elf"));
    let mut menu = "set timeout=0\nmenuentry test {\n".to_owned();
    menu += &format!("multiboot /boot/kernel.elf {words}\n");
    for (index, (path, arguments)) in modules.enumerate() {
        // Names may repeat, and GRUB passes on what follows the file name.
        copy(&path, &boot.join(index.to_string()));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        menu += &format!("module /boot/{index} {name} {arguments}\n");
    }
    menu += "}\n";
    fs::write(boot.join("grub/grub.cfg"), menu).expect("it can be written");
    let ended = process::run(
        Command::new("grub-mkrescue")
            .args(["--fonts=", "--locales=", "--themes="])
            .arg("--install-modules=normal iso9660 biosdisk multiboot")
            .arg("-o")
            .args([&image, &tree]),
        LIMIT,
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    fs::remove_dir_all(tree).expect("it is ours");
    image
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| {
        panic!("cannot copy {} to {}: {error}", from.display(), to.display())
    });
}
