//! The pictures in `docs/architecture.md`.

use crate::table::{CRATES, Crate};

/// Columns inside the right-hand box of a picture's rows.
const WIDTH: usize = 78;

/// Replaces each line `{{crates}}` of a text by the table of all crates, and
/// each `{{floors of NAME}}` by a crate's picture.
///
/// # Errors
///
/// Returns the crate that has no picture in the text, or that has one but is
/// not in the table.
pub fn page(text: &str) -> Result<String, String> {
    let mut page = String::new();
    let mut drawn = vec![];
    for line in text.lines() {
        let of = line.strip_prefix("{{floors of ");
        match of.and_then(|it| it.strip_suffix("}}")) {
            Some(name) => {
                let found = CRATES.iter().find(|it| it.name == name);
                page.push_str(&picture(found.ok_or(name)?));
                drawn.push(name);
            }
            None if line == "{{crates}}" => page.push_str(&crates()),
            None => page.push_str(&format!("{line}\n")),
        }
    }
    match CRATES.iter().find(|it| !drawn.contains(&it.name)) {
        Some(missing) => Err(missing.name.into()),
        None => Ok(page),
    }
}

fn crates() -> String {
    let mut table = String::from(
        "| crate | what it is for | built from |\n|---|---|---|\n",
    );
    for it in CRATES {
        let uses = it.uses.iter().map(|name| format!("`{name}`"));
        let uses = uses.collect::<Vec<_>>().join(", ");
        let uses = if uses.is_empty() { "–".into() } else { uses };
        table += &format!("| `{}` | {} | {uses} |\n", it.folder, it.holds);
    }
    table
}

/// Draws a crate's floors as boxes, the top floor at the top.
fn picture(house: &Crate) -> String {
    let names = house.floors.iter().map(|floor| floor.name.len());
    let left = names.max().unwrap_or_default() + 2;
    let right = WIDTH - 1 - left;
    let rule = |ends: [&str; 3]| {
        let [first, between, last] = ends;
        let (left, right) = ("─".repeat(left), "─".repeat(right));
        format!("{first}{left}{between}{right}{last}\n")
    };
    let floors = house.floors.iter().rev().map(|floor| {
        let lines = wrapped(floor.holds, right - 2);
        let rows = lines.iter().enumerate().map(|(at, line)| {
            let name = if at == 0 { floor.name } else { "" };
            let (left, right) = (left - 2, right - 2);
            format!("│ {name:left$} │ {line:right$} │\n")
        });
        rows.collect::<String>()
    });
    let floors = floors.collect::<Vec<_>>().join(&rule(["├", "┼", "┤"]));
    let (top, bottom) = (rule(["┌", "┬", "┐"]), rule(["└", "┴", "┘"]));
    format!("```text\n{top}{floors}{bottom}```\n")
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().filter(|line| {
            line.chars().count() + 1 + word.chars().count() <= width
        });
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(word.into()),
        }
    }
    lines
}
