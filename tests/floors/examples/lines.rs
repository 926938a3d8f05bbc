//! Prints how many lines of code each crate has, tests aside:
//! `cargo run -q -p floors --example lines [DIR]`, of this tree or of another
//! checkout. A line counts if it holds a token that is neither documentation,
//! nor `use`, nor part of what is only built for tests.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// For tests only, or built.
const ASIDE: [&str; 4] =
    ["target", "tests", "stub/fake-machine", "stub/uart/src/fake.rs"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::args_os()
        .nth(1)
        .map_or_else(floors::workspace::root, PathBuf::from);
    let mut of_folder = BTreeMap::<PathBuf, usize>::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.strip_prefix(&root)?.to_path_buf();
            if skipped(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let mut lines = BTreeSet::new();
                code(fs::read_to_string(&path)?.parse()?, &mut lines);
                let parts = name.iter().take_while(|it| *it != "src");
                *of_folder.entry(parts.collect()).or_default() += lines.len();
            }
        }
    }
    for (folder, lines) in &of_folder {
        println!("{lines:6}  {}", folder.display());
    }
    println!("{:6}  in all", of_folder.values().sum::<usize>());
    Ok(())
}

fn skipped(name: &Path) -> bool {
    ASIDE.iter().any(|it| name.starts_with(it))
        || name.iter().any(|it| it == "tests" || it == "examples")
        || name.ends_with("tests.rs")
        || name.file_name().is_some_and(|it| it.as_encoded_bytes()[0] == b'.')
}

/// Adds the lines on which code stands.
fn code(tokens: TokenStream, lines: &mut BTreeSet<usize>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut begins = true;
    while let Some(token) = tokens.next() {
        if is(&token, "#") {
            let mut attribute = tokens.next();
            if attribute.as_ref().is_some_and(|it| is(it, "!")) {
                attribute = tokens.next();
            }
            let Some(TokenTree::Group(group)) = attribute else { continue };
            let text = group.stream().to_string().replace(' ', "");
            if text == "test" || text == "cfg(test)" {
                // The item ends with its body, or with a semicolon.
                tokens.by_ref().find(|it| is(it, ";") || is_body(it));
            } else if !text.starts_with("doc=") {
                add(&TokenTree::Group(group), lines);
            }
            continue;
        }
        if begins && is(&token, "use") {
            tokens.by_ref().find(|it| is(it, ";"));
            continue;
        }
        let is_visibility = is(&token, "pub")
            || matches!(&token, TokenTree::Group(it)
                if begins && it.delimiter() == Delimiter::Parenthesis);
        let hands_on = tokens.peek().is_some_and(|it| is(it, "use"));
        begins = is(&token, ";") || is_body(&token) || is_visibility;
        if !(is_visibility && hands_on) {
            add(&token, lines);
        }
    }
}

fn add(token: &TokenTree, lines: &mut BTreeSet<usize>) {
    if let TokenTree::Group(group) = token {
        lines.insert(group.span_open().start().line);
        lines.insert(group.span_close().end().line);
        code(group.stream(), lines);
    } else {
        let span = token.span();
        lines.extend(span.start().line..=span.end().line);
    }
}

fn is(token: &TokenTree, text: &str) -> bool {
    match token {
        TokenTree::Ident(it) => it == text,
        TokenTree::Punct(it) => text.starts_with(it.as_char()),
        _ => false,
    }
}

fn is_body(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(it) if it.delimiter() == Delimiter::Brace)
}
