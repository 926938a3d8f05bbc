//! ELF files for tests, with symbols and a build id.

/// Returns a 32-bit ELF file that begins at `entry`, with these symbols:
/// name, address, size. Those in upper case are absolute, as a linker script's
/// are.
pub(crate) fn elf(
    entry: u32,
    build_id: &[u8],
    symbols: &[(&str, u32, u32)],
) -> Vec<u8> {
    let mut strings = vec![0];
    let mut table = vec![0; 16];
    for (name, address, size) in symbols {
        words(&mut table, &[strings.len() as u32, *address, *size]);
        table.extend(match name.contains(char::is_lowercase) {
            // A global function in section 1.
            true => [0x12, 0, 1, 0],
            false => [0x10, 0, 0xF1, 0xFF],
        });
        strings.extend(name.bytes());
        strings.push(0);
    }
    let mut note = Vec::new();
    words(&mut note, &[4, build_id.len() as u32, 3]);
    note.extend(b"GNU\0");
    note.extend(build_id);
    let names = b"\0.text\0.note\0.symtab\0.strtab\0";
    const HEADER: u32 = 52;
    const PROGBITS: u32 = 1;
    const SYMTAB: u32 = 2;
    const STRTAB: u32 = 3;
    const NOTE: u32 = 7;
    let note_at = HEADER;
    let table_at = note_at + note.len() as u32;
    let strings_at = table_at + table.len() as u32;
    let names_at = strings_at + strings.len() as u32;
    let sections_at = names_at + names.len() as u32;

    let mut file = b"\x7fELF\x01\x01\x01".to_vec();
    file.resize(16, 0);
    // An executable for the 386.
    file.extend([2, 0, 3, 0]);
    words(&mut file, &[1, entry, 0, sections_at, 0]);
    for half in [HEADER as u16, 0, 0, 40, 6, 5] {
        file.extend(half.to_le_bytes());
    }
    file.extend(&note);
    file.extend(&table);
    file.extend(&strings);
    file.extend(names);
    let note_len = note.len() as u32;
    let table_len = table.len() as u32;
    let strings_len = strings.len() as u32;
    let names_len = names.len() as u32;
    words(&mut file, &[0; 10]);
    words(&mut file, &[1, PROGBITS, 6, entry, sections_at, 0, 0, 0, 1, 0]);
    words(&mut file, &[7, NOTE, 0, 0, note_at, note_len, 0, 0, 4, 0]);
    words(&mut file, &[13, SYMTAB, 0, 0, table_at, table_len, 4, 1, 4, 16]);
    words(&mut file, &[21, STRTAB, 0, 0, strings_at, strings_len, 0, 0, 1, 0]);
    words(&mut file, &[21, STRTAB, 0, 0, names_at, names_len, 0, 0, 1, 0]);
    file
}

fn words(bytes: &mut Vec<u8>, words: &[u32]) {
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}
