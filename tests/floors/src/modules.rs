//! A crate's modules: the names that each knows, and the imports it writes.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, UseTree, Visibility};

/// The text of each file below a crate's `src/`, by its path from there.
pub type Sources = BTreeMap<String, String>;

/// The place of a module in [`Tree::modules`]. The first is the root.
pub type Id = usize;

/// All of a crate but its tests.
#[derive(Default)]
pub struct Tree {
    /// Every module, a parent before its children.
    pub modules: Vec<Module>,
    /// Every import, in the order of reading.
    pub imports: Vec<Import>,
    /// What kept a file from being read, as `file:line: why`.
    pub unread: Vec<String>,
}

/// One module, in a file of its own or inside another's.
pub struct Module {
    /// Its path from the root, which has none.
    pub path: Vec<String>,
    /// The file that its text is in.
    pub file: String,
    /// What a name means in it. One name may mean several things.
    pub names: BTreeMap<String, Vec<Name>>,
    /// The paths that it imports all names of.
    pub globs: Vec<Vec<String>>,
}

/// What a name means.
#[derive(Clone)]
pub enum Name {
    /// A module.
    Module(Id),
    /// Anything else that the module itself defines.
    Item,
    /// What the path of a `use` leads to.
    Use(Vec<String>),
}

/// One path that a module writes.
pub struct Import {
    /// The module that writes it.
    pub module: Id,
    /// The line of its file.
    pub line: usize,
    /// The path, `$crate` as `crate`.
    pub path: Vec<String>,
    /// Where it is written.
    pub by: By,
}

/// Where a path is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// In a private `use`.
    Use,
    /// In a `use` that others may import from.
    HandingOn,
    /// In the code.
    Code,
}

impl Tree {
    /// Reads the modules that `lib.rs`, or else `main.rs`, leads to.
    ///
    /// Other roots, `main.rs` beside `lib.rs` and `bin/`, are on top of
    /// everything and may have no modules.
    #[must_use]
    pub fn read(sources: &Sources) -> Self {
        let root = ["lib.rs", "main.rs"];
        let root = root.into_iter().find(|root| sources.contains_key(*root));
        let mut reader = Reader {
            sources,
            tree: Self::default(),
            at: 0,
            reached: BTreeSet::from(["lib.rs".into(), "main.rs".into()]),
            test_folders: vec!["bin/".into()],
        };
        reader.file(root.unwrap_or("lib.rs").into(), vec![]);
        reader.finish()
    }
}

struct Reader<'a> {
    sources: &'a Sources,
    tree: Tree,
    /// The module whose text is being read.
    at: Id,
    /// Every file that a root or a `mod` leads to.
    reached: BTreeSet<String>,
    /// Folders whose files have no floor.
    test_folders: Vec<String>,
}

impl Reader<'_> {
    fn finish(mut self) -> Tree {
        for file in self.sources.keys() {
            if !self.reached.contains(file)
                && !self.test_folders.iter().any(|it| file.starts_with(it))
            {
                let why = "belongs to no floor: no `mod` leads here";
                self.tree.unread.push(format!("{file}:1: {why}"));
            }
        }
        self.tree
    }

    fn file(&mut self, file: String, path: Vec<String>) -> Id {
        let text = self.sources.get(&file).map_or("", String::as_str);
        let items = match syn::parse_file(text) {
            Ok(parsed) => parsed.items,
            Err(error) => {
                let line = error.span().start().line;
                self.tree.unread.push(format!("{file}:{line}: {error}"));
                vec![]
            }
        };
        self.reached.insert(file.clone());
        self.module(file, path, &items)
    }

    fn module(&mut self, file: String, path: Vec<String>, of: &[Item]) -> Id {
        let id = self.tree.modules.len();
        let (names, globs) = (BTreeMap::new(), vec![]);
        self.tree.modules.push(Module { path, file, names, globs });
        let outer = std::mem::replace(&mut self.at, id);
        for item in of {
            if let (_, Some(name)) = described(item) {
                self.name(name.to_string(), Name::Item);
            }
            self.visit_item(item);
        }
        self.at = outer;
        id
    }

    fn child(&mut self, item: &syn::ItemMod) {
        let module = &self.tree.modules[self.at];
        let mut path = module.path.clone();
        path.push(item.ident.to_string());
        let (line, parent) = (line(&item.ident), module.file.clone());
        let mut unread = |why: &str| {
            self.tree.unread.push(format!("{parent}:{line}: {why}"));
        };
        if item.attrs.iter().any(|it| it.path().is_ident("path")) {
            return unread("a module's place is its name: no `#[path]`");
        }
        let file = path.join("/") + ".rs";
        let id = match &item.content {
            Some((_, items)) => self.module(parent, path, items),
            None if self.sources.contains_key(&file) => self.file(file, path),
            None => return unread(&format!("there is no {file}")),
        };
        self.name(item.ident.to_string(), Name::Module(id));
    }

    fn name(&mut self, name: String, means: Name) {
        let names = &mut self.tree.modules[self.at].names;
        names.entry(name).or_default().push(means);
    }

    fn import(&mut self, line: usize, path: Vec<String>, by: By) {
        self.tree.imports.push(Import { module: self.at, line, path, by });
    }

    fn use_tree(&mut self, tree: &UseTree, mut path: Vec<String>, by: By) {
        match tree {
            UseTree::Path(it) => {
                path.push(it.ident.to_string());
                self.use_tree(&it.tree, path, by);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, path.clone(), by);
                }
            }
            UseTree::Glob(star) => {
                self.tree.modules[self.at].globs.push(path.clone());
                self.import(star.star_token.span.start().line, path, by);
            }
            UseTree::Name(it) => {
                self.use_name(path, &it.ident, None, by);
            }
            UseTree::Rename(it) => {
                self.use_name(path, &it.ident, Some(&it.rename), by);
            }
        }
    }

    fn use_name(
        &mut self,
        mut path: Vec<String>,
        name: &Ident,
        renamed: Option<&Ident>,
        by: By,
    ) {
        if name != "self" {
            path.push(name.to_string());
        }
        let known_as = renamed.map(Ident::to_string);
        if let Some(known_as) = known_as.or_else(|| path.last().cloned()) {
            self.name(known_as, Name::Use(path.clone()));
        }
        self.import(line(name), path, by);
    }

    /// In tokens a name alone may be anything; if it was imported, then by a
    /// `use`, which counts.
    fn path_in_tokens(&mut self, line: usize, path: Vec<String>) {
        if path.len() > 1 {
            self.import(line, path, By::Code);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !described(item).0.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        } else if let Item::Mod(module) = item {
            let mut path = self.tree.modules[self.at].path.clone();
            path.push(module.ident.to_string());
            let path = path.join("/");
            self.reached.insert(format!("{path}.rs"));
            self.test_folders.push(path + "/");
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !item.attrs.iter().any(is_for_tests) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.child(item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // A path that begins with `::` leads to another crate.
        if item.leading_colon.is_none() {
            let by = match item.vis {
                Visibility::Inherited => By::Use,
                _ => By::HandingOn,
            };
            self.use_tree(&item.tree, vec![], by);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|it| it.ident.to_string());
            self.import(
                line(&path.segments[0].ident),
                names.collect(),
                By::Code,
            );
        }
        visit::visit_path(self, path);
    }

    /// What a macro is given, or what it is made of.
    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        let mut path: Vec<String> = vec![];
        // Where the path begins, and the colons since its last name.
        let (mut line, mut colons) = (0, 0);
        for token in tokens.clone() {
            match token {
                TokenTree::Ident(name) if colons == 2 => {
                    path.push(name.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(it) if it.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                _ => {}
            }
            self.path_in_tokens(line, std::mem::take(&mut path));
            colons = 0;
            match token {
                TokenTree::Ident(name) => {
                    line = name.span().start().line;
                    path.push(name.to_string());
                }
                TokenTree::Group(group) => {
                    self.visit_token_stream(&group.stream());
                }
                _ => {}
            }
        }
        self.path_in_tokens(line, path);
    }

    /// Its own path is no import, what it is given may be one:
    /// `#[arg(value_parser = crate::numbers::number)]`.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.visit_token_stream(&list.tokens);
        }
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
}

fn line(of: &Ident) -> usize {
    of.span().start().line
}

/// Whether what has this attribute is compiled for tests only.
fn is_for_tests(attribute: &Attribute) -> bool {
    let path = attribute.path();
    let syn::Meta::List(list) = &attribute.meta else {
        return path.is_ident("test");
    };
    let condition = list.tokens.to_string().replace(' ', "");
    path.is_ident("cfg")
        && (condition == "test" || condition.starts_with("all(test,"))
}

/// An item's attributes, and the name that it gives to its module: `mod` and
/// `use` see to that themselves.
fn described(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(it) => (&it.attrs, Some(&it.ident)),
        Item::Enum(it) => (&it.attrs, Some(&it.ident)),
        Item::Fn(it) => (&it.attrs, Some(&it.sig.ident)),
        Item::Impl(it) => (&it.attrs, None),
        Item::Macro(it) => (&it.attrs, it.ident.as_ref()),
        Item::Mod(it) => (&it.attrs, None),
        Item::Static(it) => (&it.attrs, Some(&it.ident)),
        Item::Struct(it) => (&it.attrs, Some(&it.ident)),
        Item::Trait(it) => (&it.attrs, Some(&it.ident)),
        Item::Type(it) => (&it.attrs, Some(&it.ident)),
        Item::Use(it) => (&it.attrs, None),
        _ => (&[], None),
    }
}
