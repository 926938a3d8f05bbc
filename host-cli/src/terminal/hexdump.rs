//! Memory as people read it: sixteen bytes a line, with their characters.

use std::fmt::{self, Write};

const BYTES_A_LINE: usize = 16;

/// Writes `bytes`, the first of which is at `address`.
///
/// # Errors
///
/// Fails only if `out` does.
pub fn write(out: &mut dyn Write, address: u32, bytes: &[u8]) -> fmt::Result {
    let mut at = address;
    for line in bytes.chunks(BYTES_A_LINE) {
        write!(out, "{at:#010x} ")?;
        for index in 0..BYTES_A_LINE {
            if index % 8 == 0 {
                out.write_char(' ')?;
            }
            match line.get(index) {
                Some(byte) => write!(out, "{byte:02x} ")?,
                None => out.write_str("   ")?,
            }
        }
        out.write_str(" |")?;
        for &byte in line {
            let shown = byte.is_ascii_graphic() || byte == b' ';
            out.write_char(if shown { char::from(byte) } else { '.' })?;
        }
        out.write_str("|\n")?;
        at = at.wrapping_add(BYTES_A_LINE as u32);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_and_a_short_line_fit_the_terminal() {
        let mut text = String::new();
        write(&mut text, 0xFFFF_FFE0, b"The quick brown \x00\xFFfox")
            .expect("a string takes it");
        assert_eq!(
            text,
            "0xffffffe0  54 68 65 20 71 75 69 63  6b 20 62 72 6f 77 6e 20  \
             |The quick brown |\n\
             0xfffffff0  00 ff 66 6f 78                                    \
             |..fox|\n"
        );
        assert!(text.lines().all(|line| line.len() <= 80));
    }
}
